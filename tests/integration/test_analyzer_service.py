"""The analyzer's consumer on a real broker, while its language model comes, goes and misbehaves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from analyzer.main import compose
from analyzer.settings import AnalyzerSettings
from scribeline.contracts import routes
from scribeline.contracts.analysis import AnalyzePart, PartAnalyzed
from scribeline.contracts.catalogue import TYPE_OF
from scribeline.contracts.codes import Code
from scribeline.contracts.envelope import Envelope, decode, message_id, wrap
from scribeline.contracts.unit import Stage, UnitFailed, UnitRef
from scribeline.language_model import EngineChoice
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import message
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.topology import dead_queue
from scribeline.messaging.worker import Worker
from tests.support.analyses import DECISIONS, MEETING, part_of, settings_for
from tests.support.brokers import depth, take_all
from tests.support.ollama import FakeOllama, Mode, nobody
from tests.support.waiting import eventually

QUEUE = routes.ANALYZER_QUEUE


@asynccontextmanager
async def working(broker: Broker, settings: AnalyzerSettings) -> AsyncIterator[Worker]:
    worker = compose(settings, broker)
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    await eventually(worker.ready.is_set)
    yield worker
    stop.set()
    await running


async def send(publisher: Publisher, **part: Any) -> None:
    job = uuid7()
    command = part_of(MEETING, **part).model_copy(update={"unit": UnitRef(job=job, stage=Stage.ANALYZE)})
    id_ = message_id(job, TYPE_OF[AnalyzePart], unit=command.unit)
    sent = wrap(command, id=id_, job=job, tenant="acme", owner=None, source="test")
    await publisher.publish(routes.JOBS, QUEUE, message(sent.encode(), str(id_)))


async def result(broker: Broker) -> PartAnalyzed | UnitFailed:
    async def there() -> bool:
        return await depth(broker, routes.RESULTS_QUEUE) >= 1

    await eventually(there, within=30.0)
    (taken,) = await take_all(broker, routes.RESULTS_QUEUE)
    read: Envelope = decode(taken.body)
    assert isinstance(read.data, PartAnalyzed | UnitFailed)
    return read.data


async def analyzed(broker: Broker) -> PartAnalyzed:
    made = await result(broker)
    assert isinstance(made, PartAnalyzed), made
    return made


async def test_a_unit_waits_for_a_server_that_is_down_and_costs_no_attempt(
    broker: Broker, publisher: Publisher
) -> None:
    with nobody() as url:
        port = int(url.rsplit(":", 1)[1])
        async with working(broker, settings_for(url)) as worker:
            await send(publisher)
            await eventually(lambda: not worker.ready.is_set())
            assert await depth(broker, QUEUE) == 1
            assert await depth(broker, dead_queue(QUEUE)) == 0
            with FakeOllama(port=port):
                made = await analyzed(broker)

    assert made.analysis.engine == "ollama"
    assert await depth(broker, QUEUE) == 0


@pytest.mark.parametrize("mode", [Mode.DYING, Mode.HANG_UP, Mode.OVERLOADED, Mode.FOREIGN])
async def test_a_server_that_dies_midway_is_asked_again(
    broker: Broker, publisher: Publisher, mode: Mode
) -> None:
    with FakeOllama(mode, Mode.GOOD) as server:
        async with working(broker, settings_for(server.url)):
            await send(publisher)
            made = await analyzed(broker)

    assert (made.analysis.engine, len(server.chats)) == ("ollama", 2)


async def test_a_slow_answer_is_given_up_and_asked_for_again(broker: Broker, publisher: Publisher) -> None:
    with FakeOllama(Mode.SLOW, Mode.GOOD) as server:
        async with working(broker, settings_for(server.url, timeout=1.0)):
            await send(publisher)
            made = await analyzed(broker)

    assert (made.analysis.engine, len(server.chats)) == ("ollama", 2)


@pytest.mark.parametrize(
    "mode", [Mode.GARBAGE, Mode.CUT_OFF, Mode.LOOPING, Mode.EMPTY, Mode.INFINITE, Mode.DIGITS, Mode.LINE_ENDS]
)
async def test_an_answer_that_stays_unusable_ends_the_unit_with_its_reason(
    broker: Broker, publisher: Publisher, mode: Mode
) -> None:
    with FakeOllama(mode) as server:
        async with working(broker, settings_for(server.url)):
            await send(publisher)
            made = await result(broker)

    assert isinstance(made, UnitFailed)
    assert made.error.code is Code.LLM_ANSWER_INVALID
    assert "even after one repair" in made.error.message


async def test_a_missing_model_ends_the_unit_with_how_to_get_it(broker: Broker, publisher: Publisher) -> None:
    with FakeOllama(models=()) as server:
        async with working(broker, settings_for(server.url)):
            await send(publisher)
            made = await result(broker)

    assert isinstance(made, UnitFailed)
    assert made.error.code is Code.LLM_MODEL_MISSING
    assert "ollama pull mistral" in made.error.message


async def test_a_missing_model_is_pulled_while_units_wait(broker: Broker, publisher: Publisher) -> None:
    with FakeOllama(models=()) as server:
        settings = settings_for(server.url).model_copy(update={"ollama_pull": True, "analyzer_slots": 2})
        async with working(broker, settings):
            await send(publisher)
            made = await analyzed(broker)

    assert made.analysis.engine == "ollama"
    assert server.pulls == ["mistral"]


async def test_a_wrong_key_pauses_until_it_is_right(broker: Broker, publisher: Publisher) -> None:
    with FakeOllama(key="s3cret") as server:
        async with working(broker, settings_for(server.url)) as worker:
            await send(publisher)
            await eventually(lambda: not worker.ready.is_set())
            server.key = None
            made = await analyzed(broker)

    assert made.analysis.engine == "ollama"


async def test_auto_never_waits_for_a_report(broker: Broker, publisher: Publisher) -> None:
    with nobody() as url:
        async with working(broker, settings_for(url, EngineChoice.AUTO)):
            await send(publisher)
            made = await analyzed(broker)

    assert made.analysis.engine == "extractive"
    assert "unreachable" in (made.analysis.fallback or "")


@pytest.mark.parametrize(
    ("engine", "code"),
    [
        (EngineChoice.AUTO, Code.LLM_UNAVAILABLE),
        (EngineChoice.EXTRACTIVE, Code.ANALYSIS_NEEDS_LLM),
    ],
)
async def test_a_brief_that_nobody_can_answer_ends_with_a_code(
    broker: Broker, publisher: Publisher, engine: EngineChoice, code: Code
) -> None:
    with nobody() as url:
        async with working(broker, settings_for(url, engine)):
            await send(publisher, brief=DECISIONS)
            made = await result(broker)

    assert isinstance(made, UnitFailed)
    assert made.error.code is code


async def test_an_answer_to_a_brief_travels_whole(broker: Broker, publisher: Publisher) -> None:
    with FakeOllama() as server:
        async with working(broker, settings_for(server.url)):
            await send(publisher, brief=DECISIONS)
            made = await analyzed(broker)

    assert made.analysis.template == "decisions"
    assert made.analysis.answer["decisions"][4]["quote"] == MEETING[4]
    assert len(made.analysis.answer_evidence or ()) == 15

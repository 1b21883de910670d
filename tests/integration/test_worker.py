"""The worker against a real broker: every way a handler can end, and what then stands where."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from scribeline.contracts import routes
from scribeline.contracts.catalogue import RESULTS
from scribeline.contracts.codes import Code
from scribeline.contracts.envelope import Envelope, decode
from scribeline.contracts.failures import DependencyDown, Fail
from scribeline.contracts.transcription import (
    ShortHandedBack,
    TranscribeShort,
)
from scribeline.contracts.unit import Handled, Outcome, Stage, UnitFailed
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import message, put_off_at
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.reply import obituary
from scribeline.messaging.retry import RetryPolicy
from scribeline.messaging.topology import dead_queue
from scribeline.messaging.worker import Step, Worker
from tests.support.births import short_command
from tests.support.brokers import depth, take_all
from tests.support.scrapes import sample
from tests.support.waiting import eventually

QUEUE = routes.SHORT_QUEUE
DEAD_LETTERS = f'scribeline_dead_letters_total{{queue="{QUEUE}"}}'
ATTEMPTS = f'scribeline_attempts_sum{{queue="{QUEUE}"}}'
Handle = Callable[[Any], Awaitable[Outcome]]


async def answer(given: TranscribeShort) -> Outcome:
    return ShortHandedBack(unit=given.unit)


@asynccontextmanager
async def working(broker: Broker, publisher: Publisher, handle: Handle, **step: Any) -> AsyncIterator[Worker]:
    step = {"retries": RetryPolicy((2,)), **step}
    probes = step.pop("probes", {})
    worker = Worker(
        Step(QUEUE, (TranscribeShort,), **step),
        handle,
        service="transcriber",
        broker=broker,
        publisher=publisher,
        probes=probes,
        shutdown_seconds=5,
    )
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    await eventually(worker.ready.is_set)
    yield worker
    stop.set()
    await running


async def send(publisher: Publisher, envelope: Envelope) -> None:
    await publisher.publish(routes.JOBS, QUEUE, message(envelope.encode(), str(envelope.id)))


async def results(broker: Broker, count: int = 1) -> list[Envelope]:
    async def enough() -> bool:
        return await depth(broker, routes.RESULTS_QUEUE) >= count

    await eventually(enough)
    return [decode(taken.body) for taken in await take_all(broker, routes.RESULTS_QUEUE)]


async def test_one_command_gives_one_result_with_the_commands_tenant_owner_and_unit(
    broker: Broker, publisher: Publisher
) -> None:
    sent = short_command()
    async with working(broker, publisher, answer):
        await send(publisher, sent)
        (result,) = await results(broker)
    assert (result.subject, result.tenant, result.owner) == (sent.subject, "acme", "ann")
    assert cast(Outcome, result.data).unit == cast(TranscribeShort, sent.data).unit
    assert await depth(broker, QUEUE) == 0


async def test_the_same_command_twice_gives_results_with_the_same_id(
    broker: Broker, publisher: Publisher
) -> None:
    sent = short_command()
    async with working(broker, publisher, answer):
        await send(publisher, sent)
        await send(publisher, sent)
        first, second = await results(broker, 2)
    assert first.id == second.id


async def test_the_inputs_fault_is_a_failed_result_at_once_and_no_dead_letter(
    broker: Broker, publisher: Publisher
) -> None:
    async def refuse(_: Any) -> Outcome:
        raise Fail(Code.AUDIO_UNREADABLE)

    async with working(broker, publisher, refuse):
        await send(publisher, short_command())
        (result,) = await results(broker)
    assert isinstance(result.data, UnitFailed)
    assert (result.data.error.code, result.data.error.stage) == (Code.AUDIO_UNREADABLE, Stage.SHORT)
    assert await depth(broker, dead_queue(QUEUE)) == 0


async def test_an_error_is_tried_again_later_and_then_succeeds(broker: Broker, publisher: Publisher) -> None:
    tries = 0

    async def stumble(given: TranscribeShort) -> Outcome:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError("once")
        return await answer(given)

    async with working(broker, publisher, stumble):
        await send(publisher, short_command())
        (result,) = await results(broker)
    assert tries == 2
    handled = cast(Outcome, result.data).handled
    assert handled is not None
    assert handled.attempt == 2
    assert handled.began_at is not None
    assert handled.put_off_at is not None
    assert (handled.began_at - handled.put_off_at).total_seconds() > 1


async def test_an_outcome_tells_when_it_was_handled_and_for_how_long(
    broker: Broker, publisher: Publisher
) -> None:
    async def fetch_and_refuse(_: Any) -> Outcome:
        await asyncio.sleep(0.2)  # the work
        raise Fail(Code.AUDIO_UNREADABLE)

    async with working(broker, publisher, fetch_and_refuse):
        before = datetime.now(UTC)
        await send(publisher, short_command())
        (result,) = await results(broker)
    handled = cast(UnitFailed, result.data).handled
    assert handled is not None
    assert (handled.attempt, handled.put_off_at) == (1, None)
    assert handled.began_at is not None
    assert before <= handled.began_at <= datetime.now(UTC)
    assert handled.seconds is not None
    assert handled.seconds >= 0.2


async def test_an_error_that_stays_ends_in_the_dead_queue_and_at_the_writer_with_its_reason(
    broker: Broker, publisher: Publisher
) -> None:
    async def break_down(_: Any) -> Outcome:
        raise RuntimeError("always")

    before = sample(DEAD_LETTERS), sample(ATTEMPTS)
    async with working(broker, publisher, break_down):
        await send(publisher, short_command())

        async def died() -> bool:
            return await depth(broker, routes.DEATHS_QUEUE) == 1

        await eventually(died)
    (letter,) = await take_all(broker, dead_queue(QUEUE))
    assert letter.headers["x-reason"] == "RuntimeError: always"
    assert letter.headers["x-attempt"] == 2
    assert (sample(DEAD_LETTERS), sample(ATTEMPTS)) == (before[0] + 1, before[1] + 2), "dead at the second"
    told = obituary(letter)
    assert told is not None
    assert cast(UnitFailed, told.data).handled == Handled(attempt=2, put_off_at=put_off_at(letter))


async def test_the_tries_of_a_result_that_died_are_not_counted_as_its_units(
    broker: Broker, publisher: Publisher
) -> None:
    async with working(broker, publisher, answer):
        await send(publisher, short_command())
        await eventually(lambda: _waits(broker))
    (letter,) = await take_all(broker, routes.RESULTS_QUEUE)
    letter.headers["x-attempt"] = 5
    told = obituary(letter)
    assert told is not None
    assert cast(UnitFailed, told.data).handled is None


async def _waits(broker: Broker) -> bool:
    return await depth(broker, routes.RESULTS_QUEUE) == 1


async def test_a_handler_that_takes_too_long_costs_an_attempt(broker: Broker, publisher: Publisher) -> None:
    async def hang(_: Any) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    async with working(broker, publisher, hang, soft_deadline=0.05, retries=RetryPolicy(())):
        await send(publisher, short_command())

        async def died() -> bool:
            return await depth(broker, dead_queue(QUEUE)) == 1

        await eventually(died)
    (letter,) = await take_all(broker, dead_queue(QUEUE))
    assert str(letter.headers["x-reason"]).startswith("TimeoutError")


async def test_a_dependency_that_is_away_pauses_the_consumer_and_costs_no_attempt(
    broker: Broker, publisher: Publisher
) -> None:
    away = asyncio.Event()
    tries = 0

    async def probe() -> None:
        if not away.is_set():
            raise DependencyDown("store")

    async def need(given: TranscribeShort) -> Outcome:
        nonlocal tries
        tries += 1
        await probe()
        return await answer(given)

    async with working(broker, publisher, need, probes={"store": probe}, retries=RetryPolicy(())) as worker:
        await send(publisher, short_command())
        await eventually(lambda: not worker.ready.is_set())
        assert await depth(broker, QUEUE) == 1
        assert tries == 1
        away.set()
        await results(broker)
    assert await depth(broker, dead_queue(QUEUE)) == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\x00", b"[]", b'{"type":"job.accepted"}', b'{"type":"who.knows","data":{}}', b"9" * 70_000],
    ids=["empty", "binary", "list", "no data", "foreign", "huge number"],
)
async def test_a_message_nobody_can_read_is_dead_with_the_reason_and_the_consumer_lives(
    broker: Broker, publisher: Publisher, body: bytes
) -> None:
    async with working(broker, publisher, answer):
        await publisher.publish(routes.JOBS, QUEUE, message(body, "x"))
        await send(publisher, short_command())
        await results(broker)
    (letter,) = await take_all(broker, dead_queue(QUEUE))
    assert str(letter.headers["x-reason"]).startswith("unreadable: ")
    assert letter.body == body


async def test_a_result_too_large_to_send_fails_its_unit(broker: Broker, publisher: Publisher) -> None:
    async def gush(given: TranscribeShort) -> Outcome:
        error = UnitFailed(unit=given.unit, error={"code": Code.UNIT_DIED, "message": "x"})
        return error.model_copy(update={"error": error.error.model_copy(update={"message": "x" * 300_000})})

    async with working(broker, publisher, gush):
        await send(publisher, short_command())
        (result,) = await results(broker)
    assert isinstance(result.data, UnitFailed)
    assert result.data.error.code is Code.RESULT_TOO_LARGE


async def test_a_lost_connection_loses_nothing_and_the_unit_in_hand_is_not_started_twice(
    broker: Broker, publisher: Publisher
) -> None:
    started, go_on = 0, asyncio.Event()

    async def slow(given: TranscribeShort) -> Outcome:
        nonlocal started
        started += 1
        await go_on.wait()
        return await answer(given)

    async with working(broker, publisher, slow) as worker:
        await send(publisher, short_command())
        await eventually(lambda: started == 1)
        for delivery in list(worker.in_hand):
            await delivery.channel.close()
        await eventually(lambda: len(worker.in_hand) == 2)
        go_on.set()
        got = await results(broker)
    assert started == 1
    assert len({result.id for result in got}) == 1
    assert await depth(broker, QUEUE) == 0


def test_every_result_type_of_the_catalogue_is_an_outcome() -> None:
    assert all(issubclass(type_, Outcome) for type_ in RESULTS.values())

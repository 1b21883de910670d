"""Services are scaled and restarted under load: nothing is lost, and nothing is done twice needlessly."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from scribeline.contracts import routes
from scribeline.contracts.transcription import TranscribeShort
from scribeline.contracts.unit import Outcome, UnitRef
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import attempt_of, message
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.topology import dead_queue
from scribeline.messaging.worker import Step, Worker
from tests.support import stack as stacks
from tests.support.audio import jfk, joined, silence, wav_file
from tests.support.births import NORMALISED, short_command
from tests.support.brokers import depth, take_all
from tests.support.checker import nothing_was_lost
from tests.support.inside import seen_from_within
from tests.support.pipeline import Pipeline, pipeline
from tests.support.servers import Servers
from tests.support.stack import Stack
from tests.support.waiting import eventually
from tests.support.workers import PIECES, Workers, working

SHORT_MOST = 150
JOBS = 12
RESTARTS = 4
UNDER_WAY = 9
"""Jobs of the stack that are at work at a time."""


async def test_workers_that_come_and_go_under_load_begin_every_unit_once(
    servers: Servers, broker: Broker, database_url: str, models_dir: Path
) -> None:
    asked: Counter[UnitRef] = Counter()
    async with (
        pipeline(
            servers,
            broker,
            database_url,
            models_dir,
            without={"transcriber", "analyzer"},
            short_max_bytes=SHORT_MOST,
            window=4,
        ) as system,
        AsyncExitStack() as last,
    ):
        await system.store.put(NORMALISED, b"of all jobs")
        jobs = [await system.submit(bytes(SHORT_MOST + 1)) for _ in range(JOBS)]
        for _ in range(RESTARTS):
            async with working(Workers(broker, seconds=0.2, asked=asked).all):
                await eventually(partial(more_than, asked.total(), asked))
        await last.enter_async_context(working(Workers(broker, asked=asked).all))
        for job in jobs:
            assert (await system.ended(job))["status"] == "completed"
        await nothing_was_lost(system, jobs)
    assert Counter(unit.stage.value for unit in asked) == {
        "plan": JOBS,
        "chunk": JOBS * PIECES,
        "analyze": JOBS,
    }
    assert set(asked.values()) == {1}


async def test_a_unit_longer_than_the_budget_goes_to_another_worker_and_costs_no_attempt(
    broker: Broker, publisher: Publisher
) -> None:
    begun = asyncio.Event()

    async def endless(_: TranscribeShort) -> Outcome:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    worker = Worker(
        Step(routes.SHORT_QUEUE, (TranscribeShort,)),
        endless,
        service="transcriber",
        broker=broker,
        publisher=publisher,
        shutdown_seconds=0.5,
    )
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    await eventually(worker.ready.is_set)
    command = short_command()
    await publisher.publish(routes.JOBS, routes.SHORT_QUEUE, message(command.encode(), str(command.id)))
    await begun.wait()

    stop.set()
    await running

    [again] = await eventually(partial(take_all, broker, routes.SHORT_QUEUE))
    assert (again.body, again.redelivered, attempt_of(again)) == (command.encode(), True, 1)
    assert await depth(broker, dead_queue(routes.SHORT_QUEUE)) == 0


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Iterator[Stack]:
    started = stacks.start(tmp_path_factory.mktemp("drain") / "state", stacks.many_units(models_dir))
    yield started
    started.run("down")
    assert started.processes() == []


@pytest.mark.thorough
@pytest.mark.timeout(900)
async def test_scaling_up_and_down_and_a_rolling_restart_of_everything_lose_and_repeat_nothing(
    stack: Stack,
) -> None:
    async with seen_from_within(stack) as system:
        before = stack.pids()
        rolling = asyncio.create_task(asyncio.to_thread(roll, stack))
        jobs: list[str] = []
        while not rolling.done():
            if len(jobs) >= UNDER_WAY:
                await eventually(partial(over, system, jobs[-UNDER_WAY]), within=400)
            jobs.append(await upload(system, len(jobs)))
        await rolling
        assert len(jobs) > UNDER_WAY
        for job in jobs:
            assert (await system.ended(job, within=400))["status"] == "completed"
        await nothing_was_lost(system, jobs)
        services = {"gateway", "transcriber", "analyzer", "result-writer"}
        assert {name for name, pid in stack.pids().items() if pid != before[name]} == services
    ended = Counter(units_ended(stack))
    assert {job for job, _ in ended} == set(jobs)
    assert [unit for unit, times in ended.items() if times > 1] == []


def roll(stack: Stack) -> None:
    """What an operator does on an ordinary day, at once."""
    stack.run("scale", "transcriber", "3")
    stack.run("scale", "transcriber", "1")
    stack.run("scale", "result-writer", "2")
    stack.run("restart")
    stack.run("restart", "transcriber")
    stack.run("scale", "result-writer", "1")


def more_than(before: int, asked: Counter[UnitRef]) -> bool:
    return asked.total() > before


async def over(system: Pipeline, job: str) -> bool:
    """It has ended; what cannot be asked now is asked again."""
    return (await stacks.job(system.client, job)).get("status") in ("completed", "failed")


async def upload(system: Pipeline, number: int) -> str:
    """Every third one is long."""
    speech = jfk()[: 16_000 * 5]
    sound = joined(*[joined(speech, silence(12))] * 5) if number % 3 == 2 else speech
    return await system.submit_until_taken(wav_file(sound))


def units_ended(stack: Stack) -> Iterator[tuple[str, str]]:
    """Job and unit of each line that tells of an end, of all workers' lives."""
    for log in (stack.directory / "log").glob("*.log*"):
        for line in log.read_text().splitlines():
            if '"unit ended"' in line:
                told = json.loads(line)
                yield told["job"], told["unit"]

"""Others send nonsense to our exchanges and queues: it is dead with the reason, and work goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from aio_pika import Message

from result_writer.handler import Rules, store_results
from result_writer.main import read_result
from scribeline.contracts import routes
from scribeline.contracts.envelope import Envelope
from scribeline.contracts.job import JobStatus
from scribeline.contracts.transcription import ShortHandedBack, TranscribeShort
from scribeline.contracts.unit import Outcome, Stage
from scribeline.messaging.batch_worker import BatchWorker
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import message
from scribeline.messaging.consumer import Consumer
from scribeline.messaging.dead_letters import letters
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.reply import obituary
from scribeline.messaging.retry import RetryPolicy
from scribeline.messaging.topology import dead_queue, retry_exchange
from scribeline.messaging.worker import Step, Worker
from scribeline.storage.database import Database
from tests.support.births import born, short, short_command
from tests.support.brokers import depth
from tests.support.garbage import ODD_HEADERS, unreadable
from tests.support.roles import as_writer
from tests.support.waiting import eventually

QUEUE = routes.SHORT_QUEUE
STRAYS = 40
"""More than a broker moves at a time: it would wait for the first ones."""


@asynccontextmanager
async def running(consumer: Consumer) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(consumer.run(stop))
    try:
        await eventually(consumer.ready.is_set)
        yield
    finally:
        stop.set()
        await task


def worker(broker: Broker, fails: int = 0) -> Worker:
    """Stumbles so many times, then answers."""
    left = [RuntimeError("once")] * fails

    async def answer(given: TranscribeShort) -> Outcome:
        if left:
            raise left.pop()
        return ShortHandedBack(unit=given.unit)

    step = Step(QUEUE, (TranscribeShort,), retries=RetryPolicy((2,)))
    return Worker(step, answer, service="transcriber", broker=broker, publisher=Publisher(broker, "worker"))


def writer(database: Database, broker: Broker) -> BatchWorker[Envelope]:
    store = partial(store_results, database=as_writer(database), rules=Rules(), committed=lambda: None)
    readers = {routes.RESULTS_QUEUE: read_result, routes.DEATHS_QUEUE: obituary}
    publisher = Publisher(broker, "result-writer")
    return BatchWorker(readers, store, service="result-writer", broker=broker, publisher=publisher)


async def holds(broker: Broker, queue: str, count: int) -> bool:
    return await depth(broker, queue) == count


async def dead_with_reasons(broker: Broker, queue: str, sent: dict[str, Message]) -> None:
    """Each lies in the dead queue as an operator would look for it, and tells why."""
    await eventually(partial(holds, broker, dead_queue(queue), len(sent)))
    found = await letters(broker, queue, 100)
    assert sorted(letter.bytes for letter in found) == sorted(len(one.body) for one in sent.values())
    assert {one.message_id for one in sent.values() if one.message_id} <= {letter.id for letter in found}
    assert [letter.reason for letter in found if not letter.reason.startswith("unreadable: ")] == []


@pytest.mark.parametrize(
    "exchange", [routes.JOBS, "", pytest.param(retry_exchange(2), marks=pytest.mark.thorough)]
)
async def test_nonsense_among_the_work_is_dead_and_the_worker_goes_on(
    exchange: str, broker: Broker, publisher: Publisher
) -> None:
    async with running(worker(broker)):
        for one in unreadable().values():
            await publisher.publish(exchange, QUEUE, one)
        await dead_with_reasons(broker, QUEUE, unreadable())
        good = short_command()
        await publisher.publish(routes.JOBS, QUEUE, message(good.encode(), str(good.id)))
        await eventually(partial(holds, broker, routes.RESULTS_QUEUE, 1))


async def test_a_good_command_with_odd_headers_is_done_and_tried_again_as_any_other(
    broker: Broker, publisher: Publisher
) -> None:
    async with running(worker(broker, fails=1)):
        await publisher.publish(routes.JOBS, QUEUE, Message(short_command().encode(), headers=ODD_HEADERS))
        await eventually(partial(holds, broker, routes.RESULTS_QUEUE, 1))
    assert await depth(broker, dead_queue(QUEUE)) == 0


async def completed(database: Database, broker: Broker, publisher: Publisher) -> None:
    """A job whose good result comes last is stored."""
    job = await born(database, Stage.SHORT, analyze=False)
    good = short(job.id, "words")
    await publisher.publish(routes.RESULTS, routes.RESULTS_QUEUE, message(good.encode(), str(good.id)))

    async def stored() -> bool:
        async with database.transaction() as session:
            row = await session.get(type(job), job.id)
        return row is not None and row.status == JobStatus.COMPLETED

    await eventually(stored)


async def test_nonsense_among_the_results_is_dead_and_the_writer_goes_on(
    database: Database, broker: Broker, publisher: Publisher
) -> None:
    async with running(writer(database, broker)):
        for one in unreadable().values():
            await publisher.publish(routes.RESULTS, routes.RESULTS_QUEUE, one)
        await completed(database, broker, publisher)
        await dead_with_reasons(broker, routes.RESULTS_QUEUE, unreadable())


@pytest.mark.parametrize("exchange", ["", pytest.param(routes.DEAD, marks=pytest.mark.thorough)])
async def test_nonsense_among_the_dead_letters_harms_nobody(
    exchange: str, database: Database, broker: Broker, publisher: Publisher
) -> None:
    async with running(writer(database, broker)):
        for one in unreadable().values():
            await publisher.publish(exchange, routes.DEATHS_QUEUE if not exchange else QUEUE, one)
        await completed(database, broker, publisher)
        await eventually(partial(holds, broker, routes.DEATHS_QUEUE, 0))
    found = await letters(broker, QUEUE, 100)
    assert len(found) == (len(unreadable()) if exchange else 0)


async def test_messages_that_name_no_queue_of_ours_hold_up_no_retry_and_are_dead(
    database: Database, broker: Broker, publisher: Publisher
) -> None:
    strays = {f"stray {n}": Message(b"lost its way", message_id=f"stray {n}") for n in range(STRAYS)}
    for stray in strays.values():
        await publisher.publish(retry_exchange(2), "no-queue-of-ours", stray)
    async with running(worker(broker, fails=1)):
        good = short_command()
        await publisher.publish(routes.JOBS, QUEUE, message(good.encode(), str(good.id)))
        await eventually(partial(holds, broker, routes.RESULTS_QUEUE, 1 + STRAYS))
    async with running(writer(database, broker)):
        await dead_with_reasons(broker, routes.RESULTS_QUEUE, strays)

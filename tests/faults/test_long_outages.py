"""What is away for long, so that units go back again and again: no attempt is counted, none is doubled."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest
from aio_pika import Message
from sqlmodel import col, select

from result_writer.handler import Rules, store_results
from result_writer.main import read_result
from scribeline.contracts import routes
from scribeline.contracts.envelope import Envelope
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.job import JobStatus
from scribeline.contracts.routes import CONSUMED
from scribeline.contracts.transcription import ShortHandedBack, TranscribeShort
from scribeline.contracts.unit import Outcome, Stage
from scribeline.messaging import batch_worker, consumer
from scribeline.messaging.batch_worker import BatchWorker
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import message
from scribeline.messaging.consumer import Consumer
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.reply import obituary
from scribeline.messaging.topology import DELIVERY_LIMIT, dead_queue
from scribeline.messaging.worker import Step, Worker
from scribeline.storage.database import Database
from scribeline.storage.models import JobRow
from tests.support.births import born, short, short_command
from tests.support.brokers import depth
from tests.support.roles import as_writer
from tests.support.waiting import eventually

OFTEN = DELIVERY_LIMIT + 5


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours of an outage in seconds: nobody waits long before asking again."""
    monkeypatch.setattr(consumer, "LONGEST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(batch_worker, "HOLD_SECONDS", 0.01)


@asynccontextmanager
async def running(what: Consumer) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(what.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def empty(broker: Broker, queue: str) -> bool:
    return await depth(broker, queue) == 0


async def test_a_store_that_answers_and_fails_for_hours_costs_a_unit_no_attempt(
    broker: Broker, publisher: Publisher
) -> None:
    tries = 0

    async def need(command: TranscribeShort) -> Outcome:
        nonlocal tries
        tries += 1
        if tries <= OFTEN:
            raise DependencyDown("store")
        return ShortHandedBack(unit=command.unit)

    step = Step(routes.SHORT_QUEUE, (TranscribeShort,))
    worker = Worker(step, need, service="test", broker=broker, publisher=Publisher(broker, "test"))
    command = short_command()
    await publisher.publish(routes.JOBS, routes.SHORT_QUEUE, message(command.encode(), str(command.id)))
    async with running(worker):
        await eventually(lambda: tries > OFTEN, within=60)
        await eventually(partial(empty, broker, routes.SHORT_QUEUE))
    assert await depth(broker, routes.RESULTS_QUEUE) == 1
    assert await depth(broker, dead_queue(routes.SHORT_QUEUE)) == 0


@pytest.mark.thorough
async def test_a_database_that_answers_and_fails_for_hours_costs_no_result_and_buries_nothing_twice(
    database: Database, broker: Broker, publisher: Publisher
) -> None:
    job = await born(database, Stage.SHORT, analyze=False)
    tries = 0

    async def store(batch: Sequence[Envelope]) -> None:
        nonlocal tries
        tries += 1
        if tries <= OFTEN:
            raise DependencyDown("database")
        await store_results(batch, database=as_writer(database), rules=Rules(), committed=lambda: None)

    result = short(job.id, "words")
    for one in (Message(b"nonsense"), message(result.encode(), str(result.id))):
        await publisher.publish(routes.RESULTS, routes.RESULTS_QUEUE, one)
    readers = {routes.RESULTS_QUEUE: read_result, routes.DEATHS_QUEUE: obituary}
    own = Publisher(broker, "writer")
    async with running(BatchWorker(readers, store, service="test", broker=broker, publisher=own)):
        await eventually(lambda: tries > OFTEN, within=90)
        for queue in CONSUMED:
            await eventually(partial(empty, broker, queue))
    async with database.transaction() as session:
        row = (await session.exec(select(JobRow).where(col(JobRow.id) == job.id))).one()
    assert row.status == JobStatus.COMPLETED
    assert await depth(broker, dead_queue(routes.RESULTS_QUEUE)) == 1

"""What the broker does to a consumer in the middle of its unit: done once by that worker, and stored once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast
from uuid import UUID

import pytest
from prometheus_client import REGISTRY
from sqlmodel import col, select
from uuid_utils.compat import uuid7

from result_writer.handler import Rules, store_results
from result_writer.main import read_result
from scribeline.contracts import routes
from scribeline.contracts.envelope import Envelope
from scribeline.contracts.job import JobStatus
from scribeline.contracts.routes import CONSUMED
from scribeline.contracts.transcription import TranscribeShort
from scribeline.contracts.unit import Outcome, Stage
from scribeline.messaging import consumer
from scribeline.messaging.batch_worker import BatchWorker
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import message
from scribeline.messaging.errors import Refused
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.reply import obituary
from scribeline.messaging.topology import DELIVERY_LIMIT, dead_queue
from scribeline.messaging.worker import Step, Worker
from scribeline.relay import Relay
from scribeline.storage.database import Database
from scribeline.storage.models import JobRow, SegmentRow
from tests.support.births import born, cancel, short
from tests.support.brokers import depth
from tests.support.rabbitmqctl import close_connections, impatient, policy
from tests.support.roles import as_gateway, as_writer
from tests.support.servers import Servers
from tests.support.waiting import eventually


@dataclass
class Slow:
    """A handler whose units end when they are told to."""

    started: int = 0
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, command: TranscribeShort) -> Outcome:
        self.started += 1
        await self.may_end.wait()
        return cast(Outcome, short(command.unit.job, "done").data)


@dataclass
class Bench:
    """One job of one unit, a worker and a writer."""

    database: Database
    broker: Broker
    job: UUID
    handler: Slow
    worker: Worker

    async def completed(self) -> bool:
        async with self.database.transaction() as session:
            row = (await session.exec(select(JobRow).where(col(JobRow.id) == self.job))).one()
        return row.status == JobStatus.COMPLETED

    async def settled(self) -> bool:
        return await self.completed() and not self.worker.in_hand

    async def done_once(self) -> None:
        async with running(writer(self.database, self.broker).run):
            await eventually(self.settled, within=60)
        async with self.database.transaction() as session:
            rows = await session.exec(select(SegmentRow).where(col(SegmentRow.job) == self.job))
            assert [row.text for row in rows] == ["done"]
        assert self.handler.started == 1
        for queue in CONSUMED:
            if queue not in routes.EVENT_QUEUES:  # no notifier runs here
                assert await depth(self.broker, queue) == 0
            assert await depth(self.broker, dead_queue(queue)) == 0


@asynccontextmanager
async def bench(database: Database, broker: Broker) -> AsyncIterator[Bench]:
    """Its unit is in the worker's hands, and nobody reads results yet."""
    handler, publisher = Slow(), Publisher(broker, "transcriber")
    step = Step(routes.SHORT_QUEUE, (TranscribeShort,))
    worker = Worker(step, handler, service="transcriber", broker=broker, publisher=publisher)
    job = await born(database, Stage.SHORT, analyze=False)
    relay = Relay(as_gateway(database), Publisher(broker, "relay"))
    async with running(relay.run), running(worker.run):
        await eventually(lambda: handler.started == 1)
        yield Bench(database, broker, job.id, handler, worker)


def writer(database: Database, broker: Broker) -> BatchWorker[Envelope]:
    store = partial(store_results, database=as_writer(database), rules=Rules(), committed=lambda: None)
    readers = {routes.RESULTS_QUEUE: read_result, routes.DEATHS_QUEUE: obituary}
    publisher = Publisher(broker, "result-writer")
    return BatchWorker(readers, store, service="result-writer", broker=broker, publisher=publisher)


@asynccontextmanager
async def running(run: Any) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def test_a_worker_whose_connection_is_closed_mid_unit_goes_on_with_it(
    movable: Servers, database: Database, broker: Broker
) -> None:
    async with bench(database, broker) as here:
        await close_connections(movable, "transcriber transcriber.short consumer")
        await eventually(lambda: len(here.worker.in_hand) == 2)
        here.handler.may_end.set()
        await here.done_once()


@pytest.mark.thorough
async def test_a_unit_that_takes_longer_than_the_broker_waits_is_done_once_and_its_worker_lives(
    movable: Servers, database: Database, broker: Broker
) -> None:
    async with impatient(movable, 5.0), bench(database, broker) as here:
        await eventually(lambda: len(here.worker.in_hand) >= 3, within=60)
        here.handler.may_end.set()
        await here.done_once()


@pytest.mark.thorough
async def test_a_full_result_queue_makes_the_worker_wait_with_what_it_did(
    movable: Servers,
    database: Database,
    broker: Broker,
    publisher: Publisher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(consumer, "LONGEST_PAUSE_SECONDS", 0.05)
    before = times_refused()
    async with bench(database, broker) as here:
        async with policy(movable, broker.topology.name(routes.RESULTS_QUEUE), max_length=1):
            await fill(publisher)
            here.handler.may_end.set()
            await eventually(lambda: times_refused() > before + DELIVERY_LIMIT + 5, within=60)
        await here.done_once()


async def fill(publisher: Publisher) -> None:
    """Until the queue takes no more."""
    for _ in range(100):
        request = cancel(uuid7())
        try:
            await publisher.publish(
                routes.RESULTS, routes.RESULTS_QUEUE, message(request.encode(), str(request.id))
            )
        except Refused:
            return
    raise AssertionError("the queue takes everything")


def times_refused() -> float:
    return REGISTRY.get_sample_value("scribeline_publish_failures_total", {"reason": "refused"}) or 0.0

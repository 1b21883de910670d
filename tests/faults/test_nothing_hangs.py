"""What dies fails its unit; what is away is waited for: each promise, broken on purpose."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from result_writer.handler import Rules, store_results
from result_writer.main import read_result
from scribeline.contracts import routes
from scribeline.contracts.envelope import Envelope
from scribeline.contracts.job import JobStatus
from scribeline.contracts.transcription import (
    ShortHandedBack,
    TranscribeShort,
)
from scribeline.contracts.unit import Outcome, Stage, UnitFailed
from scribeline.messaging.batch_worker import BatchWorker
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import message as as_message
from scribeline.messaging.consumer import Consumer
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.reply import obituary
from scribeline.messaging.retry import RetryPolicy
from scribeline.messaging.topology import DELIVERY_LIMIT, dead_queue
from scribeline.messaging.worker import Step, Worker
from scribeline.relay import Relay
from scribeline.storage.database import Database
from scribeline.storage.models import JobRow
from tests.support.audio import jfk, wav_file
from tests.support.births import born, short, short_command
from tests.support.brokers import depth
from tests.support.pipeline import pipeline
from tests.support.rabbitmqctl import MEMORY, rabbitmqctl, under_alarm
from tests.support.roles import as_gateway, as_writer
from tests.support.servers import Servers
from tests.support.waiting import eventually


def writer(
    database: Database, broker: Broker, publisher: Publisher, handle: Any = None
) -> BatchWorker[Envelope]:
    store = partial(store_results, database=as_writer(database), rules=Rules(), committed=lambda: None)
    return BatchWorker(
        {routes.RESULTS_QUEUE: read_result, routes.DEATHS_QUEUE: obituary},
        handle or store,
        service="result-writer",
        broker=broker,
        publisher=publisher,
        retries=RetryPolicy(()),
    )


@asynccontextmanager
async def running(consumer: Consumer) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(consumer.run(stop))
    yield
    stop.set()
    await task


async def failed(database: Database, job: UUID) -> JobRow | None:
    async with database.transaction() as session:
        row = (await session.exec(select(JobRow).where(col(JobRow.id) == job))).one()
    return row if row.status == JobStatus.FAILED else None


async def test_a_unit_that_kills_its_worker_every_time_fails_its_job(
    database: Database, broker: Broker, publisher: Publisher
) -> None:
    job = await born(database, Stage.SHORT)
    await Relay(as_gateway(database), publisher).send_due()
    for _ in range(DELIVERY_LIMIT + 1):
        connection = await broker.connect("a worker that dies")
        channel = await connection.channel()
        queue = await channel.get_queue(broker.topology.name(routes.SHORT_QUEUE), ensure=False)
        await eventually(partial(queue.get, fail=False), within=10)
        await connection.close()
    async with running(writer(database, broker, publisher)):
        row = await eventually(partial(failed, database, job.id))
    assert row.error["code"] == "unit_died"
    assert "delivery_limit" in row.error["message"]
    assert await depth(broker, dead_queue(routes.SHORT_QUEUE)) == 1


async def test_a_result_that_cannot_be_stored_fails_its_job_and_not_the_writer(
    database: Database, broker: Broker, publisher: Publisher
) -> None:
    job, other = await born(database, Stage.SHORT), await born(database, Stage.SHORT, analyze=False)
    store = partial(store_results, database=as_writer(database), rules=Rules(), committed=lambda: None)

    async def stumble(batch: Sequence[Envelope]) -> None:
        if any(m.subject == job.id and not isinstance(m.data, UnitFailed) for m in batch):
            raise ValueError("no row takes this")
        await store(batch)

    async with running(writer(database, broker, publisher, stumble)):
        for result in (short(job.id, "a"), short(other.id, "b")):
            await send(publisher, result.encode(), str(result.id))
        row = await eventually(partial(failed, database, job.id))
    assert row.error["code"] == "unit_died"
    async with database.transaction() as session:
        beside = (await session.exec(select(JobRow).where(col(JobRow.id) == other.id))).one()
    assert beside.status == JobStatus.COMPLETED


async def test_a_result_of_a_version_to_come_fails_its_unit(
    database: Database, broker: Broker, publisher: Publisher
) -> None:
    job = await born(database, Stage.SHORT)
    body = short(job.id, "a").encode().replace(b'"dataversion":1', b'"dataversion":2')
    async with running(writer(database, broker, publisher)):
        await send(publisher, body, "x")
        row = await eventually(partial(failed, database, job.id))
    assert "unknown major version" in row.error["message"]


async def send(publisher: Publisher, body: bytes, id_: str) -> None:
    await publisher.publish(routes.RESULTS, routes.RESULTS_QUEUE, as_message(body, id_))


async def test_uploads_go_on_while_the_broker_is_frozen_and_their_jobs_complete_afterwards(
    movable: Servers, broker: Broker, database_url: str, models_dir: Path
) -> None:
    async with pipeline(movable, broker, database_url, models_dir) as system:
        assert movable.broker is not None
        movable.broker.freeze()
        try:
            ids = [await system.submit(wav_file(jfk()), analyze="false") for _ in range(3)]
        finally:
            movable.broker.thaw()
        for id_ in ids:
            assert (await system.ended(id_, within=180))["status"] == "completed"


async def test_uploads_go_on_under_an_alarm_of_the_broker(
    movable: Servers, broker: Broker, database_url: str, models_dir: Path
) -> None:
    async with pipeline(movable, broker, database_url, models_dir) as system, under_alarm(movable, broker):
        id_ = await system.submit(wav_file(jfk()), analyze="false")
        await rabbitmqctl(movable, *MEMORY.off)
        assert (await system.ended(id_, within=180))["status"] == "completed"


async def test_a_unit_that_ends_under_an_alarm_is_not_done_again(
    movable: Servers, broker: Broker, publisher: Publisher
) -> None:
    started, go_on = 0, asyncio.Event()

    async def slow(command: TranscribeShort) -> Outcome:
        nonlocal started
        started += 1
        await go_on.wait()
        return ShortHandedBack(unit=command.unit)

    step = Step(routes.SHORT_QUEUE, (TranscribeShort,))
    patient = Publisher(broker, "transcriber")
    worker = Worker(step, slow, service="transcriber", broker=broker, publisher=patient)
    async with running(worker):
        await eventually(worker.ready.is_set)
        await publisher.publish(routes.JOBS, routes.SHORT_QUEUE, as_message(short_command().encode(), "c"))
        await eventually(lambda: started == 1)
        async with under_alarm(movable, broker):
            go_on.set()
            await eventually(lambda: not worker.ready.is_set(), within=60)

        async def settled() -> bool:
            idle = worker.ready.is_set() and not worker.in_hand
            return idle and await depth(broker, routes.SHORT_QUEUE) == 0

        await eventually(settled, within=60)
    assert started == 1
    assert await depth(broker, routes.RESULTS_QUEUE) >= 1
    assert await depth(broker, dead_queue(routes.SHORT_QUEUE)) == 0


async def test_a_database_that_goes_away_loses_no_result(
    movable: Servers, broker: Broker, database_url: str, models_dir: Path
) -> None:
    async with pipeline(movable, broker, database_url, models_dir) as system:
        assert movable.database is not None
        id_ = await system.submit(wav_file(jfk()), analyze="false")

        async def sent() -> bool:
            async with system.database.transaction() as session:
                row = (await session.exec(select(JobRow).where(col(JobRow.id) == UUID(id_)))).one()
            return row.sequence >= 1

        await eventually(sent)
        movable.database.stop()
        try:
            answer = await system.client.get(f"/v1/jobs/{id_}")
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
            refused = await system.client.post("/v1/jobs", files={"audio": ("a.wav", wav_file(jfk()))})
            assert refused.status_code == 503
        finally:
            movable.database.start()
        assert (await system.ended(id_, within=120))["status"] == "completed"
    assert await depth(broker, dead_queue(routes.RESULTS_QUEUE)) == 0
    assert await depth(broker, dead_queue(routes.SHORT_QUEUE)) == 0


async def test_a_store_that_goes_away_pauses_the_transcriber_and_refuses_uploads_clearly(
    movable: Servers, broker: Broker, database_url: str, models_dir: Path
) -> None:
    async with pipeline(movable, broker, database_url, models_dir) as system:
        assert movable.store is not None
        assert movable.broker is not None
        movable.broker.freeze()
        try:
            id_ = await system.submit(wav_file(jfk()), analyze="false")
            movable.store.stop()
        finally:
            movable.broker.thaw()
        try:
            refused = await system.client.post("/v1/jobs", files={"audio": ("a.wav", wav_file(jfk()))})
            assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
        finally:
            movable.store.start()
        assert (await system.ended(id_, within=180))["status"] == "completed"
    assert await depth(broker, dead_queue(routes.SHORT_QUEUE)) == 0

"""The database is away, refuses, or is full: what was promised is stored afterwards, and once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import col, func, select

from scribeline.contracts import routes
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.job import JobStatus
from scribeline.contracts.unit import Stage
from scribeline.messaging.broker import Broker
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.topology import dead_queue
from scribeline.storage.database import Database
from scribeline.storage.models import JobRow, SegmentRow
from scribeline.storage.roles import WRITER
from tests.support.audio import jfk, wav_file
from tests.support.births import born, short
from tests.support.brokers import depth
from tests.support.checker import nothing_was_lost
from tests.support.pipeline import Pipeline, pipeline
from tests.support.servers import Server, Servers
from tests.support.triggers import refusing
from tests.support.waiting import eventually
from tests.support.writers import deliver, writing

MANY = 120
DOWN_SECONDS = 60


@pytest.fixture
def server(servers: Servers) -> Server:
    if servers.database is None:
        pytest.skip("the database was given, and is not ours to break")
    return servers.database


async def jobs_born(database: Database, count: int) -> list[UUID]:
    return [(await born(database, Stage.SHORT, analyze=False)).id for _ in range(count)]


async def statuses(database: Database, jobs: Sequence[UUID]) -> list[JobStatus]:
    async with database.transaction() as session:
        rows = {row.id: row for row in await session.exec(select(JobRow).where(col(JobRow.id).in_(jobs)))}
    return [JobStatus(rows[job].status) for job in jobs]


async def all_completed(database: Database, jobs: Sequence[UUID]) -> bool:
    try:
        return set(await statuses(database, jobs)) == {JobStatus.COMPLETED}
    except DependencyDown:
        return False


async def nothing_is_dead(broker: Broker) -> None:
    for queue in (routes.RESULTS_QUEUE, routes.DEATHS_QUEUE):
        assert await depth(broker, dead_queue(queue)) == 0


@pytest.mark.parametrize("how", ["restart", pytest.param("kill", marks=pytest.mark.thorough)])
async def test_a_database_that_goes_while_results_arrive_has_each_of_them_once(
    how: str, server: Server, database: Database, broker: Broker, publisher: Publisher
) -> None:
    jobs = await jobs_born(database, MANY)
    async with writing(database, broker, publisher):
        arriving = asyncio.create_task(deliver(publisher, *[short(job, "once", "only") for job in jobs]))
        await eventually(lambda: some_completed(database, jobs))
        await asyncio.to_thread(server.stop if how == "restart" else server.kill)
        await asyncio.to_thread(server.start)
        await arriving
        await eventually(lambda: all_completed(database, jobs), within=90)
        async with database.transaction() as session:
            assert (await session.exec(select(func.count()).select_from(SegmentRow))).one() == 2 * MANY
        await nothing_is_dead(broker)


async def some_completed(database: Database, jobs: Sequence[UUID]) -> bool:
    return JobStatus.COMPLETED in await statuses(database, jobs)


async def test_a_row_that_is_refused_fails_its_own_job_and_no_other_of_its_batch(
    database: Database, broker: Broker, publisher: Publisher
) -> None:
    jobs = await jobs_born(database, 5)
    refused, others = jobs[2], [*jobs[:2], *jobs[3:]]
    async with refusing(database, "segment", "23514", job=refused):
        await deliver(publisher, short(refused, "declared"))  # with the queue, so that one batch takes all
        await deliver(publisher, *[short(job, "fine") for job in others])
        async with writing(database, broker, publisher):
            await eventually(lambda: all_completed(database, others))

            async def failed() -> bool:
                return await statuses(database, [refused]) == [JobStatus.FAILED]

            await eventually(failed)
    async with database.transaction() as session:
        row = await session.get(JobRow, refused)
    assert row is not None
    assert row.error is not None
    assert row.error["code"] == "unit_died"
    assert "the test says so" in row.error["message"]
    assert await depth(broker, dead_queue(routes.RESULTS_QUEUE)) == 1


@pytest.mark.parametrize(
    "sqlstate",
    ["40P01", pytest.param("40001", marks=pytest.mark.thorough)],
    ids=["deadlock", "serialization"],
)
async def test_a_race_that_another_transaction_won_is_run_again(
    sqlstate: str, database: Database, broker: Broker, publisher: Publisher
) -> None:
    jobs = await jobs_born(database, 3)
    async with refusing(database, "segment", sqlstate, times=3), writing(database, broker, publisher):
        await deliver(publisher, *[short(job, "fine") for job in jobs])
        await eventually(lambda: all_completed(database, jobs))
        await nothing_is_dead(broker)


@pytest.mark.parametrize(
    "sqlstate",
    [
        "53100",
        *(
            pytest.param(code, marks=pytest.mark.thorough)
            for code in ("53200", "25006", "58030", "57014", "55P03")
        ),
    ],
    ids=["disk full", "out of memory", "read-only", "disk fails", "statement cancelled", "lock not had"],
)
async def test_a_server_that_cannot_store_just_now_is_waited_for_with_the_results_kept(
    sqlstate: str, database: Database, broker: Broker, publisher: Publisher
) -> None:
    jobs = await jobs_born(database, 3)
    async with writing(database, broker, publisher) as writer:
        async with refusing(database, "segment", sqlstate):
            await deliver(publisher, *[short(job, "fine") for job in jobs])
            await eventually(lambda: not writer.ready.is_set())
            assert set(await statuses(database, jobs)) == {JobStatus.QUEUED}
        await eventually(lambda: all_completed(database, jobs))
        await nothing_is_dead(broker)


@pytest.mark.thorough
async def test_results_wait_while_every_connection_is_taken(
    database: Database, database_url: str, broker: Broker, publisher: Publisher
) -> None:
    narrow = Database(database_url, pool=2, role=WRITER)
    jobs = await jobs_born(database, 3)
    async with writing(narrow, broker, publisher) as writer:
        async with taken(narrow, 2):
            await deliver(publisher, *[short(job, "fine") for job in jobs])
            await eventually(lambda: not writer.ready.is_set())
        await eventually(lambda: all_completed(database, jobs))
        await nothing_is_dead(broker)
    await narrow.close()


@asynccontextmanager
async def taken(database: Database, connections: int) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for _ in range(connections):
            session = await stack.enter_async_context(database.transaction())
            await session.run(text("SELECT 1"))
        yield


@pytest.mark.thorough
async def test_after_a_failover_to_a_server_that_only_reads_uploads_answer_503_and_jobs_wait(
    server: Server, servers: Servers, database_url: str, broker: Broker, models_dir: Path
) -> None:
    async with pipeline(servers, broker, database_url, models_dir) as system:
        jobs = [await system.submit(wav_file(jfk()), analyze="false")]
        async with reading_only(system, server):
            answer = await system.client.post("/v1/jobs", files={"audio": ("a.wav", wav_file(jfk()))})
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
            assert "retry-after" in answer.headers
            assert (await system.client.get(f"/v1/jobs/{jobs[0]}")).status_code == 200
        jobs.append(await system.submit(wav_file(jfk()), analyze="false"))
        for job in jobs:
            assert (await system.ended(job))["status"] == "completed"
        await nothing_was_lost(system, jobs)
        assert recordings(system) == {UUID(job) for job in jobs}


@asynccontextmanager
async def reading_only(system: Pipeline, server: Server) -> AsyncIterator[None]:
    """New transactions of this database cannot write; connections of before are gone, as in a failover."""

    async def set_to(value: str) -> None:
        async with system.database.transaction() as session:
            await session.run(text("SET TRANSACTION READ WRITE"))
            name = (await session.run(text("SELECT current_database()"))).scalar_one()
            await session.run(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}'))
        await asyncio.to_thread(server.restart)

        async def is_so() -> bool:
            try:
                async with system.database.transaction() as session:
                    found = await session.run(text("SHOW transaction_read_only"))
                    return bool(found.scalar_one() == value)
            except DependencyDown:
                return False

        await eventually(is_so)

    await set_to("on")
    try:
        yield
    finally:
        await set_to("off")


def recordings(system: Pipeline) -> set[UUID]:
    """The jobs of which the store has a recording as it was sent."""
    listed = system.store._client.list_objects(system.store.bucket, "acme/", recursive=True)
    return {UUID(str(o.object_name).split("/")[1]) for o in listed if str(o.object_name).endswith("/source")}


@pytest.mark.thorough
async def test_a_database_that_is_down_for_a_minute_is_waited_for_by_all(
    server: Server, servers: Servers, database_url: str, broker: Broker, models_dir: Path
) -> None:
    async with pipeline(servers, broker, database_url, models_dir) as system:
        jobs = [await system.submit(wav_file(jfk())) for _ in range(3)]
        await asyncio.to_thread(server.stop)
        try:
            for _ in range(DOWN_SECONDS):
                answer = await system.client.post("/v1/jobs", files={"audio": ("a.wav", wav_file(jfk()))})
                assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
                await asyncio.sleep(1)
        finally:
            await asyncio.to_thread(server.start)
        jobs.append(await system.submit(wav_file(jfk())))
        for job in jobs:
            assert (await system.ended(job))["status"] == "completed"
        await nothing_was_lost(system, jobs)


@pytest.mark.thorough
@pytest.mark.parametrize(("table", "on"), [("outbox", "DELETE"), ("outbox", "INSERT"), ("unit", "UPDATE")])
async def test_a_transaction_that_loses_a_race_anywhere_is_run_again(
    table: str, on: str, servers: Servers, database_url: str, broker: Broker, models_dir: Path
) -> None:
    async with pipeline(servers, broker, database_url, models_dir) as system:
        first = await system.submit(wav_file(jfk()))
        async with refusing(system.database, table, "40001", on=on, times=4):
            await system.ended(first)
        await nothing_was_lost(system, [first])

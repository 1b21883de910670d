"""Cancelled, deleted, expired: the writer against a real database, and the object store in a dictionary."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from result_writer.handler import Rules, store_results
from result_writer.retention import Retention
from scribeline.contracts.envelope import Envelope
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.job import JobStatus
from scribeline.contracts.unit import Stage, UnitStatus
from scribeline.storage import keys, results
from scribeline.storage.database import Database
from scribeline.storage.models import JobRow, UnitRow
from tests.support.births import analyzed, born, cancel, chunk, marker_seen, planned, short
from tests.support.outboxes import announced
from tests.support.roles import as_writer
from tests.support.stores import MemoryStore

RULES = Rules(window=4, part_tokens=40)


async def write(database: Database, *batch: Envelope) -> None:
    await store_results(batch, database=as_writer(database), rules=RULES, committed=lambda: None)


async def row_of(database: Database, id_: UUID) -> JobRow | None:
    async with database.transaction() as session:
        return await session.get(JobRow, id_)


async def unit_states(database: Database, job: UUID) -> dict[tuple[str, int], str]:
    async with database.transaction() as session:
        units = (await session.exec(select(UnitRow).where(col(UnitRow.job) == job))).all()
    return {(unit.stage, unit.index): unit.status for unit in units}


def stages(row: JobRow | None) -> list[str]:
    assert row is not None
    return [stage["status"] for stage in row.stages]


async def types(database: Database) -> list[str]:
    return [event.type for event in await announced(database)]


async def test_a_cancelled_job_ends_at_once_and_nothing_more_of_it_is_released(
    database: Database,
) -> None:
    job = await born(database)
    await write(database, planned(job.id, 9))
    await write(database, chunk(job.id, 0, "kept"), cancel(job.id))
    row = await row_of(database, job.id)
    assert row is not None
    assert (row.status, stages(row)) == (JobStatus.CANCELLED, ["cancelled", "cancelled"])
    assert row.finished_at is not None
    states = await unit_states(database, job.id)
    assert states.pop(("plan", 0)) == states.pop(("chunk", 0)) == UnitStatus.DONE
    assert set(states.values()) == {UnitStatus.CANCELLED}
    assert (await types(database)).count("job.cancelled") == 1


async def test_what_comes_after_a_cancel_changes_nothing(database: Database) -> None:
    job = await born(database)
    await write(database, planned(job.id, 2))
    await write(database, cancel(job.id))
    before = await row_of(database, job.id)
    await write(database, cancel(job.id), chunk(job.id, 0, "late"), chunk(job.id, 1, "late"))
    await write(database, marker_seen(job.id, Stage.CHUNK, 1))
    assert await row_of(database, job.id) == before
    async with database.transaction() as session:
        assert await results.segments(session, job.id, 1) == []


async def test_a_job_that_has_ended_cannot_be_cancelled_not_even_in_the_batch_that_ends_it(
    database: Database,
) -> None:
    job = await born(database, Stage.SHORT, analyze=False)
    await write(database, cancel(job.id), short(job.id, "done"))
    row = await row_of(database, job.id)
    assert row is not None
    assert row.status == JobStatus.COMPLETED


async def test_a_complete_transcript_stays_so_when_the_analysis_is_cancelled(
    database: Database,
) -> None:
    job = await born(database, Stage.SHORT)
    await write(database, short(job.id, "said"))
    await write(database, cancel(job.id))
    row = await row_of(database, job.id)
    assert row is not None
    assert (row.status, stages(row)) == (JobStatus.CANCELLED, ["completed", "cancelled"])
    assert row.transcribed_at is not None
    await write(database, analyzed(job.id))
    assert await row_of(database, job.id) == row


async def test_a_worker_that_saw_the_marker_first_ends_the_whole_job(database: Database) -> None:
    job = await born(database)
    await write(database, planned(job.id, 9))
    await write(database, marker_seen(job.id, Stage.CHUNK, 3))
    row = await row_of(database, job.id)
    assert row is not None
    assert row.status == JobStatus.CANCELLED
    assert set((await unit_states(database, job.id)).values()) == {UnitStatus.DONE, UnitStatus.CANCELLED}
    await write(database, cancel(job.id))
    assert (await types(database)).count("job.cancelled") == 1


async def test_the_request_to_cancel_what_is_not_there_is_dropped(database: Database) -> None:
    job = await born(database)
    async with database.transaction() as session:
        await session.run(text("DELETE FROM job"))
    await write(database, cancel(job.id))
    assert await row_of(database, job.id) is None


class Removing:
    """The removal, with a store that holds every object of the jobs."""

    def __init__(self, database: Database, keep_days: int | None = None) -> None:
        self.database, self.store, self.commits = database, MemoryStore(), 0
        self.retention = Retention(as_writer(database), self.store, self._commit, keep_days)

    def _commit(self) -> None:
        self.commits += 1

    async def job(self, *, ended: bool = True, **given: Any) -> JobRow:
        job = await born(self.database, Stage.SHORT, analyze=False, **given)
        self.store.objects |= dict.fromkeys(keys.all_of(job.tenant, job.id, job.run), b"x")
        if ended:
            await write(self.database, short(job.id, "said"))
        return job

    async def run(self, statement: str, **values: object) -> None:
        async with self.database.transaction() as session:
            await session.run(text(statement), values)

    async def delete(self, job: JobRow) -> None:
        await self.run("UPDATE job SET deleted_at = now() WHERE id = :id", id=job.id)

    async def age(self, job: JobRow, days: float) -> None:
        await self.run(
            "UPDATE job SET finished_at = now() - make_interval(secs => :secs) WHERE id = :id",
            id=job.id,
            secs=days * 86400,
        )

    async def left(self) -> set[UUID]:
        async with self.database.transaction() as session:
            rows = set((await session.exec(select(JobRow.id))).all())
        assert {UUID(key.split("/")[1]) for key in self.store.objects} == rows
        return rows


async def test_a_deleted_job_leaves_no_row_no_object_and_a_tombstone(database: Database) -> None:
    removing = Removing(database)
    gone, other = await removing.job(), await removing.job()
    await removing.delete(gone)
    assert await removing.retention.remove_deleted() == 1
    assert await removing.left() == {other.id}
    assert removing.commits == 1
    [tombstone] = [event for event in await announced(database) if event.type == "job.deleted"]
    assert (tombstone.subject, tombstone.data.status) == (gone.id, JobStatus.COMPLETED)  # type: ignore[attr-defined]  # a JobEvent
    assert await removing.retention.remove_deleted() == 0
    await write(database, short(gone.id, "late"))
    assert await removing.left() == {other.id}


async def test_a_deleted_job_that_runs_goes_once_it_has_ended(database: Database) -> None:
    removing = Removing(database)
    job = await removing.job(ended=False)
    await removing.delete(job)
    assert await removing.retention.remove_deleted() == 0
    await write(database, cancel(job.id))
    await removing.age(job, 1 / 24)
    assert await removing.retention.remove_deleted() == 1
    assert await removing.left() == set()


async def test_the_row_of_a_job_that_a_worker_may_still_write_to_stays_until_it_cannot(
    database: Database,
) -> None:
    removing = Removing(database)
    job = await removing.job(ended=False)
    await removing.delete(job)
    await write(database, cancel(job.id))
    assert await removing.retention.remove_deleted() == 0
    assert set(removing.store.objects) == {keys.cancelled(keys.prefix("acme", job.id), 1)}
    late = keys.audio(keys.prefix("acme", job.id), 1)
    await removing.store.put(late, b"written by a worker that was at it")
    assert "job.deleted" not in await types(database)
    await removing.age(job, 1 / 24)
    assert await removing.retention.remove_deleted() == 1
    assert await removing.left() == set()
    assert (await types(database)).count("job.deleted") == 1


async def test_rows_outlive_a_store_that_is_away(database: Database) -> None:
    removing = Removing(database)
    job = await removing.job()
    await removing.delete(job)
    removing.store.down = True
    with pytest.raises(DependencyDown):
        await removing.retention.remove_deleted()
    assert await removing.left() == {job.id}
    removing.store.down = False
    assert await removing.retention.remove_deleted() == 1


@pytest.mark.parametrize(
    ("everybody", "tenant", "own", "kept_days"),
    [
        (None, None, None, 36_000), (30, None, None, 30), (30, 7, None, 7), (None, 7, None, 7),
        (1, 7, 90, 90), (30, 0, 0, 0),
    ],
)  # fmt: skip
async def test_a_job_expires_when_its_client_its_tenant_or_everybody_says_so_in_this_order(
    database: Database, everybody: int | None, tenant: int | None, own: int | None, kept_days: int
) -> None:
    removing = Removing(database, everybody)
    seconds = None if own is None else own * 86400
    old, young = await removing.job(keep_seconds=seconds), await removing.job(keep_seconds=seconds)
    running = await removing.job(ended=False, keep_seconds=0)
    await removing.run("UPDATE tenant SET retention_days = :days", days=tenant)
    await removing.age(old, kept_days + 0.01)
    await removing.age(young, kept_days - 0.01)
    await removing.retention.expire()
    await removing.retention.remove_deleted()
    kept = {old.id, young.id, running.id} if kept_days > 30_000 else {young.id, running.id}
    assert await removing.left() == kept

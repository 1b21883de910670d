"""Failed units tried again: the job's next run, against a real database."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlmodel import col, select

from result_writer.handler import Rules, store_results
from scribeline.contracts.envelope import Envelope, decode
from scribeline.contracts.job import JobStatus
from scribeline.contracts.unit import Stage
from scribeline.storage import results
from scribeline.storage.database import Database
from scribeline.storage.models import JobRow, OutboxRow, UnitRow
from tests.support.births import (
    analyzed,
    born,
    cancel,
    chunk,
    failed,
    handed_back,
    in_run,
    merged,
    planned,
    resume,
    retry,
    short,
)
from tests.support.outboxes import announced
from tests.support.roles import as_writer

RULES = Rules(window=40, part_tokens=40)


async def write(database: Database, *batch: Envelope) -> None:
    await store_results(batch, database=as_writer(database), rules=RULES, committed=lambda: None)


async def job_of(database: Database, id_: UUID) -> JobRow:
    async with database.transaction() as session:
        return (await session.exec(select(JobRow).where(col(JobRow.id) == id_))).one()


async def open_units(database: Database, job: UUID) -> list[tuple[str, int, int]]:
    async with database.transaction() as session:
        units = (await session.exec(select(UnitRow).where(col(UnitRow.job) == job))).all()
    return sorted((u.stage, u.index, u.run) for u in units if u.status in ("waiting", "released"))


async def texts(database: Database, job: UUID, run: int) -> list[str]:
    async with database.transaction() as session:
        return [segment.text for segment in await results.segments(session, job, run)]


async def sent(database: Database, job: UUID, run: int) -> list[str]:
    """The types of the commands that were released in this run."""
    async with database.transaction() as session:
        rows: Sequence[OutboxRow] = (await session.exec(select(OutboxRow).order_by(col(OutboxRow.id)))).all()
    found = [decode(row.body) for row in rows if row.exchange == "scribeline.jobs" and row.job == job]
    return [e.type.split(".")[-1] for e in found if e.data.unit.run == run]  # type: ignore[attr-defined]  # commands have units


async def test_a_failed_piece_is_tried_again_and_the_gap_closes(database: Database) -> None:
    job = await born(database)
    await write(database, planned(job.id, 3))
    await write(database, chunk(job.id, 0, "one"), failed(job.id, Stage.CHUNK, 1), chunk(job.id, 2, "three"))
    await write(database, analyzed(job.id))
    first = await job_of(database, job.id)
    assert (first.status, first.run) == (JobStatus.COMPLETED, 1)
    await write(database, retry(job.id))
    again = await job_of(database, job.id)
    assert (again.status, again.run, again.finished_at) == (JobStatus.TRANSCRIBING, 2, None)
    assert await open_units(database, job.id) == [("chunk", 1, 2)]
    assert await sent(database, job.id, 2) == ["transcribe_chunk"]
    await write(database, in_run(2, chunk(job.id, 1, "two")))
    await write(database, in_run(2, analyzed(job.id)))
    healed = await job_of(database, job.id)
    assert (healed.status, healed.run, healed.progress) == (JobStatus.COMPLETED, 2, 100)
    assert await texts(database, job.id, 2) == ["one", "two", "three"]
    assert await texts(database, job.id, 1) == ["one", "three"]
    async with database.transaction() as session:
        assert await results.gaps(session, job.id, 2) == []
    ends = [event for event in await announced(database) if event.type == "job.completed"]
    assert [event.data.run for event in ends] == [1, 2]  # type: ignore[attr-defined]  # a JobEvent
    assert len({event.id for event in ends}) == 2


@pytest.mark.parametrize("stage", [Stage.SHORT, Stage.PLAN])
async def test_a_recording_that_failed_at_its_beginning_begins_again(
    database: Database, stage: Stage
) -> None:
    job = await born(database, stage)
    await write(database, failed(job.id, stage))
    assert (await job_of(database, job.id)).status == JobStatus.FAILED
    await write(database, retry(job.id))
    row = await job_of(database, job.id)
    assert (row.status, row.error, row.run) == (JobStatus.QUEUED, None, 2)
    assert await open_units(database, job.id) == [(stage, 0, 2)]


async def test_what_turned_out_long_is_planned_again_and_not_heard_again(database: Database) -> None:
    job = await born(database, Stage.SHORT)
    await write(database, handed_back(job.id))
    await write(database, failed(job.id, Stage.PLAN))
    await write(database, retry(job.id))
    assert await open_units(database, job.id) == [("plan", 0, 2)]
    await write(database, in_run(2, planned(job.id, 1)))
    assert await open_units(database, job.id) == [("chunk", 0, 2)]


async def test_a_failed_part_of_the_analysis_costs_no_transcription(database: Database) -> None:
    job = await born(database)
    await write(database, planned(job.id, 3))
    await write(database, *[chunk(job.id, n, "word " * 30) for n in range(3)])
    await write(database, analyzed(job.id, 0), failed(job.id, Stage.ANALYZE, 1), analyzed(job.id, 2))
    await write(database, merged(job.id))
    assert (await job_of(database, job.id)).status == JobStatus.COMPLETED
    await write(database, retry(job.id))
    row = await job_of(database, job.id)
    assert (row.status, row.run) == (JobStatus.ANALYZING, 2)
    assert await open_units(database, job.id) == [("analyze", 1, 2)]
    await write(database, in_run(2, analyzed(job.id, 1)))
    assert await open_units(database, job.id) == [("merge", 0, 2)]
    await write(database, in_run(2, merged(job.id, 0, "All three.")))
    async with database.transaction() as session:
        final, earlier = [await results.final_analysis(session, job.id, run) for run in (2, 1)]
    assert (final and final.summary, earlier and earlier.summary) == ("All three.", "Merged.")
    transcripts = [event for event in await announced(database) if event.type == "transcript.completed"]
    assert len(transcripts) == 1


async def test_a_failed_merge_is_made_again_of_what_there_is(database: Database) -> None:
    job = await born(database)
    await write(database, planned(job.id, 3))
    await write(database, *[chunk(job.id, n, "word " * 30) for n in range(3)])
    await write(database, *[analyzed(job.id, n) for n in range(3)])
    await write(database, failed(job.id, Stage.MERGE))
    assert (await job_of(database, job.id)).stages[1]["status"] == "failed"
    await write(database, retry(job.id))
    assert await open_units(database, job.id) == [("merge", 0, 2)]
    await write(database, in_run(2, merged(job.id)))
    row = await job_of(database, job.id)
    assert (row.status, row.stages[1]["status"], row.stages[1]["run"]) == (
        JobStatus.COMPLETED,
        "completed",
        2,
    )


async def test_asked_twice_late_or_for_nothing_it_is_done_once_or_not_at_all(database: Database) -> None:
    job = await born(database)
    await write(database, retry(job.id))
    assert (await job_of(database, job.id)).run == 1
    await write(database, failed(job.id, Stage.PLAN))
    await write(database, retry(job.id), retry(job.id))
    await write(database, retry(job.id))
    assert (await job_of(database, job.id)).run == 2
    await write(database, planned(job.id, 1))  # a late result of the first run
    assert await open_units(database, job.id) == [("plan", 0, 2)]
    done = await born(database, Stage.SHORT, analyze=False)
    await write(database, short(done.id, "fine"))
    before = await job_of(database, done.id)
    await write(database, retry(done.id))
    assert await job_of(database, done.id) == before


async def test_a_cancelled_job_is_not_tried_again(database: Database) -> None:
    job = await born(database)
    await write(database, planned(job.id, 2))
    await write(database, failed(job.id, Stage.CHUNK, 0), cancel(job.id))
    await write(database, retry(job.id))
    assert (await job_of(database, job.id)).status == JobStatus.CANCELLED
    assert await open_units(database, job.id) == []


async def test_what_the_broker_lost_is_sent_again_and_what_has_an_outcome_is_not(database: Database) -> None:
    job = await born(database)
    await write(database, planned(job.id, 3))
    await write(database, chunk(job.id, 1, "kept"))
    await write(database, resume(job.id))
    assert await sent(database, job.id, 1) == ["plan_transcription", *["transcribe_chunk"] * 5]
    assert await open_units(database, job.id) == [("chunk", 0, 1), ("chunk", 2, 1)]
    async with database.transaction() as session:
        rows = (await session.exec(select(OutboxRow))).all()
    assert len({row.message_id for row in rows}) == len(rows)
    await write(database, chunk(job.id, 0, "x"), chunk(job.id, 2, "x"), chunk(job.id, 0, "x"))
    await write(database, analyzed(job.id))
    assert (await job_of(database, job.id)).status == JobStatus.COMPLETED


async def test_what_merely_waits_is_never_sent_twice_by_itself(database: Database) -> None:
    jobs = [await born(database, window=4) for _ in range(30)]
    for _ in range(10):
        one = cancel(jobs[0].id)
        await store_results(
            [one], database=as_writer(database), rules=Rules(window=4), committed=lambda: None
        )
    async with database.transaction() as session:
        units = (await session.exec(select(UnitRow))).all()
    assert {unit.releases for unit in units} == {0, 1}
    assert sum(unit.releases for unit in units) == 4 + 1  # and one for the place that became free


async def test_a_job_that_has_ended_or_is_gone_is_not_resumed(database: Database) -> None:
    job = await born(database, Stage.SHORT, analyze=False)
    await write(database, short(job.id, "done"))
    before = await job_of(database, job.id)
    await write(database, resume(job.id), resume(UUID(int=1)))
    assert await job_of(database, job.id) == before
    assert await open_units(database, job.id) == []

"""A job's runs: how each stood when the next was opened, and what the next one takes over of it."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select

from scribeline.contracts import routes
from scribeline.contracts.unit import TRANSCRIPTION, Stage, UnitStatus
from scribeline.storage.database import Session
from scribeline.storage.models import JobRow, JobRunRow, RunState, UnitRow

MOST_RUNS = 100
"""Of one job: each keeps a transcript of its own."""

_UNITS = text("""
    INSERT INTO unit (job, stage, index, run, tenant, owner, queue, status, command, releases, handed_back,
                      gaps, pieces, error, processing_seconds, attempts, put_off_at, began_at,
                      handled_seconds, created_at, released_at, finished_at)
    SELECT job, stage, index, run + 1, tenant, owner, queue, status, command, releases, handed_back,
           gaps, pieces, error, processing_seconds, attempts, put_off_at, began_at, handled_seconds,
           created_at, released_at, finished_at
    FROM unit WHERE job = :job AND run = :run AND status = ANY(:statuses) AND stage = ANY(:stages)
    ON CONFLICT DO NOTHING
""")
_SEGMENTS = text("""
    INSERT INTO segment (job, run, piece, id, tenant, owner, start, "end", text, confidence, avg_logprob,
                         no_speech_prob, words, speaker)
    SELECT job, run + 1, piece, id, tenant, owner, start, "end", text, confidence, avg_logprob,
           no_speech_prob, words, speaker
    FROM segment WHERE job = :job AND run = :run
    ON CONFLICT DO NOTHING
""")
_ANALYSES = text("""
    INSERT INTO analysis (job, stage, index, run, tenant, owner, final, body, created_at)
    SELECT job, stage, index, run + 1, tenant, owner, false, body, created_at
    FROM analysis WHERE job = :job AND run = :run AND stage = 'analyze'
    ON CONFLICT DO NOTHING
""")


async def open_run(session: Session, job: JobRow, *, input_run: int | None) -> None:
    """The next run of a job that has ended. How this one ended is kept; what of it the next one takes over,
    or forgets, is the caller's. The job's row must be locked."""
    told = {name: getattr(job, name) for name in RunState.model_fields}
    session.add(JobRunRow(job=job.id, run=job.run, tenant=job.tenant, owner=job.owner, **told))
    job.run += 1
    job.input_run, job.opened_at = input_run, await session.clock()
    job.started_at = job.finished_at = job.error = None
    job.progress = 0


async def in_run(session: Session, job: JobRow, run: int) -> JobRow | None:
    """The job as it stands in its current run, or as it stood at the end of an earlier one. None when there
    is no such run, or nobody kept how it ended."""
    if run == job.run:
        return job
    kept = await session.get(JobRunRow, (job.id, run))
    return as_it_stood(job, kept) if kept is not None else None


async def all_runs(session: Session, job: JobRow) -> list[JobRow]:
    """The job in each of its runs, the first one first."""
    earlier = select(JobRunRow).where(
        JobRunRow.tenant == job.tenant, JobRunRow.job == job.id, JobRunRow.run < job.run
    )
    found = await session.exec(earlier.order_by(col(JobRunRow.run)))
    return [*(as_it_stood(job, kept) for kept in found), job]


def as_it_stood(job: JobRow, kept: JobRunRow) -> JobRow:
    """The job at the end of that run of it."""
    now = {name: getattr(job, name) for name in JobRow.model_fields}
    then = {name: getattr(kept, name) for name in RunState.model_fields}
    return JobRow(**{**now, **then, "run": kept.run})


async def take_over_transcript(session: Session, job: JobRow) -> None:
    """All that the run before knows of the recording, also which pieces failed, is in this run, too."""
    before = {"job": job.id, "run": job.run - 1}
    stages, statuses = [stage.value for stage in TRANSCRIPTION], [UnitStatus.DONE, UnitStatus.FAILED]
    await session.run(_UNITS, {**before, "stages": stages, "statuses": statuses})
    await session.run(_SEGMENTS, before)


async def open_next(session: Session, job: JobRow) -> int:
    """Ask again for the failed units of a job that has ended; returns how many, 0 when nothing failed.

    The job's row must be locked; its derived columns are the caller's. An analysis of a transcript that is to
    become another one is not taken over, nor is a merge.
    """
    failed = await _failed(session, job)
    if not failed:
        return 0
    again = any(unit.stage in TRANSCRIPTION for unit in failed)
    kept = TRANSCRIPTION if again else (*TRANSCRIPTION, Stage.ANALYZE)
    before = {"job": job.id, "run": job.run}
    await session.run(
        _UNITS, {**before, "stages": [stage.value for stage in kept], "statuses": [UnitStatus.DONE]}
    )
    await session.run(_SEGMENTS, before)
    if not again:
        await session.run(_ANALYSES, before)
    wanted = [unit for unit in failed if unit.stage in kept]
    session.add_all(_again(unit) for unit in wanted)
    await open_run(session, job, input_run=job.run)
    if again:
        job.transcribed_at = job.has_text = job.confidence = None
    await session.flush()
    # Where only merges failed, they follow from what was taken over.
    return len(wanted) or len(failed)


async def _failed(session: Session, job: JobRow) -> Collection[UnitRow]:
    found = select(UnitRow).where(
        UnitRow.job == job.id, UnitRow.run == job.run, col(UnitRow.status) == UnitStatus.FAILED
    )
    return (await session.exec(found)).all()


def _again(unit: UnitRow) -> UnitRow:
    command: dict[str, Any] = {**unit.command, "unit": {**unit.command["unit"], "run": unit.run + 1}}
    return UnitRow(
        job=unit.job,
        stage=unit.stage,
        index=unit.index,
        run=unit.run + 1,
        tenant=unit.tenant,
        owner=unit.owner,
        queue=routes.QUEUE_OF[Stage(unit.stage)],
        command=command,
    )

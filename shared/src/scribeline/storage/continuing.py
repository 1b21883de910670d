"""A recording that continues another one: what comes before it in its transcript.

A job has what comes before it for itself, as segments of no run, so that it stays when the earlier job goes.
It is put there once: with a given transcript when the job is born, else when its own recording is transcribed
and the earlier transcript is complete. If there will be none, the job goes on without, and a gap says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from scribeline.contracts.job import JobStatus, StageStatus, StageView
from scribeline.contracts.transcription import Gap, GivenSegment
from scribeline.storage import clock, results, runs
from scribeline.storage.database import Session
from scribeline.storage.models import BEFORE, GapsBeforeRow, JobRow, JobRunRow

NO_PIECE = -1
MOST_SEGMENTS = 20_000
"""That may come before a recording: a day of speech. Each job of a chain has a copy of all before it."""
MOST_GAPS = 5_000
"""The same: in a day, one every 17 seconds."""
MOST_LINKS = 100
"""Jobs in a row that failed, and are passed over to find a transcript."""
NOT_THERE = "there is no such job, or it is not yours"
TOO_LONG = (
    f"its transcript has more than {MOST_SEGMENTS} segments, or more than {MOST_GAPS} gaps: begin a new one"
)

_COPY = text(f"""
    WITH copied AS (
        INSERT INTO segment (job, run, piece, id, tenant, owner, start, "end", text, confidence, avg_logprob,
                             no_speech_prob, words, speaker)
        SELECT :later, 0, :piece, number, :tenant, CAST(:owner AS text), start, "end", text, confidence,
               avg_logprob, no_speech_prob, words, speaker
        FROM ({clock.SEGMENTS}) AS clocked
        RETURNING id
    ) SELECT count(*) FROM copied
""")  # noqa: S608 - constants
_GIVE = text("""
    INSERT INTO segment (job, run, piece, id, tenant, owner, start, "end", text, speaker)
    SELECT :job, 0, :piece, number - 1, :tenant, CAST(:owner AS text), start, "end", said, speaker
    FROM unnest(CAST(:starts AS float8[]), CAST(:ends AS float8[]), CAST(:texts AS text[]),
                CAST(:speakers AS text[])) WITH ORDINALITY AS given (start, "end", said, speaker, number)
""")


@dataclass(frozen=True)
class Before:
    """What stands before a job's own recording."""

    job: UUID | None = None
    """Whose transcript it is; None for nothing."""
    run: int = BEFORE
    """In which it was made; `BEFORE` for what came before it alone."""
    gaps: Sequence[Gap] = ()
    seconds: float = 0.0


async def trouble(
    session: Session, job: UUID, *, tenant: str, owner: str | None, lock: bool = False
) -> str | None:
    """Why that job cannot be continued; None when it can.

    With `lock`, whoever ends that job meanwhile does so before, or sees the job that is about to be born.
    """
    found = select(JobRow).where(JobRow.id == job, JobRow.tenant == tenant, col(JobRow.deleted_at).is_(None))
    found = found if owner is None else found.where(JobRow.owner == owner)
    row = (await session.exec(found.with_for_update(read=True) if lock else found)).first()
    if row is None:
        return NOT_THERE
    told = await _told(session, row)
    return TOO_LONG if told is not None and await _is_too_long(session, *told) else None


async def join(session: Session, job: JobRow) -> int | None:
    """Put before the job's own recording what it continues; how many segments, None while that is under way.

    The job's row must be locked, and nothing have been put there.
    """
    before = await _before(session, job)
    if before is None:
        return None
    job.offset_seconds = before.seconds
    mine: dict[str, Any] = {"tenant": job.tenant, "owner": job.owner}
    if before.gaps:
        gaps = [gap.model_dump(mode="json") for gap in before.gaps]
        await session.run(insert(GapsBeforeRow).values(job=job.id, gaps=gaps, **mine))
    await session.flush()
    if before.job is None:
        return 0
    there = {"job": before.job, "run": before.run, "later": job.id, "piece": NO_PIECE, **mine}
    copied: int = (await session.run(_COPY, there)).scalar_one()
    return copied


def seconds_of(given: Sequence[GivenSegment]) -> float:
    """Text without times stands where it stands, and takes none: the recording begins at 0."""
    return max((segment.end or 0.0 for segment in given), default=0.0)


async def give(session: Session, job: JobRow, given: Sequence[GivenSegment]) -> None:
    """Put what a client brings along before the recording of a job that is being born."""
    parameters = {
        "job": job.id,
        "piece": NO_PIECE,
        "tenant": job.tenant,
        "owner": job.owner,
        "starts": [segment.start or 0.0 for segment in given],
        "ends": [segment.end or 0.0 for segment in given],
        "texts": [segment.text for segment in given],
        "speakers": [segment.speaker for segment in given],
    }
    await session.run(_GIVE, parameters)


async def _before(session: Session, job: JobRow) -> Before | None:
    """None while it is not known: some job on the way to a transcript is still under way."""
    link, passed = job.continues, False
    for _ in range(MOST_LINKS):
        if link is None:
            break
        row = await _kept(session, job.tenant, link)
        if row is None:
            link, passed = await _behind_deleted(session, job.tenant, link), True
            continue
        told = await _told(session, row)
        if told is not None:
            return await _whole(session, *told, passed=passed)
        if not JobStatus(row.status).terminal:
            return None
        if row.offset_seconds is not None:
            gaps = await results.gaps(session, row.id, BEFORE)
            return _noted(Before(row.id, BEFORE, gaps, row.offset_seconds), "recording_missing")
        link, passed = row.continues, True
    return _noted(Before(), "recording_missing")


async def _whole(session: Session, row: JobRow, run: int, *, passed: bool) -> Before:
    if await _is_too_long(session, row, run):
        return _noted(Before(), "transcript_too_long")
    found = Before(row.id, run, await results.gaps(session, row.id, run), clock.end(row))
    return _noted(found, "recording_missing") if passed else found


def _noted(before: Before, reason: str) -> Before:
    here = Gap(start=before.seconds, end=before.seconds, reason=reason)
    return replace(before, gaps=[*before.gaps, here])


async def _kept(session: Session, tenant: str, id_: UUID) -> JobRow | None:
    """The job, which nobody removes before this transaction ends; None for one that is deleted. No lock that
    changes of it would wait for: the jobs of a batch are locked in another order."""
    found = select(JobRow).where(JobRow.id == id_, JobRow.tenant == tenant, col(JobRow.deleted_at).is_(None))
    kept = found.with_for_update(read=True, key_share=True, skip_locked=True)
    return (await session.exec(kept)).first()


async def _behind_deleted(session: Session, tenant: str, id_: UUID) -> UUID | None:
    """What a deleted job continues, as long as its row is there. Nothing of its text is taken."""
    found = select(JobRow.continues).where(JobRow.id == id_, JobRow.tenant == tenant)
    return (await session.exec(found)).first()


async def _told(session: Session, row: JobRow) -> tuple[JobRow, int] | None:
    """The job as it stands, or stood, with a complete transcript, and the run of that: of its current run, or
    where that one ended without, of the newest that has one. None when there is none, or not yet."""
    if (run := _complete(row.stages)) is not None:
        return row, run
    if not JobStatus(row.status).terminal:
        return None
    for kept in await _earlier(session, row):
        if (run := _complete(kept.stages)) is not None:
            return runs.as_it_stood(row, kept), run
    return None


async def _earlier(session: Session, row: JobRow) -> Sequence[JobRunRow]:
    """The newest first."""
    found = select(JobRunRow).where(
        JobRunRow.tenant == row.tenant, JobRunRow.job == row.id, JobRunRow.run < row.run
    )
    return (await session.exec(found.order_by(col(JobRunRow.run).desc()))).all()


def _complete(stages: Sequence[dict[str, Any]]) -> int | None:
    """The run of its complete transcript."""
    views = map(StageView.model_validate, stages)
    done = (s.run for s in views if s.name == "transcription" and s.status is StageStatus.COMPLETED)
    return next(done, None)


async def _is_too_long(session: Session, row: JobRow, run: int) -> bool:
    segments, gaps = await results.count(session, row.id, run)
    return segments > MOST_SEGMENTS or gaps > MOST_GAPS

"""A recording that continues another one: what comes before it in its transcript.

A job has what comes before it for itself, as segments of no run, so that it stays when the earlier job goes.
It is put there once: with a given transcript when the job is born, else when its own recording is transcribed
and the earlier transcript is complete. If there will be none, the job goes on without, and a gap says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from scribeline.contracts.job import JobStatus, StageStatus, StageView
from scribeline.contracts.transcription import Gap, GivenSegment
from scribeline.storage import results
from scribeline.storage.database import Session
from scribeline.storage.models import BEFORE, JobRow, SegmentRow

NO_PIECE = -1
MOST_SEGMENTS = 20_000
"""That may come before a recording: a day of speech. Each job of a chain has a copy of all before it."""
MOST_LINKS = 100
"""Jobs in a row that failed, and are passed over to find a transcript."""
NOT_THERE = "there is no such job, or it is not yours"
TOO_LONG = f"its transcript has more than {MOST_SEGMENTS} segments: begin a new one"


@dataclass(frozen=True)
class Before:
    """What stands before a job's own recording."""

    segments: Sequence[SegmentRow] = ()
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
    run = _complete(row)
    return TOO_LONG if run is not None and await _is_too_long(session, row.id, run) else None


async def join(session: Session, job: JobRow) -> bool:
    """Put before the job's own recording what it continues; False while that is under way.

    The job's row must be locked, and nothing have been put there.
    """
    before = await _before(session, job)
    if before is None:
        return False
    job.offset_seconds = before.seconds
    job.gaps_before = [gap.model_dump(mode="json") for gap in before.gaps]
    session.add_all(copies(job, before))
    await session.flush()
    return True


def copies(job: JobRow, before: Before) -> list[SegmentRow]:
    """The job's own."""
    own = {"job": job.id, "run": BEFORE, "piece": NO_PIECE, "tenant": job.tenant, "owner": job.owner}
    return [
        SegmentRow(**{**row.model_dump(), **own, "id": number}) for number, row in enumerate(before.segments)
    ]


def given(job: UUID, tenant: str, segments: Sequence[GivenSegment]) -> Before:
    """Text without times stands where it stands, and takes none: the recording begins at 0."""
    rows = [
        SegmentRow(
            job=job,
            run=BEFORE,
            piece=NO_PIECE,
            id=number,
            tenant=tenant,
            start=segment.start or 0.0,
            end=segment.end or 0.0,
            text=segment.text,
            confidence=None,
            avg_logprob=None,
            no_speech_prob=None,
            speaker=segment.speaker,
        )
        for number, segment in enumerate(segments)
    ]
    return Before(rows, seconds=max((row.end for row in rows), default=0.0))


async def _before(session: Session, job: JobRow) -> Before | None:
    """None while it is not known: some job on the way to a transcript is still under way."""
    link, found = job.continues, Before()
    reason: str | None = None
    for _ in range(MOST_LINKS):
        row = await _kept(session, job.tenant, link) if link is not None else None
        if row is None:
            reason = reason or ("recording_missing" if link is not None else None)
            break
        if (run := _complete(row)) is not None:
            if await _is_too_long(session, row.id, run):
                reason = "transcript_too_long"
            else:
                found = await _whole(session, row, run)
            break
        if not JobStatus(row.status).terminal:
            return None
        reason = "recording_missing"
        if row.offset_seconds is not None:
            found = await _first_part(session, row)
            break
        link = row.continues
    return _noted(found, reason)


def _noted(before: Before, reason: str | None) -> Before:
    if reason is None:
        return before
    here = Gap(start=before.seconds, end=before.seconds, reason=reason)
    return Before(before.segments, [*before.gaps, here], before.seconds)


async def _kept(session: Session, tenant: str, id_: UUID) -> JobRow | None:
    """The job, which nobody removes before this transaction ends; None for one that is deleted. No lock that
    changes of it would wait for: the jobs of a batch are locked in another order."""
    found = select(JobRow).where(JobRow.id == id_, JobRow.tenant == tenant, col(JobRow.deleted_at).is_(None))
    kept = found.with_for_update(read=True, key_share=True, skip_locked=True)
    return (await session.exec(kept)).first()


def _complete(row: JobRow) -> int | None:
    """The run of its complete transcript."""
    stages = (StageView.model_validate(view) for view in row.stages)
    done = (s.run for s in stages if s.name == "transcription" and s.status is StageStatus.COMPLETED)
    return next(done, None)


async def _is_too_long(session: Session, job: UUID, run: int) -> bool:
    here = col(SegmentRow.run).in_((BEFORE, run))
    counted = select(func.count()).select_from(SegmentRow).where(SegmentRow.job == job, here)
    return (await session.exec(counted)).one() > MOST_SEGMENTS


async def _whole(session: Session, row: JobRow, run: int) -> Before:
    segments = await results.segments(session, row.id, run)
    return Before(segments, await results.gaps(session, row.id, run), results.clock_end(row))


async def _first_part(session: Session, row: JobRow) -> Before:
    """What came before a recording that was not transcribed itself."""
    segments = await results.segments(session, row.id, BEFORE)
    gaps = [Gap.model_validate(gap) for gap in row.gaps_before]
    return Before(segments, gaps, row.offset_seconds or 0.0)

"""Jobs that wait for the transcript of an earlier one."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from scribeline.contracts.job import AdvanceJob, JobStatus
from scribeline.storage.database import Session
from scribeline.storage.jobs import request
from scribeline.storage.models import JobRow

_ENDED = [status.value for status in JobStatus if status.terminal]
_BEHIND = text("""
    WITH RECURSIVE behind AS (
        SELECT id, status, deleted_at FROM job WHERE continues = ANY(:jobs) AND offset_seconds IS NULL
        UNION
        SELECT job.id, job.status, job.deleted_at FROM job JOIN behind ON job.continues = behind.id
        WHERE job.offset_seconds IS NULL AND (behind.status = ANY(:ended) OR behind.deleted_at IS NOT NULL)
    )
    SELECT id FROM behind WHERE status <> ALL(:ended)
""")


async def wake(session: Session, jobs: Collection[UUID], *, source: str) -> None:
    """Ask the result-writer to look again at all that wait for one of these jobs, also through others that
    ended without a transcript, or are deleted. It does so after this transaction, so that it sees what became
    of them."""
    for job in await _waiting(session, jobs) if jobs else ():
        request(session, job, AdvanceJob(job=job.id, run=job.run), source=source)


async def _waiting(session: Session, jobs: Collection[UUID]) -> Sequence[JobRow]:
    rows = await session.run(_BEHIND, {"jobs": sorted(jobs), "ended": _ENDED})
    ids = [row.id for row in rows]
    return (await session.exec(select(JobRow).where(col(JobRow.id).in_(ids)))).all() if ids else ()

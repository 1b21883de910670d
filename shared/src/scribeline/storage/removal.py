"""Jobs that go: those whose time is over, and those a user deleted. SQL for the result-writer's retention."""

from datetime import timedelta

from sqlalchemy import ColumnElement, func, or_, text
from sqlmodel import col, select

from scribeline.contracts.job import JobStatus
from scribeline.contracts.unit import UnitStatus
from scribeline.storage.database import Session
from scribeline.storage.models import JobRow, UnitRow

LONGEST_UNIT = timedelta(minutes=30)
"""A worker that is at a unit for longer has ended itself: every hard deadline is shorter."""
ENDED = tuple(status.value for status in JobStatus if status.terminal)


async def mark_expired(session: Session, keep_days: int | None, limit: int = 500) -> int:
    """Jobs that were kept as long as they themselves, their tenants or everybody say; returns how many.

    A job that has not ended never expires.
    """
    marked = await session.run(
        text("""
            UPDATE job SET deleted_at = now() WHERE id IN (
                SELECT job.id FROM job JOIN tenant ON tenant.name = job.tenant
                WHERE job.deleted_at IS NULL AND job.finished_at < now() - make_interval(secs => coalesce(
                    job.keep_seconds, tenant.retention_days * 86400.0, CAST(:days AS float8) * 86400.0))
                ORDER BY job.id LIMIT :limit FOR UPDATE OF job SKIP LOCKED
            ) RETURNING id
        """),
        {"days": keep_days, "limit": limit},
    )
    return len(marked.all())


async def next_to_wipe(session: Session) -> JobRow | None:
    """A deleted job that has ended and whose recording is still there, locked; others pass it over."""
    return await _next(session, col(JobRow.wiped_at).is_(None))


async def next_to_forget(session: Session) -> JobRow | None:
    """One whose recording was removed, and into whose place no worker can write any more."""
    sent = select(UnitRow.job).where(
        UnitRow.job == JobRow.id,
        col(UnitRow.status) == UnitStatus.CANCELLED,
        col(UnitRow.released_at).is_not(None),
    )
    silent = or_(~sent.exists(), col(JobRow.finished_at) < func.now() - LONGEST_UNIT)
    return await _next(session, col(JobRow.wiped_at).is_not(None), silent)


async def _next(session: Session, *conditions: ColumnElement[bool]) -> JobRow | None:
    found = (
        select(JobRow)
        .where(col(JobRow.deleted_at).is_not(None), col(JobRow.status).in_(ENDED), *conditions)
        .order_by(col(JobRow.deleted_at))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return (await session.exec(found)).first()

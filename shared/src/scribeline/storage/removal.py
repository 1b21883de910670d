"""Jobs that go: those whose time is over, and those a user deleted. SQL for the result-writer's retention."""

from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from scribeline.contracts.job import JobStatus
from scribeline.storage.database import Session
from scribeline.storage.models import JobRow

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


async def next_deleted(session: Session, but: set[UUID]) -> JobRow | None:
    """A deleted job that has ended, locked; other removers pass it over."""
    found = (
        select(JobRow)
        .where(col(JobRow.deleted_at).is_not(None), col(JobRow.status).in_(ENDED), col(JobRow.id).not_in(but))
        .order_by(col(JobRow.deleted_at))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return (await session.exec(found)).first()


async def known(session: Session, jobs: set[UUID]) -> set[UUID]:
    """Those of these jobs that the database has."""
    return set((await session.exec(select(JobRow.id).where(col(JobRow.id).in_(jobs)))).all())

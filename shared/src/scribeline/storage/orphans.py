"""What the database knows of jobs that were found in the object store. SQL for the result-writer's sweep."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from scribeline.storage import uploads
from scribeline.storage.database import Session
from scribeline.storage.models import JobRow


async def with_row(session: Session, jobs: Collection[UUID]) -> set[UUID]:
    """Those of these jobs that are there, in whatever state, also deleted ones that still go; and uploads in
    parts, whose folders look the same."""
    there = set((await session.exec(select(JobRow.id).where(col(JobRow.id).in_(jobs)))).all())
    return there | await uploads.with_row(session, jobs)


async def newest(session: Session) -> UUID | None:
    """The job that was begun last."""
    return (await session.exec(select(JobRow.id).order_by(col(JobRow.id).desc()).limit(1))).first()


async def preceding(session: Session, jobs: Collection[UUID]) -> dict[UUID, UUID | None]:
    """Of each of these ids, the youngest job with a row that was begun before it."""
    found = await session.run(
        text("""
            SELECT gone.id, (SELECT job.id FROM job WHERE job.id < gone.id ORDER BY job.id DESC LIMIT 1)
            FROM unnest(CAST(:ids AS uuid[])) AS gone(id)
        """),
        {"ids": list(jobs)},
    )
    rows: Sequence[Any] = found.all()
    return {row[0]: row[1] for row in rows}

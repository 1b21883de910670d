"""Uploads in parts: each becomes one job's recording, or expires."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, text
from sqlmodel import col, select

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.storage.database import Session
from scribeline.storage.models import JobRow, UploadRow

GRACE = timedelta(minutes=15)
"""From an upload's expiry until its parts are removed: who began in time to join them has ended by then, and
so has every part that was on its way when the upload was deleted."""


@dataclass(frozen=True)
class Claim:
    """An upload that shall be a new job's recording."""

    id: UUID
    fingerprint: str
    """Of all that is asked of the job."""


def is_there() -> ColumnElement[bool]:
    """Whoever waited for the row's lock asks again, by the clock of that moment: who was told that an upload
    is deleted finds no job made of it later."""
    return or_(col(UploadRow.job).is_not(None), col(UploadRow.expires_at) > func.clock_timestamp())


async def claimed(session: Session, tenant: str, claim: Claim) -> JobRow | None:
    """The job that this upload is already; None gives it to the transaction in progress.

    Two at once: the second waits here until the first has ended. Raises Fail: NOT_FOUND, UPLOAD_USED where
    the job was asked for something else.
    """
    found = select(UploadRow).where(UploadRow.tenant == tenant, UploadRow.id == claim.id, is_there())
    row = (await session.exec(found.with_for_update())).one_or_none()
    if row is None:
        raise Fail(Code.NOT_FOUND)
    if row.job is None:
        return None
    job = (await session.exec(select(JobRow).where(JobRow.tenant == tenant, JobRow.id == row.job))).one()
    if job.deleted_at is not None:
        raise Fail(Code.NOT_FOUND)
    if row.fingerprint != claim.fingerprint:
        raise Fail(Code.UPLOAD_USED, f"It is the job {job.id}, which was asked for something else.")
    return job


async def alone(session: Session, id_: UUID) -> bool:
    """Whether nobody else is at it; then nobody else will be, as long as the transaction in progress."""
    lock = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
    return bool((await session.run(lock, {"name": f"upload\n{id_}"})).scalar_one())


async def give(session: Session, claim: Claim, job: JobRow) -> None:
    """The upload is this job's. `claimed` must have said that it is free, in the same transaction."""
    row = await session.get(UploadRow, claim.id)
    if row is None:
        raise Fail(Code.NOT_FOUND)
    row.job, row.fingerprint = job.id, claim.fingerprint


async def with_row(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Those of these uploads that are known, open or a job's."""
    return set((await session.exec(select(UploadRow.id).where(col(UploadRow.id).in_(ids)))).all())


async def next_overdue(session: Session) -> UploadRow | None:
    """One that became no job and whose time is long over, locked; others pass it over."""
    found = (
        select(UploadRow)
        .where(col(UploadRow.job).is_(None), UploadRow.expires_at < await session.clock() - GRACE)
        .order_by(col(UploadRow.expires_at))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return (await session.exec(found)).first()

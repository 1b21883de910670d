"""The winner of an `Idempotency-Key`: whoever commits first; for a day, everybody else gets its job."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, text
from sqlmodel import col, select

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.storage.database import Session
from scribeline.storage.models import IdempotencyRow, JobRow

KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Repeatable:
    """A request that its client may send again."""

    key: str
    owner: str | None
    """Of whoever sends it, which may not be the job's: keys are an owner's own."""
    fingerprint: str
    """Of all that was asked, and of the bytes."""


async def winner(session: Session, tenant: str, given: Repeatable) -> JobRow | None:
    """The job that has this key already; None gives the key to the transaction in progress.

    Two at once: the second waits here until the first has ended. Raises Fail(IDEMPOTENCY_KEY_REUSED) where
    the other request asked for something else.
    """
    owner = given.owner or ""
    name = f"{tenant}\n{owner}\n{given.key}"
    await session.run(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
    row = await session.get(IdempotencyRow, (tenant, owner, given.key))
    if row is None or row.created_at < await session.clock() - KEPT:
        return None
    if row.fingerprint != given.fingerprint:
        raise Fail(Code.IDEMPOTENCY_KEY_REUSED)
    # The job may go at any moment, and its key with it.
    found = select(JobRow).where(JobRow.id == row.job, col(JobRow.deleted_at).is_(None))
    return (await session.exec(found)).one_or_none()


async def is_taken(session: Session, tenant: str, owner: str | None, key: str) -> bool:
    """Whether some request has this key, whatever it asked."""
    row = await session.get(IdempotencyRow, (tenant, owner or "", key))
    return row is not None and row.created_at >= await session.clock() - KEPT


async def remember(session: Session, job: JobRow, given: Repeatable) -> None:
    """The key is this job's. `winner` must have said that it is free, in the same transaction."""
    await session.merge(
        IdempotencyRow(
            tenant=job.tenant,
            owner=given.owner or "",
            key=given.key,
            fingerprint=given.fingerprint,
            job=job.id,
            created_at=await session.clock(),
        )
    )


async def forget(session: Session) -> None:
    """Keys that were given a day ago."""
    before = await session.clock() - KEPT
    await session.run(delete(IdempotencyRow).where(col(IdempotencyRow.created_at) < before))

"""Events as they were announced, kept some days for those who were away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, text

from scribeline.contracts.envelope import Envelope
from scribeline.storage.database import Session
from scribeline.storage.models import EventRow

KEPT = timedelta(days=7)
"""As long as the broker's stream keeps them."""
OVERLAP = timedelta(seconds=120)
"""Transactions become visible in another order than their events were numbered; none takes a minute, and no
two clocks differ by another one."""


@dataclass(frozen=True)
class Stored:
    """An event as it was published."""

    position: int
    body: bytes


def record(session: Session, message: Envelope) -> None:
    """Keep an event that the transaction in progress announces."""
    session.add(
        EventRow(
            id=message.id,
            job=message.subject,
            tenant=message.tenant,
            owner=message.owner,
            type=message.type,
            body=message.encode(),
            created_at=func.now(),  # type: ignore[arg-type]  # one clock orders what several services wrote
        )
    )


async def of_job(session: Session, job: UUID, after: UUID | None) -> list[Stored]:
    """A job's events in their order, behind the one named; all when that is not known.

    Whoever decides on a job holds its lock, so that here the order is exact.
    """
    rows = await session.run(
        text("""
            SELECT position, body FROM event WHERE job = :job AND position > coalesce(
                (SELECT max(position) FROM event WHERE job = :job AND id = :after), 0)
            ORDER BY position
        """),
        {"job": job, "after": after},
    )
    return [Stored(r.position, bytes(r.body)) for r in rows]


async def moment_of(session: Session, tenant: str, id: UUID) -> datetime | None:  # noqa: A002 - the event's name
    """When that event of the tenant was announced; None when it is not known, or not any more."""
    found = await session.run(
        text("SELECT created_at FROM event WHERE tenant = :tenant AND id = :id LIMIT 1"),
        {"tenant": tenant, "id": id},
    )
    moment: datetime | None = found.scalar()
    return moment


async def of_tenant(
    session: Session, tenant: str, owner: str | None, since: datetime, *, after: int, limit: int
) -> list[Stored]:
    """Events of a tenant, or of one of its users, since about that moment and behind that position.

    Some of those before the moment come again, because the order among jobs is that of no clock.
    """
    rows = await session.run(
        text("""
            SELECT event.position, event.body FROM event LEFT JOIN job ON job.id = event.job
            WHERE event.tenant = :tenant AND (CAST(:owner AS text) IS NULL OR event.owner = :owner)
              AND event.created_at >= :since AND event.position > :after
              AND (event.type = 'job.deleted' OR (job.id IS NOT NULL AND job.deleted_at IS NULL))
            ORDER BY event.position LIMIT :limit
        """),
        {"tenant": tenant, "owner": owner, "since": since - OVERLAP, "after": after, "limit": limit},
    )
    return [Stored(r.position, bytes(r.body)) for r in rows]


async def forget(session: Session, jobs: Sequence[UUID]) -> None:
    """What events of jobs that go told: what was said in a recording goes with it. That there were events
    stays for its days, for a client whose last one was among them."""
    await session.run(text("UPDATE event SET body = '' WHERE job = ANY(:jobs)"), {"jobs": list(jobs)})


async def forget_before(session: Session, moment: datetime, limit: int = 10_000) -> int:
    """Those older than that; returns how many."""
    gone = await session.run(
        text("""
            DELETE FROM event WHERE position IN (
                SELECT position FROM event WHERE created_at < :moment ORDER BY created_at LIMIT :limit
                FOR UPDATE SKIP LOCKED
            ) RETURNING position
        """),
        {"moment": moment, "limit": limit},
    )
    return len(gone.all())

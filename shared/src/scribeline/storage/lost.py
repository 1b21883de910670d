"""Units whose message is in no queue any more, and jobs that nothing moves. SQL for the result-writer's
recovery."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from scribeline.contracts import routes
from scribeline.contracts.job import JobStatus
from scribeline.contracts.unit import Stage, UnitRef
from scribeline.storage.database import Session
from scribeline.storage.outcomes import lock_jobs

# What is still in the outbox is not on the broker yet.
_LOST = """
    status = 'released' AND queue = ANY(:queues) AND released_at < :before
    AND NOT EXISTS (SELECT FROM outbox WHERE outbox.job = unit.job AND outbox.exchange = :exchange)
"""
_FOUND = text(f"""
    SELECT job, stage, index AS place, run, tenant, releases FROM unit WHERE {_LOST}
    ORDER BY job, stage, index LIMIT :limit
""")  # noqa: S608 - constants
_TAKEN_BACK = text(f"""
    UPDATE unit SET status = 'waiting' WHERE job = ANY(:jobs) AND releases <= :most AND {_LOST}
    RETURNING tenant
""")  # noqa: S608 - constants

# In two halves, each with an index of few rows: of those under way, and of those that go.
_STANDING = text("""
    SELECT id, run, tenant, owner FROM job
    WHERE ((finished_at IS NULL AND deleted_at IS NULL) OR deleted_at IS NOT NULL)
      AND NOT status = ANY(:ended)
      AND NOT EXISTS (
          SELECT FROM unit WHERE unit.tenant = job.tenant AND unit.job = job.id
          AND unit.status IN ('waiting', 'released'))
      AND NOT (offset_seconds IS NULL AND EXISTS (
          WITH RECURSIVE ahead AS (
              SELECT job.continues AS id
              UNION
              SELECT earlier.continues FROM ahead JOIN job earlier ON earlier.id = ahead.id
              WHERE earlier.deleted_at IS NOT NULL
                 OR (earlier.status = ANY(:ended) AND earlier.offset_seconds IS NULL)
          )
          SELECT FROM ahead JOIN job earlier ON earlier.id = ahead.id
          WHERE earlier.tenant = job.tenant AND earlier.deleted_at IS NULL
            AND NOT earlier.status = ANY(:ended)))
    ORDER BY id LIMIT :limit
""")


@dataclass(frozen=True)
class Stalled:
    """A job that has not ended, and no unit of which is to be done."""

    job: UUID
    run: int
    tenant: str
    owner: str | None


@dataclass(frozen=True)
class Lost:
    """A unit that was sent so often and has no outcome."""

    unit: UnitRef
    tenant: str
    releases: int


async def found(session: Session, queues: Collection[str], before: datetime, limit: int) -> list[Lost]:
    """Units sent to these queues before that moment (the database's) that have no outcome."""
    rows = await session.run(_FOUND, {**_where(queues, before), "limit": limit})
    return [
        Lost(UnitRef(job=r.job, stage=Stage(r.stage), index=r.place, run=r.run), r.tenant, r.releases)
        for r in rows
    ]


async def standing(session: Session, limit: int) -> list[Stalled]:
    """Jobs that only a request can move, which is on its way, or was lost; none that waits for a recording
    before it that is under way, also behind others that are passed over."""
    ended = [status.value for status in JobStatus if status.terminal]
    rows = await session.run(_STANDING, {"ended": ended, "limit": limit})
    return [Stalled(r.id, r.run, r.tenant, r.owner) for r in rows]


async def take_back(
    session: Session, jobs: Collection[UUID], queues: Collection[str], before: datetime, most: int
) -> list[str]:
    """Such units of these jobs wait again, unless they were sent again `most` times already.

    Returns the tenant of each. Locks the jobs, and looks once more under their locks.
    """
    await lock_jobs(session, jobs)
    rows = await session.run(_TAKEN_BACK, {**_where(queues, before), "jobs": sorted(jobs), "most": most})
    return [row.tenant for row in rows]


def _where(queues: Collection[str], before: datetime) -> dict[str, object]:
    return {"queues": sorted(queues), "before": before, "exchange": routes.JOBS}

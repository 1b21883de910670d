"""The window: at most W units of a tenant in each work queue, its jobs in turn.

So a queue's depth still shows demand, a heavy tenant cannot starve a light one, and cancelling wastes
little. Whoever opens or ends units calls `release` at the end of its transaction. Into a queue that an
operator paused, nothing is released.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, text

from scribeline.contracts import routes
from scribeline.contracts.analysis import AnalyzePart, MergeAnalysis
from scribeline.contracts.catalogue import TYPE_OF
from scribeline.contracts.envelope import message_id, wrap
from scribeline.contracts.transcription import PlanTranscription, TranscribeChunk, TranscribeShort
from scribeline.contracts.unit import Command, Stage, UnitRef
from scribeline.storage.database import Session
from scribeline.storage.outbox import post

COMMAND_OF: dict[Stage, type[Command]] = {
    Stage.SHORT: TranscribeShort,
    Stage.PLAN: PlanTranscription,
    Stage.CHUNK: TranscribeChunk,
    Stage.ANALYZE: AnalyzePart,
    Stage.MERGE: MergeAnalysis,
}

# Candidates are bounded, whatever waits: of jobs with as many busy units, only the first W can win a place,
# and at most W jobs have busy units; of one job, only its first W units.
_TAKE = text("""
    WITH busy AS (
        SELECT tenant, queue, job, count(*) AS units FROM unit
        WHERE status = 'released' AND tenant = ANY(:tenants) GROUP BY tenant, queue, job
    ), room AS (
        SELECT t.tenant, q.queue, :window - coalesce(sum(busy.units), 0) AS free
        FROM unnest(CAST(:tenants AS text[])) AS t(tenant)
        CROSS JOIN unnest(CAST(:queues AS text[])) AS q(queue)
        LEFT JOIN busy USING (tenant, queue)
        WHERE NOT EXISTS (SELECT FROM paused_queue WHERE paused_queue.name = q.queue)
        GROUP BY t.tenant, q.queue
    ), candidates AS (
        SELECT room.*, c.job FROM room CROSS JOIN LATERAL (
            (SELECT DISTINCT job FROM unit
             WHERE tenant = room.tenant AND queue = room.queue AND status = 'waiting'
             ORDER BY job LIMIT 2 * :window)
            UNION
            SELECT job FROM busy WHERE busy.tenant = room.tenant AND busy.queue = room.queue
        ) c WHERE room.free > 0
    ), in_turn AS (
        SELECT u.job, u.stage, u.index, u.run, c.free, row_number() OVER (
            PARTITION BY c.tenant, c.queue ORDER BY u.turn + coalesce(busy.units, 0), u.job, u.index
        ) AS place
        FROM candidates c
        JOIN LATERAL (
            SELECT job, stage, index, run, row_number() OVER (ORDER BY index) AS turn FROM unit
            WHERE tenant = c.tenant AND queue = c.queue AND job = c.job AND status = 'waiting'
            ORDER BY index LIMIT :window
        ) u ON true
        LEFT JOIN busy ON (busy.tenant, busy.queue, busy.job) = (c.tenant, c.queue, c.job)
    ), chosen AS (
        -- a unit whose job another writer holds right now is skipped: that one releases after us
        SELECT unit.job, unit.stage, unit.index, unit.run FROM unit
        JOIN in_turn t ON (unit.job, unit.stage, unit.index, unit.run) = (t.job, t.stage, t.index, t.run)
        WHERE t.place <= t.free AND unit.status = 'waiting'
        FOR UPDATE OF unit SKIP LOCKED
    )
    UPDATE unit SET status = 'released', releases = unit.releases + 1, released_at = now()
    FROM chosen c JOIN job j ON j.id = c.job
    WHERE (unit.job, unit.stage, unit.index, unit.run) = (c.job, c.stage, c.index, c.run)
    RETURNING unit.job, unit.stage, unit.index AS place, unit.run, unit.tenant, unit.owner, unit.queue,
              unit.command, unit.releases, j.traceparent
""")


async def lock_tenants(session: Session, tenants: Iterable[str]) -> None:
    """Order whoever fills these tenants' windows. Taken after job locks, sorted: no deadlock.

    NO KEY, because a new job's foreign key holds a share of its tenant's key: two births must not wait
    for each other.
    """
    await session.run(
        text("SELECT name FROM tenant WHERE name = ANY(:names) ORDER BY name FOR NO KEY UPDATE"),
        {"names": sorted(set(tenants))},
    )


async def release(session: Session, tenants: Iterable[str], window: int, source: str) -> int:
    """Send waiting units into the free places of these tenants' windows; returns how many."""
    names = sorted(set(tenants))
    await lock_tenants(session, names)
    rows = (
        await session.run(_TAKE, {"tenants": names, "queues": list(routes.WORK_QUEUES), "window": window})
    ).all()
    for row in sorted(rows, key=lambda r: (r.job, r.stage, r.place)):
        _send(session, row, source)
    return len(rows)


def _send(session: Session, row: Row[Any], source: str) -> None:
    command = COMMAND_OF[Stage(row.stage)].model_validate(row.command)
    type_ = TYPE_OF[type(command)]
    unit = UnitRef(job=row.job, stage=row.stage, index=row.place, run=row.run)
    message = wrap(
        command,
        id=message_id(row.job, type_, unit=unit, redrive=row.releases - 1),
        job=row.job,
        tenant=row.tenant,
        owner=row.owner,
        source=source,
        traceparent=row.traceparent,
    )
    post(session, routes.JOBS, row.queue, message)

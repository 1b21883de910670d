"""Who sends which delivery: leases, as of the outbox, with a bound for each lane and each tenant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB

from scribeline.signing import Generations
from scribeline.storage.database import Session

TURN = "the notifiers take turns at claiming"
FROZEN = "10s"
"""How long a notifier that stands still in the middle of its turn holds up the others."""


@dataclass(frozen=True)
class Target:
    """A webhook, as it was when the delivery was claimed."""

    id: UUID
    owner: str | None
    job: UUID | None
    url: str
    content: str
    status: str
    generations: Generations
    """Of its secrets, or its tenant's where it is a job's."""


@dataclass(frozen=True)
class Due:
    """A delivery that this notifier has to send."""

    id: UUID
    tenant: str
    event: UUID
    type: str
    attempts: int
    """Before this one, in this round."""
    tries: tuple[dict[str, Any], ...]
    due_at: datetime
    claimed_until: datetime
    """Tells this claim from a later one of another notifier."""
    webhook: Target
    body: bytes
    """The event as it was announced; empty where that is forgotten."""


async def claim(
    session: Session,
    now: datetime,
    *,
    lease: timedelta,
    limit: int,
    per_lane: int,
    per_tenant: int,
    held: Mapping[str, int],
) -> list[Due]:
    """Take up to `limit` deliveries that are due and that nobody else is sending.

    Of a lane at most `per_lane` are under way, counted over all notifiers. Of a tenant this one takes at most
    `per_tenant`, with those that it has `held` by tenant; whoever has fewest under way goes first. Costs a
    few index look-ups for each lane in which anything is pending, however much that is; what is held for a
    paused webhook costs as much as an empty lane. Its pings are sent: they show whether it can be resumed.
    """
    # Alone, because claims at the same time would each see the other's places as free.
    await session.run(
        text("""
            SELECT set_config('idle_in_transaction_session_timeout', :frozen, true),
                   pg_advisory_xact_lock(hashtextextended(:turn, 0))
        """),
        {"frozen": FROZEN, "turn": TURN},
    )
    rows = await session.run(
        text(CLAIM).columns(tries=JSONB()),
        {
            "now": now,
            "until": now + lease,
            "limit": limit,
            "per_lane": per_lane,
            "per_tenant": per_tenant,
            "tenants": list(held),
            "held": list(held.values()),
        },
    )
    return [_due(row) for row in rows]


async def give_back(session: Session, claims: Sequence[Due]) -> None:
    """Due again at once, unless somebody else has them by now."""
    await session.run(
        text("""
            UPDATE delivery SET claimed_until = NULL
            FROM unnest(CAST(:ids AS uuid[]), CAST(:claims AS timestamptz[])) AS mine(id, claimed_until)
            WHERE delivery.id = mine.id AND delivery.claimed_until = mine.claimed_until
        """),
        {"ids": [each.id for each in claims], "claims": [each.claimed_until for each in claims]},
    )


CLAIM = """
    WITH RECURSIVE lanes AS (
        (SELECT lane FROM delivery WHERE status = 'pending' ORDER BY lane LIMIT 1)
        UNION ALL
        SELECT (SELECT d.lane FROM delivery d WHERE d.status = 'pending' AND d.lane > lanes.lane
                ORDER BY d.lane LIMIT 1)
        FROM lanes WHERE lanes.lane IS NOT NULL
    ), busy AS MATERIALIZED (
        SELECT lane, count(*) AS places FROM delivery
        WHERE status = 'pending' AND claimed_until >= :now GROUP BY lane
    ), ready AS (
        SELECT d.id, d.tenant, d.next_attempt_at, coalesce(busy.places, 0)
            + row_number() OVER (PARTITION BY lanes.lane ORDER BY d.next_attempt_at, d.id) AS place
        FROM lanes LEFT JOIN busy ON busy.lane = lanes.lane
        CROSS JOIN LATERAL (
            SELECT id, tenant, webhook, type, next_attempt_at FROM delivery
            WHERE status = 'pending' AND lane = lanes.lane AND next_attempt_at <= :now
              AND (claimed_until IS NULL OR claimed_until < :now)
            ORDER BY next_attempt_at LIMIT :per_lane
        ) d
        JOIN webhook w ON w.id = d.webhook
            AND (w.status <> 'paused' OR w.job IS NOT NULL OR d.type = 'webhook.ping')
    ), turns AS (
        SELECT ready.id, ready.next_attempt_at, coalesce(mine.held, 0)
            + row_number() OVER (PARTITION BY ready.tenant ORDER BY place, next_attempt_at, ready.id) AS turn
        FROM ready LEFT JOIN unnest(CAST(:tenants AS text[]), CAST(:held AS int[])) AS mine(tenant, held)
            ON mine.tenant = ready.tenant
        WHERE place <= :per_lane
    ), free AS (
        SELECT id FROM delivery
        WHERE id = ANY(ARRAY(SELECT id FROM turns WHERE turn <= :per_tenant
                             ORDER BY turn, next_attempt_at, id LIMIT :limit))
          AND status = 'pending' AND (claimed_until IS NULL OR claimed_until < :now)
        FOR UPDATE SKIP LOCKED
    ), taken AS (
        UPDATE delivery SET claimed_until = :until FROM free WHERE delivery.id = free.id
        RETURNING delivery.*
    )
    SELECT taken.id, taken.tenant, taken.event, taken.type, taken.attempts, taken.tries,
           taken.next_attempt_at, taken.claimed_until,
           w.id AS webhook, w.owner, w.job, w.url, w.content, w.status,
           CASE WHEN w.job IS NULL THEN w.generation ELSE t.callback_generation END AS newest,
           CASE WHEN w.job IS NULL THEN w.oldest_generation ELSE t.callback_oldest_generation END AS oldest,
           CASE WHEN w.job IS NULL THEN w.previous_until ELSE t.callback_previous_until END AS previous,
           (SELECT body FROM event e WHERE e.tenant = taken.tenant AND e.id = taken.event
            ORDER BY position LIMIT 1) AS body
    FROM taken JOIN webhook w ON w.id = taken.webhook JOIN tenant t ON t.name = w.tenant
"""
"""The lanes one by one out of the index, at most a few rows of each; then turns, then the lock on those only.
The lane of a webhook that can be paused has no other webhook's deliveries. What a disabled one still has is
taken, and ended by whoever takes it."""


def _due(row: Row[Any]) -> Due:
    return Due(
        id=row.id,
        tenant=row.tenant,
        event=row.event,
        type=row.type,
        attempts=row.attempts,
        tries=tuple(row.tries),
        due_at=row.next_attempt_at,
        claimed_until=row.claimed_until,
        webhook=Target(
            id=row.webhook,
            owner=row.owner,
            job=row.job,
            url=row.url,
            content=row.content,
            status=row.status,
            generations=Generations(row.newest, row.oldest, row.previous),
        ),
        body=bytes(row.body or b""),
    )

"""Webhooks as their owners change them, and events that are to be sent to them once more."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from scribeline.contracts.catalogue import PUBLIC
from scribeline.contracts.codes import Code
from scribeline.storage.database import Session
from scribeline.storage.models import WebhookRow

STEP = 10_000
"""Events, whoever's they are, that one statement of a replay looks at."""
ENDED = ("delivered", "failed", "cancelled")
_TELLS = """
    octet_length(e.body) > 0 AND (
        e.type = 'job.deleted' OR e.type LIKE 'webhook.%'
        OR EXISTS (SELECT FROM job WHERE job.id = e.job AND job.tenant = e.tenant AND job.deleted_at IS NULL)
    )
"""
"""Of an event `e`: it is kept, and what it tells of is not deleted."""
_AGAIN = """
    status = 'pending', reason = NULL, attempts = 0, next_attempt_at = now(), claimed_until = NULL,
    ended_at = NULL, replays = delivery.replays + 1
"""


@dataclass(frozen=True)
class Callback:
    """The `webhook_url` of one job."""

    url: str
    types: tuple[str, ...]
    lane: str
    """All of a tenant's that lead to one host share one, and hosts share them: there are few."""

    def row(self, job: UUID, tenant: str, owner: str | None, created_at: datetime) -> WebhookRow:
        return WebhookRow(
            id=uuid7(),
            tenant=tenant,
            owner=owner,
            job=job,
            url=self.url,
            types=list(self.types),
            lane=self.lane,
            created_at=created_at,
        )


async def resume(session: Session, webhook: UUID) -> None:
    """What is held is due now, and has all its tries again. What came while it was held is due already.

    A try that is under way counts for nothing any more, so that it cannot pause the webhook again.
    """
    await session.run(
        text("""
            UPDATE delivery SET next_attempt_at = now(), attempts = 0, claimed_until = NULL
            WHERE lane IN (SELECT unnest(ARRAY[lane, 'ping/' || tenant]) FROM webhook WHERE id = :webhook)
              AND webhook = :webhook AND status = 'pending' AND (next_attempt_at > now() OR attempts > 0)
        """),
        {"webhook": webhook},
    )


async def cancel_pending(session: Session, webhook: UUID, at: datetime) -> None:
    """Nothing more is sent to it. What is on its way by now may arrive, and changes nothing any more."""
    await session.run(
        text("""
            UPDATE delivery SET status = 'cancelled', reason = :reason, ended_at = :at, claimed_until = NULL
            WHERE lane IN (SELECT unnest(ARRAY[lane, 'ping/' || tenant]) FROM webhook WHERE id = :webhook)
              AND webhook = :webhook AND status = 'pending'
        """),
        {"webhook": webhook, "reason": Code.WEBHOOK_DISABLED, "at": at},
    )


async def forget(session: Session, webhook: UUID, limit: int) -> int:
    """Its deliveries, up to so many; returns how many."""
    gone = await session.run(
        text("""
            DELETE FROM delivery WHERE id IN (
                SELECT id FROM delivery WHERE webhook = :webhook LIMIT :limit
            ) RETURNING id
        """),
        {"webhook": webhook, "limit": limit},
    )
    return len(gone.all())


async def is_kept(session: Session, tenant: str, event: UUID) -> bool:
    """Whether an event's text is there, and what it tells of is not deleted."""
    found = await session.run(
        text(f"SELECT 1 FROM event e WHERE e.tenant = :tenant AND e.id = :event AND {_TELLS} LIMIT 1"),  # noqa: S608 - a constant
        {"tenant": tenant, "event": event},
    )
    return found.first() is not None


async def again(session: Session, delivery: UUID) -> None:
    """Send it as if for the first time. One that is pending is left as it is, but due now:
    what comes of a try that is under way puts it off no more."""
    await session.run(
        text(f"UPDATE delivery SET {_AGAIN} WHERE id = :id AND status <> 'pending'"),  # noqa: S608 - a constant
        {"id": delivery},
    )
    await session.run(
        text("""
            UPDATE delivery SET next_attempt_at = least(next_attempt_at, now()), claimed_until = NULL
            WHERE id = :id AND status = 'pending'
        """),
        {"id": delivery},
    )


@dataclass(frozen=True)
class Span:
    """Which of a tenant's stored events are to be sent again."""

    since: datetime
    until: datetime | None = None
    """Before that moment."""
    types: frozenset[str] = frozenset()
    """Of these types; empty: all."""
    status: str | None = None
    """Only those whose delivery ended so; None: however it ended, and those that have none."""


async def positions(session: Session, tenant: str, span: Span) -> range:
    """Of the first and the last of its events; others' may stand between them."""
    found = await session.run(
        text("""
            SELECT min(position) AS first, max(position) AS last FROM event
            WHERE tenant = :tenant AND created_at >= :since
              AND (CAST(:until AS timestamptz) IS NULL OR created_at < :until)
        """),
        {"tenant": tenant, "since": span.since, "until": span.until},
    )
    row = found.one()
    return range(0) if row.first is None else range(row.first, row.last + 1)


async def replay(session: Session, webhook: WebhookRow, span: Span, part: range) -> int:
    """Make a delivery of each event at these positions that the webhook wants, or begin that once more which
    has ended. Returns how many; again it is none, while they are pending."""
    wanted = await _wanted(session, webhook, span, part)
    if not wanted:
        return 0
    ids = [uuid7() for _ in wanted]  # in the events' order
    made = await session.run(
        text(f"""
            INSERT INTO delivery AS delivery (id, tenant, owner, webhook, lane, event, job, type, status,
                attempts, tries, next_attempt_at, replays, created_at)
            SELECT n.id, e.tenant, e.owner, :webhook, :lane, e.id, e.job, e.type, 'pending',
                0, '[]', now(), 0, now()
            FROM unnest(CAST(:ids AS uuid[]), CAST(:positions AS bigint[])) AS n(id, position)
            JOIN event e ON e.position = n.position
            ORDER BY e.id
            ON CONFLICT (webhook, event) DO UPDATE SET {_AGAIN}
            WHERE delivery.status = ANY(:ended)
            RETURNING 1
        """),  # noqa: S608 - a constant
        {
            "webhook": webhook.id,
            "lane": webhook.lane,
            "ids": ids,
            "positions": wanted,
            "ended": list(ENDED),
        },
    )
    return len(made.all())


async def _wanted(session: Session, webhook: WebhookRow, span: Span, part: range) -> list[int]:
    """The events' positions, in their order."""
    types = set(PUBLIC) & (span.types or set(PUBLIC)) & (set(webhook.types) or set(PUBLIC))
    found = await session.run(
        text(f"""
            SELECT min(e.position) AS position
            FROM event e LEFT JOIN delivery d ON d.webhook = :webhook AND d.event = e.id
            WHERE e.position >= :first AND e.position < :last AND e.tenant = :tenant
              AND e.created_at >= :since AND (CAST(:until AS timestamptz) IS NULL OR e.created_at < :until)
              AND e.type = ANY(:types) AND e.job <> :webhook
              AND (CAST(:owner AS text) IS NULL OR e.owner = :owner)
              AND (CAST(:job AS uuid) IS NULL OR e.job = :job)
              AND (d.status = ANY(:ended) OR (d.id IS NULL AND :new))
              AND {_TELLS}
            GROUP BY e.id ORDER BY 1
        """),  # noqa: S608 - a constant
        {
            "webhook": webhook.id,
            "tenant": webhook.tenant,
            "owner": webhook.owner,
            "job": webhook.job,
            "types": sorted(types),
            "since": span.since,
            "until": span.until,
            "first": part.start,
            "last": part.stop,
            "ended": [span.status] if span.status else list(ENDED),
            "new": span.status is None,
        },
    )
    return [row.position for row in found]

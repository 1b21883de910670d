"""What came of a try: of the delivery, and of the webhook that it was for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from scribeline.contracts import routes
from scribeline.contracts.envelope import Envelope
from scribeline.storage import events
from scribeline.storage.claims import Due
from scribeline.storage.database import Session
from scribeline.storage.outbox import post
from scribeline.storage.plain import as_json


@dataclass(frozen=True)
class Standing:
    """How a webhook does."""

    status: str
    failing_since: datetime | None
    succeeded_at: datetime | None
    url: str
    """Where it is sent to by now."""


async def standing(session: Session, webhook: UUID) -> Standing | None:
    """Its lock is taken before any of its deliveries is touched, here and wherever else both are changed.
    None where it is deleted."""
    found = await session.run(
        text("""
            SELECT status, failing_since, succeeded_at, url FROM webhook WHERE id = :webhook
            FOR NO KEY UPDATE
        """),
        {"webhook": webhook},
    )
    row = found.one_or_none()
    return Standing(row.status, row.failing_since, row.succeeded_at, row.url) if row else None


async def record(
    session: Session,
    due: Due,
    *,
    status: str,
    reason: str | None,
    attempts: int,
    tries: Sequence[dict[str, Any]],
    next_attempt_at: datetime | None,
    ended_at: datetime | None,
) -> bool:
    """The end of a claim, if it is still ours: False where somebody else has the delivery, or ended it."""
    done = await session.run(
        text("""
            UPDATE delivery SET status = :status, reason = :reason, attempts = :attempts,
                tries = CAST(:tries AS jsonb), next_attempt_at = coalesce(:next, next_attempt_at),
                ended_at = :ended, claimed_until = NULL
            WHERE id = :id AND status = 'pending' AND claimed_until = :claim RETURNING id
        """),
        {
            "id": due.id,
            "claim": due.claimed_until,
            "status": status,
            "reason": reason,
            "attempts": attempts,
            "tries": as_json(list(tries)),
            "next": next_attempt_at,
            "ended": ended_at,
        },
    )
    return done.one_or_none() is not None


async def arrived(session: Session, webhook: UUID, at: datetime) -> None:
    await session.run(
        text("UPDATE webhook SET failing_since = NULL, succeeded_at = :at WHERE id = :webhook"),
        {"webhook": webhook, "at": at},
    )


async def failed(session: Session, webhook: UUID, at: datetime) -> None:
    await session.run(
        text("UPDATE webhook SET failing_since = :at WHERE id = :webhook AND failing_since IS NULL"),
        {"webhook": webhook, "at": at},
    )


async def stop(session: Session, webhook: UUID, *, status: str, reason: str) -> None:
    """From now on it is `paused` or `disabled`; see `standing` for the lock."""
    await session.run(
        text("UPDATE webhook SET status = :status, reason = :reason WHERE id = :webhook"),
        {"webhook": webhook, "status": status, "reason": reason},
    )


def notify(session: Session, notice: Envelope) -> None:
    """Tell its tenant; the services' relays send it."""
    post(session, routes.EVENTS, f"{notice.type}.{notice.tenant}", notice)
    events.record(session, notice)

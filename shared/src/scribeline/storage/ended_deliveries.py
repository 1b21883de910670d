"""Deliveries that are over, and go."""

from datetime import datetime

from sqlalchemy import text

from scribeline.storage.database import Session


async def forget_ended(session: Session, before: datetime, limit: int) -> int:
    """Those that ended before; returns how many."""
    gone = await session.run(
        text("""
            DELETE FROM delivery WHERE id IN (
                SELECT id FROM delivery WHERE ended_at < :before ORDER BY ended_at LIMIT :limit
                FOR UPDATE SKIP LOCKED
            ) RETURNING id
        """),
        {"before": before, "limit": limit},
    )
    return len(gone.all())


async def cancel_forgotten(session: Session, before: datetime, now: datetime, reason: str, limit: int) -> int:
    """Those made before whose event is not kept any more: nobody could send them. What is under way ends by
    itself. Returns how many."""
    gone = await session.run(
        text("""
            UPDATE delivery SET status = 'cancelled', reason = :reason, ended_at = :now, claimed_until = NULL
            WHERE id IN (
                SELECT id FROM delivery d WHERE status = 'pending' AND created_at < :before
                  AND (claimed_until IS NULL OR claimed_until < :now)
                  AND NOT EXISTS (SELECT FROM event e
                                  WHERE e.tenant = d.tenant AND e.id = d.event AND e.body <> '')
                LIMIT :limit FOR UPDATE SKIP LOCKED
            ) RETURNING id
        """),
        {"before": before, "now": now, "reason": reason, "limit": limit},
    )
    return len(gone.all())

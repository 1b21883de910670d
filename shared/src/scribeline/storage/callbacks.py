"""Webhooks of single jobs (`webhook_url`): they live as long as their job, which may wait or run again."""

from collections.abc import Sequence

from sqlalchemy import text

from scribeline.contracts.envelope import Envelope
from scribeline.storage.database import Session

LAST = "job.deleted"
"""After it there is nothing more to tell of a job."""

FORGET = """
    DELETE FROM webhook WHERE id IN (
        SELECT w.id FROM unnest(CAST(:tenants AS text[]), CAST(:jobs AS uuid[])) AS gone(tenant, job)
        JOIN webhook w ON w.tenant = gone.tenant AND w.job = gone.job
        WHERE NOT EXISTS (SELECT FROM delivery d
                          WHERE d.webhook = w.id AND d.type = 'job.deleted' AND d.status = 'pending')
        ORDER BY w.id FOR UPDATE OF w
    )
"""
FORGET_TOLD = """
    DELETE FROM webhook WHERE id IN (
        SELECT id FROM webhook WHERE job IS NOT NULL AND id = ANY(ARRAY(
            SELECT webhook FROM delivery
            WHERE type = 'job.deleted' AND ended_at IS NOT NULL AND lane LIKE 'callback/%' LIMIT :limit
        )) FOR UPDATE SKIP LOCKED
    ) RETURNING id
"""


async def forget(session: Session, events: Sequence[Envelope]) -> None:
    """Those of jobs that are deleted, with their log, where answers may repeat what was said. One that is
    still to be told so stays until then: see `forget_told`.

    In a transaction after `deliveries.spread`, because two notifiers that both hold these webhooks there
    could not both delete them.
    """
    deleted = [event for event in events if event.type == LAST]
    if deleted:
        jobs = {"tenants": [event.tenant for event in deleted], "jobs": [event.subject for event in deleted]}
        await session.run(text(FORGET), jobs)


async def forget_told(session: Session, limit: int) -> int:
    """Those that were told that their job is deleted, or will not be any more; returns how many."""
    return len((await session.run(text(FORGET_TOLD), {"limit": limit})).all())

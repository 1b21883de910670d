"""Cancelling a job: asked of the result-writer, and marked for workers that have not begun."""

import asyncio
from collections.abc import Sequence

import structlog

from gateway.auth import Principal
from gateway.context import Gateway
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.job import JobStatus
from scribeline.storage import keys
from scribeline.storage.models import JobRow

AT_ONCE = 8
"""Markers that are written side by side."""

log = structlog.get_logger(__name__)


async def cancelled(context: Gateway, principal: Principal, job: str) -> JobRow:
    """The job as it stands; it ends within moments, unless it has ended. Raises Problem(NOT_FOUND)."""
    row = await context.changed(context.records.cancel, principal, job)
    if not JobStatus(row.status).terminal:
        await mark(context, row)
    return row


async def mark(context: Gateway, row: JobRow) -> bool:
    """Work that is queued is not begun then. Without the marker it is only in vain: False when it is so."""
    try:
        await context.store.put(keys.cancelled(keys.prefix(row.tenant, row.id), row.run), b"")
    except DependencyDown as down:
        log.warning("no cancel marker", job=str(row.id), reason=str(down))
        return False
    return True


async def mark_all(context: Gateway, rows: Sequence[JobRow]) -> None:
    """The same of many. Once the store does not answer, the others go without: it is not waited for again."""
    for at in range(0, len(rows), AT_ONCE):
        if not all(await asyncio.gather(*(mark(context, row) for row in rows[at : at + AT_ONCE]))):
            return

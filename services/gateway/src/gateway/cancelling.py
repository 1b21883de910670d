"""Cancelling a job: asked of the result-writer, and marked for workers that have not begun."""

import structlog

from gateway.auth import Principal
from gateway.context import Gateway
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.job import JobStatus
from scribeline.storage import keys
from scribeline.storage.models import JobRow

log = structlog.get_logger(__name__)


async def cancelled(context: Gateway, principal: Principal, job: str) -> JobRow:
    """The job as it stands; it ends within moments, unless it has ended. Raises Problem(NOT_FOUND)."""
    row = await context.changed(context.records.cancel, principal, job)
    if not JobStatus(row.status).terminal:
        await mark(context, row)
    return row


async def mark(context: Gateway, row: JobRow) -> None:
    """Work that is queued is not begun then. Without the marker it is only in vain."""
    try:
        await context.store.put(keys.cancelled(keys.prefix(row.tenant, row.id), row.run), b"")
    except DependencyDown as down:
        log.warning("no cancel marker", job=str(row.id), reason=str(down))

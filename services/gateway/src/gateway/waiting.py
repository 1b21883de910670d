"""Waiting for a job's end: `?wait=N`."""

import asyncio
from contextlib import suppress
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import Query

from gateway.auth import Principal
from gateway.context import Gateway
from gateway.hub import Listener
from gateway.problems import Problem
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.job import JobStatus
from scribeline.storage.models import JobRow

ENDS = frozenset({"job.completed", "job.failed", "job.cancelled", "job.deleted"})

log = structlog.get_logger(__name__)

Wait = Annotated[
    float,
    Query(
        ge=0,
        le=60,
        allow_inf_nan=False,
        description="Most seconds to wait for the job's end; 0 answers at once.",
    ),
]


async def when_ended(context: Gateway, principal: Principal, job: UUID, seconds: float) -> JobRow:
    """The job when it has ended, or as it stands after so many seconds. Raises Problem(NOT_FOUND)."""
    if seconds == 0:
        return await context.job(principal, str(job))
    with context.hub.job(job, principal.tenant) as listener:
        row = await context.job(principal, str(job))
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not (JobStatus(row.status).terminal or listener.over):
                    await _news(listener)
                    row = await context.job(principal, str(job))
    return row


async def if_it_ends(context: Gateway, principal: Principal, row: JobRow, seconds: float) -> JobRow:
    """As `when_ended`, of a job that was accepted: whatever goes wrong while waiting, it was."""
    try:
        return await when_ended(context, principal, row.id, seconds)
    except (Problem, DependencyDown) as trouble:
        log.warning("nobody waits for the job's end", job=str(row.id), reason=str(trouble))
        return row


async def _news(listener: Listener) -> None:
    """Returns when the job may have ended."""
    while (event := await listener.next()) is not None:
        if event.type in ENDS:
            return

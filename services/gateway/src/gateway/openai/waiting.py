"""Waiting for a transcript on behalf of a client that may leave: then its job is cancelled."""

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from fastapi import Request

from gateway.auth import Principal
from gateway.cancelling import cancelled
from gateway.context import Gateway
from gateway.leaving import or_left
from gateway.openai.errors import SHOULD_RETRY
from gateway.problems import Problem
from gateway.waiting import when_ended
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.job import JobStatus
from scribeline.contracts.unit import Error
from scribeline.storage.models import JobRow

log = structlog.get_logger(__name__)
T = TypeVar("T")
JOB = "X-Scribeline-Job"
"""On every answer about a job: its id."""


class Late(Problem):
    """The transcript takes longer than a request waits. The client is told the job's id: it goes on."""

    def __init__(self, row: JobRow) -> None:
        told = f"Job {row.id} is still under way. Read its transcript later: GET /v1/jobs/{row.id}/transcript"
        super().__init__(Code.NOT_READY, told, headers={SHOULD_RETRY: "false", JOB: str(row.id)}, status=504)


class Stopping(Problem):
    """The process is about to end."""

    def __init__(self, retry_after: int) -> None:
        headers = {SHOULD_RETRY: "true", "Retry-After": str(retry_after)}
        super().__init__(
            Code.NOT_READY, "This server is about to stop; try again.", headers=headers, status=503
        )


@dataclass(frozen=True)
class Waiter:
    """A client and the job that it waits for."""

    context: Gateway
    principal: Principal
    row: JobRow
    may_return: bool
    """It gave an `Idempotency-Key`, so that it can ask for the same job again."""

    async def completed(self, request: Request) -> JobRow:
        """The job, with its transcript. Raises Problem of a job that failed; Late or Stopping."""
        seconds = self.context.settings.openai_wait_seconds
        waiting = when_ended(self.context, self.principal, self.row.id, seconds)
        row = ended_well(await self.while_there(request, waiting))
        if JobStatus(row.status).terminal:
            return row
        if not self.context.hub.closed:
            raise Late(row)
        await self.give_up()
        raise self.stopping()

    async def while_there(self, request: Request, work: Coroutine[Any, Any, T]) -> T:
        """What comes of it; without it, the job is given up. Raises what it raises, or Problem(CANCELLED)
        when the client, whose body was read, leaves first."""
        try:
            return await or_left(request, work, Code.CANCELLED)
        except BaseException:
            await self.give_up()
            raise

    def stopping(self) -> Stopping:
        return Stopping(self.context.settings.retry_after_seconds)

    async def give_up(self) -> None:
        """Cancel the job, unless it has ended or its client may come back for it. Never fails."""
        if self.may_return:
            return
        try:
            await cancelled(self.context, self.principal, str(self.row.id))
        except (DependencyDown, Problem) as error:
            log.warning("nobody waits for it, and it goes on", job=str(self.row.id), reason=str(error))


def ended_well(row: JobRow) -> JobRow:
    """The job. Raises Problem if it failed or was cancelled."""
    match JobStatus(row.status):
        case JobStatus.FAILED if row.error:
            error = Error.model_validate(row.error)
            raise Problem(error.code, error.message)
        case JobStatus.CANCELLED:
            raise Problem(Code.CANCELLED)
    return row

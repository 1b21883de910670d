"""The queues as an operator sees them, and pauses them."""

from collections.abc import Mapping
from typing import Annotated

import structlog
from fastapi import APIRouter, Path

from gateway.answers import ask
from gateway.context import ALWAYS, Admin, Context, Gateway
from gateway.problems import Problem, documented
from scribeline.contracts import routes
from scribeline.contracts.api.queues import PausedView, QueueList, QueueWork
from scribeline.contracts.codes import Code
from scribeline.contracts.routes import CONSUMED
from scribeline.messaging.management import Held
from scribeline.messaging.topology import dead_queue

WorkQueue = Annotated[str, Path(json_schema_extra={"enum": list(routes.WORK_QUEUES)})]
"""Checked by us: one of results is refused with another sentence than one that there is not."""

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/v1/admin/queues", tags=["admin"])


@router.get(
    "",
    response_model=QueueList,
    operation_id="listQueues",
    summary="What waits in each queue, and who takes it",
    responses=documented(*ALWAYS),
)
async def list_queues(context: Context, principal: Admin) -> QueueList:  # noqa: ARG001 - asked for its check
    answer = await ask(context.broker.depths([*CONSUMED, *map(dead_queue, CONSUMED)]))
    depths = answer.value or {}
    work, paused = await context.records.work(), await context.records.paused()
    held, why = await _held(context)
    found = []
    for name in CONSUMED:
        depth, dead, units = depths.get(name), depths.get(dead_queue(name)), work.get(name)
        found.append(
            QueueWork(
                name=name,
                ready=depth.messages if depth else None,
                unacked=held[name].unacked if name in held else None,
                unacked_reason=None if name in held else why,
                consumers=depth.consumers if depth else None,
                dead=dead.messages if dead else None,
                waiting=units.waiting if units else 0,
                released=units.released if units else 0,
                oldest_seconds=units.oldest_seconds if units else None,
                paused_at=paused.get(name),
            )
        )
    return QueueList(queues=found, broker=answer.trouble)


async def _held(context: Gateway) -> tuple[Mapping[str, Held], str]:
    """What the management API tells, and why it does not tell of the others."""
    answer = await ask(context.broker.held())
    if answer.trouble is not None:
        return {}, answer.trouble
    if answer.value is None:
        return {}, "No management API is configured (SCRIBELINE_AMQP_MANAGEMENT_URL)."
    return answer.value, "The management API does not know it just now."


@router.post(
    "/{name}/pause",
    response_model=PausedView,
    operation_id="pauseQueue",
    summary="Send no more work to a queue",
    responses=documented(Code.INVALID_PARAMETER, Code.NOT_FOUND, *ALWAYS),
)
async def pause(context: Context, principal: Admin, name: WorkQueue) -> PausedView:
    """What was sent to it is still done; new units wait in the database. Nothing fails of it, and uploads go
    on. Asked again, it stays as it is."""
    await context.records.pause(_of_units(name))
    log.warning("queue paused", queue=name, key=str(principal.key))
    return PausedView(name=name, paused_at=(await context.records.paused()).get(name))


@router.post(
    "/{name}/resume",
    response_model=PausedView,
    operation_id="resumeQueue",
    summary="Send work to a paused queue again",
    responses=documented(Code.INVALID_PARAMETER, Code.NOT_FOUND, *ALWAYS),
)
async def resume(context: Context, principal: Admin, name: WorkQueue) -> PausedView:
    """One that is not paused stays as it is."""
    sent = await context.records.end_pause(_of_units(name))
    log.warning("queue resumed", queue=name, key=str(principal.key), sent=sent)
    return PausedView(name=name, paused_at=None)


def _of_units(name: str) -> str:
    if known(name) not in routes.WORK_QUEUES:
        told = f"Results and events are always taken; these can be paused: {', '.join(routes.WORK_QUEUES)}."
        raise Problem(Code.INVALID_PARAMETER, told)
    return name


def known(name: str) -> str:
    """Raises Problem(NOT_FOUND)."""
    if name not in CONSUMED:
        raise Problem(Code.NOT_FOUND, f"There is no such queue; there are {', '.join(CONSUMED)}.")
    return name

"""The queues as an operator sees and repairs them. Dead letters are taken out one by one, each to an end."""

from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Query, Request

from gateway.context import ALWAYS, Admin, Context, Gateway
from gateway.json_body import body_of, described
from gateway.problems import Problem, documented
from gateway.queue_views import (
    KeptView,
    LetterList,
    LetterView,
    QueueList,
    QueueWork,
    Selection,
    SortedView,
    letter_view,
)
from gateway.records import Retried
from scribeline.contracts.codes import Code
from scribeline.messaging.dead_letters import Fate, Letter
from scribeline.messaging.topology import CONSUMED, dead_queue
from scribeline.storage import keys

MOST = 10_000
"""Letters that one request looks at."""

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/v1/admin/queues", tags=["admin"])
PROBLEMS = (Code.NOT_FOUND, Code.BROKER_UNAVAILABLE, Code.STORE_UNAVAILABLE, *ALWAYS)


@router.get(
    "",
    response_model=QueueList,
    operation_id="listQueues",
    summary="What waits in each queue, and who takes it",
    responses=documented(Code.BROKER_UNAVAILABLE, *ALWAYS),
)
async def list_queues(context: Context, principal: Admin) -> QueueList:  # noqa: ARG001 - asked for its check
    depths = await context.broker.depths([*CONSUMED, *map(dead_queue, CONSUMED)])
    work = await context.records.work()
    found = []
    for name in CONSUMED:
        depth, dead, units = depths[name], depths[dead_queue(name)], work.get(name)
        found.append(
            QueueWork(
                name=name,
                ready=depth.messages if depth else None,
                consumers=depth.consumers if depth else None,
                dead=dead.messages if dead else None,
                waiting=units.waiting if units else 0,
                released=units.released if units else 0,
                oldest_seconds=units.oldest_seconds if units else None,
            )
        )
    return QueueList(queues=found)


@router.get(
    "/{name}/dead",
    response_model=LetterList,
    operation_id="listDeadLetters",
    summary="The dead letters of a queue",
    responses=documented(*PROBLEMS),
)
async def list_letters(
    context: Context,
    principal: Admin,  # noqa: ARG001 - asked for its check
    name: str,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> LetterList:
    """Looking at them changes nothing."""
    letters = await context.broker.letters(_known(name), limit)
    depth = (await context.broker.depths([dead_queue(name)]))[dead_queue(name)]
    views = [letter_view(letter) for letter in letters]
    return LetterList(letters=views, messages=depth.messages if depth else None)


@router.get(
    "/{name}/dead/{id}",
    response_model=LetterView,
    operation_id="getDeadLetter",
    summary="One dead letter, with its message",
    responses=documented(*PROBLEMS),
)
async def show(context: Context, principal: Admin, name: str, id: str) -> LetterView:  # noqa: A002, ARG001 - as in the address; asked for its check
    letter = await context.broker.letter(_known(name), id, MOST)
    if letter is None:
        raise Problem(Code.NOT_FOUND)
    return letter_view(letter, body=letter.body)


@router.post(
    "/{name}/dead/redrive",
    response_model=SortedView,
    operation_id="redriveDeadLetters",
    summary="Try dead letters again",
    responses=documented(Code.INVALID_PARAMETER, *PROBLEMS),
    openapi_extra=described(Selection, {"all": True}),
)
async def redrive(context: Context, principal: Admin, name: str, request: Request) -> SortedView:
    """The failed units of their jobs are tried again in the job's next run. A letter stays while its job is
    under way."""
    chosen, done = await body_of(request, Selection, context.settings), SortedView()

    async def decide(letter: Letter) -> Fate:
        return await _redriven(context, letter, done) if chosen.has(letter) else Fate.KEPT

    await context.broker.sort_out(_known(name), MOST, decide)
    _audit("dead letters redriven", principal.key, name, done)
    return done


@router.post(
    "/{name}/dead/discard",
    response_model=SortedView,
    operation_id="discardDeadLetters",
    summary="Throw dead letters away",
    responses=documented(Code.INVALID_PARAMETER, *PROBLEMS),
    openapi_extra=described(Selection, {"ids": ["7b0c4d8e-5f0f-5b5e-9a59-3d1c4dbb7c11"]}),
)
async def discard(context: Context, principal: Admin, name: str, request: Request) -> SortedView:
    """Their units stay failed."""
    chosen, done = await body_of(request, Selection, context.settings), SortedView()

    async def decide(letter: Letter) -> Fate:
        if not chosen.has(letter):
            return Fate.KEPT
        done.discarded += 1
        return Fate.GONE

    await context.broker.sort_out(_known(name), MOST, decide)
    _audit("dead letters discarded", principal.key, name, done)
    return done


async def _redriven(context: Gateway, letter: Letter, done: SortedView) -> Fate:
    if letter.unit is None:
        done.redriven += 1
        return Fate.RESENT
    await _unmark(context, letter)
    match await context.records.retry_failed(letter.unit.job, letter.unit.run):
        case Retried.RUNNING:
            done.kept.append(KeptView(id=letter.id, reason="Its job is still under way."))
            return Fate.KEPT
        case Retried.NEEDLESS:
            done.discarded += 1
        case Retried.ASKED:
            done.redriven += 1
    return Fate.GONE


async def _unmark(context: Gateway, letter: Letter) -> None:
    """A marker of a cancel that came too late would cancel the next run. Raises DependencyDown("store")."""
    if letter.unit is not None and letter.tenant is not None:
        await context.store.remove([keys.cancelled(keys.prefix(letter.tenant, letter.unit.job))])


def _known(name: str) -> str:
    if name not in CONSUMED:
        raise Problem(Code.NOT_FOUND)
    return name


def _audit(what: str, key: UUID | None, queue: str, done: SortedView) -> None:
    log.warning(
        what,
        queue=queue,
        key=str(key),
        redriven=done.redriven,
        discarded=done.discarded,
        kept=len(done.kept),
    )

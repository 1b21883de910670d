"""Dead letters as an operator sees and repairs them: taken out one by one, each to an end."""

from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Query, Request

from gateway.context import ALWAYS, Admin, Context, Gateway
from gateway.json_body import body_of, described
from gateway.problems import Problem, documented
from gateway.queue_views import Selection, letter_view
from gateway.records import Retried
from gateway.routes.queues import known
from scribeline.contracts.api.queues import KeptView, LetterList, LetterView, SortedView
from scribeline.contracts.codes import MEANINGS, Code
from scribeline.messaging.dead_letters import Fate, Letter
from scribeline.messaging.topology import dead_queue
from scribeline.storage.database import EVERYBODY

MOST = 10_000
"""Letters that one request looks at."""

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/v1/admin/queues", tags=["admin"])
PROBLEMS = (Code.NOT_FOUND, Code.BROKER_UNAVAILABLE, *ALWAYS)


@router.get(
    "/{name}/dead",
    response_model=LetterList,
    operation_id="listDeadLetters",
    summary="The dead letters of a queue",
    responses=documented(Code.INVALID_PARAMETER, *PROBLEMS),
)
async def list_letters(
    context: Context,
    principal: Admin,  # noqa: ARG001 - asked for its check
    name: str,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> LetterList:
    """Looking at them changes nothing."""
    letters = await context.broker.letters(known(name), limit)
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
    letter = await context.broker.letter(known(name), id, MOST)
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
        if not chosen.has(letter):
            return Fate.KEPT
        fate = await _redriven(context, letter, done)
        _audit("dead letter redriven", principal.key, letter, fate)
        return fate

    await context.broker.sort_out(known(name), MOST, decide)
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
        _audit("dead letter discarded", principal.key, letter, Fate.GONE)
        return Fate.GONE

    await context.broker.sort_out(known(name), MOST, decide)
    return done


async def _redriven(context: Gateway, letter: Letter, done: SortedView) -> Fate:
    if letter.unit is None:
        done.redriven += 1
        return Fate.RESENT
    match await context.records.retry_failed(EVERYBODY, letter.unit.job, letter.unit.run):
        case Retried.RUNNING:
            done.kept.append(KeptView(id=letter.id, reason="Its job is still under way."))
            return Fate.KEPT
        case Retried.TOO_OFTEN:
            done.kept.append(KeptView(id=letter.id, reason=MEANINGS[Code.TOO_MANY_RUNS].sentence))
            return Fate.KEPT
        case Retried.NEEDLESS:
            done.discarded += 1
        case Retried.ASKED:
            done.redriven += 1
    return Fate.GONE


def _audit(what: str, key: UUID | None, letter: Letter, fate: Fate) -> None:
    """Who did what to which letter."""
    log.warning(
        what,
        key=str(key),
        queue=letter.queue,
        letter=letter.id,
        job=letter.job,
        unit=f"{letter.unit.stage}/{letter.unit.index}/{letter.unit.run}" if letter.unit else None,
        reason=letter.reason,
        fate=fate.value,
    )

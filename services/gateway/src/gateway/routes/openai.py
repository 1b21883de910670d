"""The audio part of OpenAI's API, for clients that are there already: one request, one transcript.

https://platform.openai.com/docs/api-reference/audio
"""

from asyncio import to_thread
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from uuid_utils.compat import uuid7

from gateway.auth import Principal, Scope
from gateway.births import born
from gateway.context import ALWAYS, Context, Gateway, Writer
from gateway.idempotency import REPLAYED, IdempotencyKey
from gateway.openai.errors import BASE, documented
from gateway.openai.fields import KINDS, TranscriptionRequest
from gateway.openai.shapes import TranscriptionText, TranscriptionVerbose, written
from gateway.openai.streaming import Spoken, spoken
from gateway.openai.uploads import FormUpload
from gateway.openai.waiting import JOB, Waiter
from gateway.problems import Problem, ResponseDoc
from gateway.views import stages_of
from scribeline.contracts.codes import Code
from scribeline.contracts.transcription import Task

router = APIRouter(prefix=BASE, tags=["OpenAI"])

PROBLEMS = documented(
    Code.BAD_REQUEST,
    Code.INVALID_PARAMETER,
    Code.MODEL_NOT_ALLOWED,
    Code.LANGUAGE_UNSUPPORTED,
    Code.UNSUPPORTED_MEDIA_TYPE,
    Code.UPLOAD_TOO_LARGE,
    Code.AUDIO_EMPTY,
    Code.AUDIO_UNREADABLE,
    Code.IDEMPOTENCY_KEY_REUSED,
    Code.TOO_MANY_UPLOADS,
    Code.TOO_MANY_JOBS,
    Code.QUOTA_EXCEEDED,
    Code.TOO_MANY_STREAMS,
    Code.CANCELLED,
    Code.STORE_UNAVAILABLE,
    *ALWAYS,
)
PROBLEMS[504] = {
    **PROBLEMS[500],
    "description": "`not_ready`: It takes longer than a request waits; the job, whose id is told, goes on.",
}
TEXT = {"schema": {"type": "string"}}
TEXTS: ResponseDoc = {
    200: {"description": "The transcript, as `response_format` says.", "content": {"text/plain": TEXT}}
}
STREAM: ResponseDoc = {
    200: {
        "description": "The transcript, as `response_format` says; with `stream=true` its text as it comes.",
        "content": {"text/plain": TEXT, "text/event-stream": TEXT},
    }
}


def _form(task: Task) -> dict[str, object]:
    schema = {"$ref": f"#/components/schemas/{KINDS[task].__name__}"}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


async def _reads_too(principal: Writer) -> Principal:
    """Who gets a transcript must be allowed to read it."""
    if Scope.JOBS_READ not in principal.scopes:
        raise Problem(Code.FORBIDDEN, f"This needs the scope {Scope.JOBS_READ}.")
    return principal


Both = Annotated[Principal, Depends(_reads_too)]


@router.post(
    "/transcriptions",
    response_model=TranscriptionText | TranscriptionVerbose,
    operation_id="createTranscription",
    summary="Transcribe a recording, as OpenAI's API does",
    responses={**STREAM, **PROBLEMS},
    openapi_extra=_form(Task.TRANSCRIBE),
)
async def transcribe(
    request: Request, context: Context, principal: Both, idempotency_key: IdempotencyKey = None
) -> Response:
    """Waits for the transcript. A client that leaves before cancels the job, unless it gave an
    `Idempotency-Key`."""
    return await _answer(request, context, principal, idempotency_key, Task.TRANSCRIBE)


@router.post(
    "/translations",
    response_model=TranscriptionText | TranscriptionVerbose,
    operation_id="createTranslation",
    summary="Translate a recording into English, as OpenAI's API does",
    responses={**TEXTS, **PROBLEMS},
    openapi_extra=_form(Task.TRANSLATE),
)
async def translate(
    request: Request, context: Context, principal: Both, idempotency_key: IdempotencyKey = None
) -> Response:
    """As transcriptions."""
    return await _answer(request, context, principal, idempotency_key, Task.TRANSLATE)


async def _answer(
    request: Request, context: Gateway, principal: Principal, repeat_key: str | None, task: Task
) -> Response:
    context.hub.check_room(principal.tenant)  # before gigabytes are sent
    id_, form = uuid7(), FormUpload(task, context.settings_for(principal))
    row = await born(request, context, principal, id_, repeat_key, form.read)
    headers = {JOB: str(row.id)} | ({REPLAYED: "true"} if row.id != id_ else {})
    waiter = Waiter(context, principal, row, may_return=repeat_key is not None)
    if isinstance(form.asked, TranscriptionRequest) and form.asked.stream:
        return await _stream(request, waiter, headers)
    row = await waiter.completed(request)
    words = await context.records.words(row, stages_of(row)["transcription"].run)
    body, kind = await to_thread(written, form.asked, row, words)
    return Response(body, media_type=kind, headers=headers)


async def _stream(request: Request, waiter: Waiter, headers: dict[str, str]) -> Response:
    """What goes wrong before the first piece is an answer of its own."""
    pieces = spoken(waiter)
    first = await waiter.while_there(request, _first(pieces))
    return Spoken(waiter, first, pieces, headers)


async def _first(pieces: AsyncGenerator[bytes, None]) -> bytes:
    return await anext(pieces)

"""Following events: of one job until its end, or of all one's jobs."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, cast
from uuid import UUID

import structlog
from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse
from starlette.types import Message, Receive, Scope, Send

from gateway import streams
from gateway.context import ALWAYS, Context, Reader
from gateway.problems import ResponseDoc, documented, invalid
from scribeline.contracts.catalogue import EVENTS
from scribeline.contracts.codes import Code
from scribeline.contracts.job import JobStatus

log = structlog.get_logger(__name__)
router = APIRouter(tags=["events"])

LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", description="The `id` of the last event that came: it goes on behind it."),
]
STREAM: ResponseDoc = {
    200: {
        "description": "Events as they come: `id`, `event` (the type) and `data` (a CloudEvent as JSON).",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
READ_SECONDS = 30.0
"""A client that takes nothing for so long is cut off."""
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""A proxy that collects answers before it passes them on would hold events back."""


@router.get(
    "/v1/jobs/{id}/events",
    response_class=StreamingResponse,
    operation_id="followJob",
    summary="Follow a job to its end",
    responses={
        **STREAM,
        204: {"description": "The job has ended, and nothing came after that event."},
        **documented(Code.NOT_FOUND, Code.INVALID_PARAMETER, Code.TOO_MANY_STREAMS, *ALWAYS),
    },
)
async def follow_job(
    context: Context,
    principal: Reader,
    id: str,  # noqa: A002 - as in the address
    last_event_id: LastEventId = None,
) -> Response:
    """First `job`, the job as it stands; then its events from the first one on, and `job.progressed` whenever
    a piece is done. It closes when the job has ended."""
    row = await context.job(principal, id)
    after = _event_id(last_event_id)
    ended = JobStatus(row.status).terminal
    if after is not None and ended and not await context.records.events_of(row.id, after):
        return Response(status_code=204)
    return await _stream(streams.of_job(context, principal, row.id, after))


@router.get(
    "/v1/events",
    response_class=StreamingResponse,
    operation_id="followEvents",
    summary="Follow the events of all jobs",
    responses={
        **STREAM,
        **documented(Code.INVALID_PARAMETER, Code.TOO_MANY_STREAMS, *ALWAYS),
    },
)
async def follow(
    context: Context,
    principal: Reader,
    last_event_id: LastEventId = None,
    types: Annotated[
        list[str] | None, Query(alias="type", max_length=20, description="Only these types.")
    ] = None,
) -> Response:
    """Those to come, or with `Last-Event-ID` also those since about that event, of the last 7 days. Among
    jobs they have no order; an event may come again, with the same `id`."""
    unknown = sorted(set(types or ()) - EVENTS.keys())
    if unknown:
        raise invalid("type", f"{unknown[0][:100]!r} is none of {', '.join(EVENTS)}")
    pieces = streams.of_tenant(context, principal, _event_id(last_event_id), frozenset(types or ()))
    try:
        return await _stream(pieces)
    except KeyError:
        told = "is not known, or not any more: read the jobs, and begin without"
        raise invalid("Last-Event-ID", told) from None


async def _stream(pieces: AsyncIterator[bytes]) -> Response:
    """What goes wrong before the first piece is an answer of its own."""
    first = await anext(pieces)
    return Stream(first, pieces)


class NotReadingError(Exception):
    """The client takes nothing."""


class Stream(EventSourceResponse):
    """Given up when a client does not read; whoever produces it is then told so."""

    def __init__(self, first: bytes, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = cast(AsyncGenerator[bytes], pieces)
        super().__init__(_all(first, pieces), headers=HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def in_time(message: Message) -> None:
            try:
                async with asyncio.timeout(READ_SECONDS):
                    await send(message)
            except TimeoutError:
                raise NotReadingError from None  # Starlette takes a TimeoutError for a disconnect

        try:
            await super().__call__(scope, receive, in_time)
        except NotReadingError:
            log.warning("a client that does not read its events was cut off")
        finally:
            await self._pieces.aclose()


async def _all(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in others:
        yield piece


def _event_id(given: str | None) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError:
        raise invalid("Last-Event-ID", "is no id of an event") from None

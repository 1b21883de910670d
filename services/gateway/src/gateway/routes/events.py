"""Following events: of one job until its end, or of all one's jobs."""

from collections.abc import AsyncGenerator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse

from gateway import streams
from gateway.context import ALWAYS, Context, Reader
from gateway.event_stream import EventStream
from gateway.problems import ResponseDoc, documented, invalid
from scribeline.contracts.catalogue import EVENTS
from scribeline.contracts.codes import Code
from scribeline.contracts.job import JobStatus

router = APIRouter(tags=["events"])

LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        description="The `id` of the last event that came: it goes on behind it.",
        json_schema_extra={
            "anyOf": [{"type": "string", "format": "uuid"}, {"type": "string", "maxLength": 0}]
        },
    ),
]
STREAM: ResponseDoc = {
    200: {
        "description": "Events as they come: `id`, `event` (the type) and `data` (a CloudEvent as JSON).",
        "content": {
            "text/event-stream": {
                "schema": {
                    "type": "object",  # each of them: OpenAPI 3.1 has no word for a stream
                    "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
                    "required": ["data"],
                }
            }
        },
    }
}


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
    if after is not None and ended and not await context.records.events_of(row.tenant, row.id, after):
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


async def _stream(pieces: AsyncGenerator[bytes, None]) -> Response:
    return EventStream(await anext(pieces), pieces)


def _event_id(given: str | None) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError:
        raise invalid("Last-Event-ID", "is no id of an event") from None

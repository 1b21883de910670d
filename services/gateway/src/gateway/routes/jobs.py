"""Taking recordings, and telling what becomes of them."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from uuid_utils.compat import uuid7

from gateway.births import Read, born
from gateway.context import ALWAYS, Context, Gateway, Reader, Writer
from gateway.filters import Page
from gateway.idempotency import REPLAYED, IdempotencyKey
from gateway.json_body import is_json
from gateway.lookups import Lookups
from gateway.named import receive_named
from gateway.options.request_body import UPLOAD_BODY
from gateway.problems import documented
from gateway.runs.reading import Run, job_in_run
from gateway.uploads import receive
from gateway.views import job_view
from gateway.waiting import Wait, if_it_ends, when_ended
from scribeline.contracts.api.jobs import JobList, JobView
from scribeline.contracts.codes import Code
from scribeline.contracts.job import JobStatus

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

UPLOAD_PROBLEMS = (
    Code.BAD_REQUEST,
    Code.UPLOAD_INCOMPLETE,
    Code.UPLOAD_TOO_LARGE,
    Code.UPLOAD_UNFINISHED,
    Code.UPLOAD_USED,
    Code.UPLOAD_JOINING,
    Code.NOT_FOUND,
    Code.UNSUPPORTED_MEDIA_TYPE,
    Code.INVALID_PARAMETER,
    Code.IDEMPOTENCY_KEY_REUSED,
    Code.MODEL_NOT_ALLOWED,
    Code.LANGUAGE_UNSUPPORTED,
    Code.DIARIZATION_UNSUPPORTED,
    Code.ANALYSIS_SCHEMA_INVALID,
    Code.ANALYSIS_NEEDS_LLM,
    Code.WEBHOOK_URL_REFUSED,
    Code.WEBHOOKS_OFF,
    Code.AUDIO_EMPTY,
    Code.AUDIO_URL_REFUSED,
    Code.AUDIO_URL_UNREACHABLE,
    Code.TOO_MANY_UPLOADS,
    Code.TOO_MANY_JOBS,
    Code.QUOTA_EXCEEDED,
    Code.STORE_UNAVAILABLE,
)
LINKS = {
    operation: {"operationId": operation, "parameters": {"id": "$response.body#/id"}}
    for operation in (
        "getJob",
        "getTranscript",
        "getAnalysis",
        "followJob",
        "cancelJob",
        "retryJob",
        "deleteJob",
    )
}
"""What the job's id is for, as OpenAPI tells it to tools."""


@router.post(
    "",
    status_code=202,
    response_model=JobView,
    operation_id="createJob",
    summary="Upload a recording",
    responses={
        200: {"description": "With `wait`: the job has ended.", "model": JobView},
        202: {
            "description": "Stored durably; the job is queued.",
            "headers": {
                "Location": {"description": "The job.", "schema": {"type": "string"}},
                REPLAYED: {
                    "description": "`true` when an earlier request with this key made the job.",
                    "schema": {"type": "string"},
                },
            },
            "links": LINKS,
        },
        **documented(*UPLOAD_PROBLEMS, *ALWAYS),
    },
    openapi_extra=UPLOAD_BODY,
)
async def create(
    request: Request,
    response: Response,
    context: Context,
    principal: Writer,
    idempotency_key: IdempotencyKey = None,
    wait: Wait = 0,
) -> JobView:
    """Send a form with the file `audio`, or the bytes alone with the options in the query, or as JSON the
    address of a recording, which is fetched before the answer, or an upload that was sent in parts. With
    `wait`, the answer is 200 when the job has ended within those seconds."""
    id_ = uuid7()
    look_up = Lookups(context.records, context.database, principal, idempotency_key)
    read = _reader(request, context, look_up)
    row = await born(request, context, principal, id_, idempotency_key, read)
    if row.id != id_:
        response.headers[REPLAYED] = "true"
    response.headers["Location"] = f"/v1/jobs/{row.id}"
    if wait:
        row = await if_it_ends(context, principal, row, wait)
        response.status_code = 200 if JobStatus(row.status).terminal else 202
    return job_view(row)


def _reader(request: Request, context: Gateway, look_up: Lookups) -> Read:
    """How the recording comes: named in JSON, or as the request's own bytes."""
    settings = context.settings_for(look_up.principal)
    if is_json(request):
        return partial(receive_named, context=context, settings=settings, look_up=look_up)
    return partial(receive, settings=settings, look_up=look_up)


@router.get(
    "",
    response_model=JobList,
    operation_id="listJobs",
    summary="List jobs",
    responses=documented(Code.INVALID_PARAMETER, *ALWAYS),
)
async def list_jobs(context: Context, principal: Reader, page: Annotated[Page, Query()]) -> JobList:
    """All of them, page by page, or those that a filter names."""
    rows = await context.records.jobs(principal, page)
    more = len(rows) > page.limit
    rows = rows[: page.limit]
    return JobList(jobs=[job_view(row) for row in rows], next=str(rows[-1].id) if more else None)


@router.get(
    "/{id}",
    response_model=JobView,
    operation_id="getJob",
    summary="One job",
    responses={
        202: {"description": "With `wait`: the job has not ended yet.", "model": JobView},
        **documented(Code.NOT_FOUND, Code.INVALID_PARAMETER, Code.TOO_MANY_STREAMS, *ALWAYS),
    },
)
async def get(
    context: Context,
    principal: Reader,
    response: Response,
    id: str,  # noqa: A002 - as in the address
    wait: Wait = 0,
    run: Run = None,
) -> JobView:
    """With `wait`, it answers when the job has ended: 200, or 202 when it has not within those seconds. With
    `run`, as it was in that run."""
    row = await job_in_run(context, principal, id, run)
    if wait and not JobStatus(row.status).terminal:
        await when_ended(context, principal, row.id, wait)
        row = await job_in_run(context, principal, id, run)
        response.status_code = 200 if JobStatus(row.status).terminal else 202
    queued = JobStatus(row.status) is JobStatus.QUEUED
    position = await context.records.queue_position(row) if queued else None
    return job_view(row, position, named=run is not None)

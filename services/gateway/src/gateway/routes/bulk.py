"""The same for many jobs."""

from fastapi import APIRouter, Request

from gateway.bulk import actions
from gateway.bulk.asked import Bulk
from gateway.context import ALWAYS, Context, Writer
from gateway.json_body import body_of, described
from gateway.problems import documented
from gateway.tracing import traceparent_of
from scribeline.contracts.api.bulk import BulkResult
from scribeline.contracts.codes import Code

router = APIRouter(prefix="/v1/jobs/bulk", tags=["jobs"])
EXAMPLE = {"action": "delete", "filter": {"status": ["failed"], "tag": ["test"]}, "dry_run": True}


@router.post(
    "",
    response_model=BulkResult,
    operation_id="changeJobs",
    summary="Cancel, delete, retry or rerun many jobs",
    responses=documented(
        Code.INVALID_PARAMETER,
        Code.UPLOAD_TOO_LARGE,
        Code.UPLOAD_INCOMPLETE,
        Code.MODEL_NOT_ALLOWED,
        Code.LANGUAGE_UNSUPPORTED,
        Code.DIARIZATION_UNSUPPORTED,
        Code.ANALYSIS_SCHEMA_INVALID,
        *ALWAYS,
    ),
    openapi_extra=described(Bulk, EXAMPLE),
)
async def bulk(context: Context, principal: Writer, request: Request) -> BulkResult:
    """Those that a filter names, as the routes of a single job do; `dry_run` only tells which. A filter that
    names nothing is refused, unless `all` is true."""
    asked = await body_of(request, Bulk, context.settings)
    if asked.dry_run:
        return await actions.would_be(context, principal, asked)
    return await actions.done(context, principal, asked, traceparent_of(request))

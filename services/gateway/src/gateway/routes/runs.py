"""Running a job again, and what its runs were."""

from fastapi import APIRouter, Request, Response

from gateway.context import ALWAYS, Context, Reader, Writer
from gateway.json_body import object_of
from gateway.problems import documented
from gateway.runs.changes import Changes, run_of
from gateway.runs.opening import run_again
from gateway.runs.reading import runs_of
from gateway.runs.request_body import RERUN_BODY
from gateway.tracing import traceparent_of
from gateway.views import job_view, run_view
from gateway.waiting import Wait, if_it_ends
from scribeline.contracts.api.jobs import JobView, RunList
from scribeline.contracts.codes import Code
from scribeline.contracts.job import JobStatus

router = APIRouter(prefix="/v1/jobs/{id}", tags=["jobs"])


@router.post(
    "/rerun",
    status_code=202,
    response_model=JobView,
    operation_id="rerunJob",
    summary="Run a job again",
    responses={
        200: {"description": "With `wait`: the run has ended.", "model": JobView},
        202: {
            "description": "The job, in its next run.",
            "headers": {"Location": {"description": "The job.", "schema": {"type": "string"}}},
        },
        **documented(
            Code.NOT_FOUND,
            Code.OTHER_RUN,
            Code.JOB_RUNNING,
            Code.TRANSCRIPT_INCOMPLETE,
            Code.TOO_MANY_RUNS,
            Code.TOO_MANY_JOBS,
            Code.QUOTA_EXCEEDED,
            Code.UPLOAD_INCOMPLETE,
            Code.UPLOAD_TOO_LARGE,
            Code.INVALID_PARAMETER,
            Code.MODEL_NOT_ALLOWED,
            Code.LANGUAGE_UNSUPPORTED,
            Code.ANALYSIS_SCHEMA_INVALID,
            Code.ANALYSIS_NEEDS_LLM,
            *ALWAYS,
        ),
    },
    openapi_extra=RERUN_BODY,
)
async def rerun(
    request: Request,
    response: Response,
    context: Context,
    principal: Writer,
    id: str,  # noqa: A002 - as in the address
    wait: Wait = 0,
) -> JobView:
    """All of it, or only its analysis, with other options or the same. What the runs before gave stays
    readable with `run`."""
    body = await object_of(request, context.settings, may_lack=True)
    after = run_of(body)
    changes = Changes.of(body, context.settings)
    row = await run_again(context, principal, id, changes, traceparent_of(request), after=after)
    response.headers["Location"] = f"/v1/jobs/{row.id}"
    if wait:
        row = await if_it_ends(context, principal, row, wait)
        response.status_code = 200 if JobStatus(row.status).terminal else 202
    return job_view(row)


@router.get(
    "/runs",
    response_model=RunList,
    operation_id="listRuns",
    summary="The runs of a job",
    responses=documented(Code.NOT_FOUND, *ALWAYS),
)
async def list_runs(context: Context, principal: Reader, id: str) -> RunList:  # noqa: A002 - as in the address
    """Each with what it was asked and what became of it. Their results are read with `run`."""
    return RunList(runs=[run_view(row) for row in await runs_of(context, principal, id)])

"""Ending a job before its time, for good, or not yet: cancelling, deleting, trying again."""

from fastapi import APIRouter, Response

from gateway.cancelling import cancelled, mark
from gateway.context import ALWAYS, Context, Writer
from gateway.problems import Problem, documented
from gateway.records import Retried
from gateway.views import job_view
from scribeline.contracts.api.jobs import JobView
from scribeline.contracts.codes import Code
from scribeline.contracts.job import JobStatus

router = APIRouter(prefix="/v1/jobs/{id}", tags=["jobs"])


@router.post(
    "/cancel",
    status_code=202,
    response_model=JobView,
    operation_id="cancelJob",
    summary="Cancel a job",
    responses=documented(Code.NOT_FOUND, Code.JOB_ENDED, *ALWAYS),
)
async def cancel(context: Context, principal: Writer, id: str) -> JobView:  # noqa: A002 - as in the address
    """It ends within moments, and `job.cancelled` tells so. What was transcribed before stays readable."""
    row = await cancelled(context, principal, id)
    if row.status in (JobStatus.COMPLETED, JobStatus.FAILED):
        raise Problem(Code.JOB_ENDED)
    return job_view(row)


@router.post(
    "/retry",
    status_code=202,
    response_model=JobView,
    operation_id="retryJob",
    summary="Try again what failed",
    responses=documented(Code.NOT_FOUND, Code.JOB_RUNNING, Code.NOTHING_FAILED, Code.TOO_MANY_RUNS, *ALWAYS),
)
async def retry(context: Context, principal: Writer, id: str) -> JobView:  # noqa: A002 - as in the address
    """Failed pieces of the recording, or of its analysis. What was done is taken over into the job's next
    run."""
    row = await context.job(principal, id)
    match await context.records.retry_failed(row.tenant, row.id, row.run):
        case Retried.RUNNING:
            raise Problem(
                Code.JOB_RUNNING, headers={"Retry-After": str(context.settings.retry_after_seconds)}
            )
        case Retried.NEEDLESS:
            raise Problem(Code.NOTHING_FAILED)
        case Retried.TOO_OFTEN:
            raise Problem(Code.TOO_MANY_RUNS)
    return job_view(row)


@router.delete(
    "",
    status_code=204,
    operation_id="deleteJob",
    summary="Delete a job with all that is stored of it",
    responses=documented(Code.NOT_FOUND, *ALWAYS),
)
async def delete(context: Context, principal: Writer, id: str) -> Response:  # noqa: A002 - as in the address
    """At once it is not there any more; one that is under way is cancelled. `job.deleted` tells when
    recording and results are gone."""
    row = await context.job(principal, id)
    if not JobStatus(row.status).terminal:
        await mark(context, row)  # before the row goes: nobody would remove the marker then
    await context.changed(context.records.delete, principal, id)
    return Response(status_code=204)

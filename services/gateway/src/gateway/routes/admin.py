"""What an operator asks."""

from typing import Annotated, Self
from uuid import UUID

import structlog
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, model_validator

from gateway import failures
from gateway.context import ALWAYS, Admin, Context
from gateway.json_body import body_of, described
from gateway.problems import documented
from gateway.status import status_of
from scribeline.contracts.api.failures import FailureList
from scribeline.contracts.api.queues import ResumedView
from scribeline.contracts.api.status import StatusView
from scribeline.contracts.codes import Code

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/v1/admin", tags=["admin"])


@router.get(
    "/status",
    response_model=StatusView,
    operation_id="getStatus",
    summary="How the installation is",
    responses=documented(*ALWAYS),
)
async def status(context: Context, principal: Admin, response: Response) -> StatusView:  # noqa: ARG001 - asked for its check
    """Answers within a few seconds whatever is away, and with 200 also when something is. (Without a database
    no key can be checked, so that the answer is a 503 then.)"""
    response.headers["Cache-Control"] = "no-store"
    return await status_of(context)


@router.get(
    "/failures",
    response_model=FailureList,
    operation_id="listFailures",
    summary="Jobs that failed lately",
    responses=documented(*ALWAYS),
)
async def list_failures(
    context: Context,
    principal: Admin,  # noqa: ARG001 - asked for its check
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> FailureList:
    """Of all tenants: which, when and why, and nothing of what was said."""
    return FailureList(failures=await failures.latest(context.database, limit))


class Resume(BaseModel):
    """One job, or all that are under way."""

    model_config = ConfigDict(
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_extra={
            "oneOf": [
                {"required": ["job"], "properties": {"job": {"type": "string"}, "all": {"const": False}}},
                {"required": ["all"], "properties": {"job": {"type": "null"}, "all": {"const": True}}},
            ]
        },
    )

    job: UUID | None = None
    all: bool = False

    @model_validator(mode="after")
    def _named(self) -> Self:
        if (self.job is not None) == self.all:
            raise ValueError("name a job, or say all")
        return self


@router.post(
    "/resume",
    status_code=202,
    response_model=ResumedView,
    operation_id="resumeJobs",
    summary="Send what is under way again, after the broker lost it",
    responses=documented(Code.INVALID_PARAMETER, *ALWAYS),
    openapi_extra=described(Resume, {"all": True}),
)
async def resume(context: Context, principal: Admin, request: Request) -> ResumedView:
    """For a broker whose data is gone. It never harms, but what was not lost is done twice."""
    asked = await body_of(request, Resume, context.settings)
    jobs = await context.records.resume(asked.job)
    log.warning("resumed", key=str(principal.key), jobs=jobs)
    return ResumedView(jobs=jobs)

"""Transcript and analysis of a job."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from gateway.context import ALWAYS, Context, Reader
from gateway.problems import Problem, documented
from gateway.renderings import RENDERINGS, Format
from gateway.transcripts import lines_of, transcript_view
from gateway.views import TranscriptView, stages_of
from scribeline.contracts.analysis import Analysis
from scribeline.contracts.codes import Code
from scribeline.contracts.job import JobStatus, StageStatus, StageView
from scribeline.contracts.unit import Error
from scribeline.storage.models import JobRow

router = APIRouter(prefix="/v1/jobs/{id}", tags=["results"])


class TranscriptQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    format: Format = Format.JSON
    """Rendering of the transcript."""
    partial: bool = False
    """Also answer with what is there before all of it is, or after the rest failed."""


@router.get(
    "/transcript",
    response_model=TranscriptView,
    operation_id="getTranscript",
    summary="The transcript",
    responses={
        200: {
            "description": "The transcript.",
            "content": {
                kind.partition(";")[0]: {"schema": {"type": "string"}} for kind, _ in RENDERINGS.values()
            },
        },
        **documented(
            Code.NOT_FOUND,
            Code.NOT_READY,
            Code.CANCELLED,
            Code.INVALID_PARAMETER,
            Code.AUDIO_UNREADABLE,
            *ALWAYS,
        ),
    },
)
async def transcript(
    context: Context,
    principal: Reader,
    id: str,  # noqa: A002 - as in the address
    query: Annotated[TranscriptQuery, Query()],
) -> Response:
    """A failed job answers with its own error. The header `X-Transcript-Complete` says `true` or `false`."""
    row = await context.job(principal, id)
    stage = stages_of(row)["transcription"]
    complete = stage.status is StageStatus.COMPLETED
    if not complete and not query.partial:
        raise _not_there(row, stage, context.settings.retry_after_seconds)
    words = await context.records.words(row, stage.run)
    if query.format is Format.JSON:
        view = transcript_view(row, words, run=stage.run, complete=complete)
        body, kind = view.model_dump_json(), "application/json"
    else:
        kind, render = RENDERINGS[query.format]
        body = render(lines_of(words))
    return Response(body, media_type=kind, headers={"X-Transcript-Complete": str(complete).lower()})


@router.get(
    "/analysis",
    response_model=Analysis,
    operation_id="getAnalysis",
    summary="The analysis",
    responses=documented(
        Code.NOT_FOUND, Code.ANALYSIS_SKIPPED, Code.ANALYSIS_FAILED, Code.NOT_READY, Code.CANCELLED, *ALWAYS
    ),
)
async def analysis(context: Context, principal: Reader, id: str) -> Response:  # noqa: A002 - as in the address
    row = await context.job(principal, id)
    stage = stages_of(row)["analysis"]
    if stage.status is not StageStatus.COMPLETED:
        raise _not_there(row, stage, context.settings.retry_after_seconds)
    found = await context.records.analysis(row, stage.run)
    if found is None:
        raise _wait(context.settings.retry_after_seconds)
    return Response(found.model_dump_json(), media_type="application/json")


def _wait(retry_after: int) -> Problem:
    return Problem(Code.NOT_READY, headers={"Retry-After": str(retry_after)})


def _not_there(row: JobRow, stage: StageView, retry_after: int) -> Problem:
    """Why this stage has no result: the job's own end, the stage's, or only that it takes longer."""
    match JobStatus(row.status):
        case JobStatus.FAILED if row.error:
            error = Error.model_validate(row.error)
            return Problem(error.code, error.message)
        case JobStatus.CANCELLED:
            return Problem(Code.CANCELLED)
    match stage.status:
        case StageStatus.SKIPPED:
            return Problem(Code.ANALYSIS_SKIPPED)
        case StageStatus.FAILED:
            return Problem(Code.ANALYSIS_FAILED, stage.error.message if stage.error else None)
        case StageStatus.CANCELLED:
            return Problem(Code.CANCELLED)
    return _wait(retry_after)

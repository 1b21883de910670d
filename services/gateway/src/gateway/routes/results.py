"""Transcript and analysis of a job."""

from asyncio import to_thread
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict, Field

from gateway.context import ALWAYS, Context, Reader
from gateway.problems import Problem, documented, invalid
from gateway.records import Words
from gateway.renderings import RENDERINGS, CaptionOptions, Format
from gateway.runs.reading import LARGEST, Run, job_in_run
from gateway.transcripts import lines_of, transcript_view
from gateway.views import stages_of
from scribeline.contracts.analysis import Analysis
from scribeline.contracts.api.transcripts import TranscriptView
from scribeline.contracts.codes import Code
from scribeline.contracts.job import JobStatus, StageStatus, StageView
from scribeline.contracts.transcription import TranscriptionOptions
from scribeline.contracts.unit import Error
from scribeline.storage.jobs import text_language
from scribeline.storage.models import JobRow

router = APIRouter(prefix="/v1/jobs/{id}", tags=["results"])


class TranscriptQuery(CaptionOptions):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    format: Format = Format.JSON
    """Rendering of the transcript."""
    partial: bool = False
    """Also answer with what is there before all of it is, or after the rest failed."""
    run: int | None = Field(default=None, ge=1, le=LARGEST)
    """Which run of the job; the current one when left out."""

    def check(self, row: JobRow) -> None:
        """Raises Problem naming an option that would change nothing."""
        obeyed = RENDERINGS[self.format].options if self.format in RENDERINGS else frozenset()
        for name in CaptionOptions.model_fields:
            if getattr(self, name) and name not in obeyed:
                able = " and ".join(kind for kind in RENDERINGS if name in RENDERINGS[kind].options)
                raise invalid(name, f"is of {able}, and the format asked for is {self.format}")
        if self.max_lines is not None and self.max_chars_per_line is None:
            raise invalid("max_lines", "needs max_chars_per_line: without it no line is ever broken")
        if self.words and not TranscriptionOptions.model_validate(row.options).word_timestamps:
            raise invalid("words", "this recording was transcribed without word_timestamps")


@router.get(
    "/transcript",
    response_model=TranscriptView,
    operation_id="getTranscript",
    summary="The transcript",
    responses={
        200: {
            "description": "The transcript.",
            "content": {
                rendering.media_type.partition(";")[0]: {"schema": {"type": "string"}}
                for rendering in RENDERINGS.values()
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
    """A failed job answers with its own error. The header `X-Transcript-Complete` says `true` or `false`.

    Captions (`srt`, `vtt`) are one for each segment and on one line, unless limits are given. Where a segment
    is cut, its captions begin and end with its words if the job had `word_timestamps`; else time is spread
    over its characters, which is an estimate.
    """
    row = await job_in_run(context, principal, id, query.run)
    query.check(row)
    stage = stages_of(row)["transcription"]
    complete = stage.status is StageStatus.COMPLETED
    if not complete and not query.partial:
        raise _not_there(row, stage, context.settings.retry_after_seconds)
    words = await context.records.words(row, stage.run)
    # In a thread: hours of speech take a while to write, and others are not to wait.
    body, kind = await to_thread(_written, query, row, words, stage.run, complete=complete)
    return Response(body, media_type=kind, headers={"X-Transcript-Complete": str(complete).lower()})


def _written(
    query: TranscriptQuery, row: JobRow, words: Words, run: int, *, complete: bool
) -> tuple[str, str]:
    """The transcript as asked for, and its media type."""
    if query.format is Format.JSON:
        view = transcript_view(row, words, run=run, complete=complete)
        return view.model_dump_json(), "application/json"
    rendering = RENDERINGS[query.format]
    lines = lines_of(words, timed=query.timed)
    return rendering.write(lines, query, text_language(row)), rendering.media_type


@router.get(
    "/analysis",
    response_model=Analysis,
    operation_id="getAnalysis",
    summary="The analysis",
    responses=documented(
        Code.NOT_FOUND,
        Code.ANALYSIS_SKIPPED,
        Code.ANALYSIS_FAILED,
        Code.LLM_UNAVAILABLE,
        Code.LLM_MODEL_MISSING,
        Code.LLM_ANSWER_INVALID,
        Code.NOT_READY,
        Code.CANCELLED,
        Code.INVALID_PARAMETER,
        *ALWAYS,
    ),
)
async def analysis(context: Context, principal: Reader, id: str, run: Run = None) -> Response:  # noqa: A002 - as in the address
    row = await job_in_run(context, principal, id, run)
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
        case StageStatus.FAILED if stage.error:
            return Problem(stage.error.code, stage.error.message)
        case StageStatus.FAILED:
            return Problem(Code.ANALYSIS_FAILED)
        case StageStatus.CANCELLED:
            return Problem(Code.CANCELLED)
    return _wait(retry_after)

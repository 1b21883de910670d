"""What the API answers: jobs, transcripts, keys. A field that cannot be given yet is null."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from scribeline.contracts.analysis import Brief
from scribeline.contracts.job import JobStatus, StageStatus, StageView
from scribeline.contracts.transcription import EngineInfo, Gap, TranscriptionOptions, Word
from scribeline.contracts.unit import Error
from scribeline.storage.models import JobRow

ENOUGH = 10
"""Percent of a job that must be done before its end can be told."""


class View(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class Links(View):
    self: str
    transcript: str
    analysis: str


class JobView(View):
    """One recording and what became of it."""

    model_config = ConfigDict(use_attribute_docstrings=True, title="Job")

    id: UUID
    status: JobStatus
    stages: list[StageView]
    progress: int = Field(ge=0, le=100)
    """Percent of the known work that is done."""
    current_step: str | None
    """`transcription` or `analysis`; null when the job has ended."""
    message: str
    """Where the job stands, in one sentence."""
    queue_position: int | None = None
    """Your tenant's own units ahead in the queue, while the job is queued; not given in lists. What others
    have waiting is not told."""
    eta: datetime | None = None
    """When it will have ended if it goes on as it did so far; null until enough is done to tell, and in a
    later run."""
    attempts: int | None = None
    """Not given yet."""
    created_at: datetime
    started_at: datetime | None
    """When the first piece of work was done."""
    finished_at: datetime | None
    duration: float | None
    """Seconds of audio, once known."""
    error: Error | None
    """Why the job failed."""
    delete_after: timedelta | None
    """How long it is kept after it has ended, as the client said; null: as long as its tenant's jobs."""
    metadata: dict[str, Any]
    tags: list[str]
    filename: str | None
    """As the client called it."""
    content_type: str | None
    bytes: int
    sha256: str
    """Of the file as uploaded, in hex."""
    options: TranscriptionOptions
    recorded_at: datetime | None
    """When the recording was made, as the client said."""
    analyze: bool
    brief: Brief | None
    """What the analysis is asked instead of a report: a template's content as it was when the job was made,
    and the schema with its bounds."""
    channels: int
    """That are heard each by itself: 1, unless `channels=split` found more."""
    confidence: float | None
    """Of the transcript, 0..1, once it is complete: the mean of its segments' confidence by their seconds."""
    language: str | None
    language_probability: float | None
    engine: EngineInfo | None
    owner: str | None
    run: int
    links: Links


class JobList(View):
    jobs: list[JobView]
    """In the order that was asked for."""
    next: str | None
    """Give it as `cursor` to read on; null at the end."""


class SegmentView(View):
    id: int
    """Counts from 0 through the whole transcript."""
    start: float
    """Seconds on the recording's clock."""
    end: float
    text: str
    confidence: float
    """Geometric mean of the token probabilities, 0..1."""
    avg_logprob: float
    no_speech_prob: float
    words: list[Word] | None
    """When `word_timestamps` was asked for."""
    speaker: str | None
    """`channel 1` and so on, when the recording was split into its channels; else null."""


class TranscriptView(View):
    model_config = ConfigDict(use_attribute_docstrings=True, title="Transcript")

    job: UUID
    complete: bool
    """False when pieces are still to come (`partial=true`)."""
    text: str
    language: str | None
    language_probability: float | None
    duration: float | None
    """Seconds of audio."""
    confidence: float | None
    """Mean of the segments' confidence by their seconds, 0..1: how sure the model was, not how right. Null
    while pieces are to come, and when nothing was said."""
    segments: list[SegmentView]
    gaps: list[Gap]
    """Stretches without text, and why."""
    engine: EngineInfo | None
    options: TranscriptionOptions
    processing_seconds: float
    """Compute time of all pieces together."""
    run: int


def stages_of(row: JobRow) -> dict[str, StageView]:
    return {view.name: view for view in map(StageView.model_validate, row.stages)}


def job_view(row: JobRow, position: int | None = None) -> JobView:
    stages = stages_of(row)
    here = f"/v1/jobs/{row.id}"
    error = Error.model_validate(row.error) if row.error else None
    return JobView(
        **row.model_dump(
            include={
                "id", "progress", "created_at", "started_at", "finished_at", "duration", "tags", "filename",
                "content_type", "bytes", "sha256", "recorded_at", "analyze", "channels", "confidence",
                "language", "language_probability", "owner", "run",
            }
        ),
        status=JobStatus(row.status),
        stages=list(stages.values()),
        current_step=_step(stages, JobStatus(row.status)),
        message=_message(row, stages, error),
        queue_position=position,
        eta=_eta(row),
        error=error,
        delete_after=None if row.keep_seconds is None else timedelta(seconds=row.keep_seconds),
        metadata=row.client_metadata,
        options=TranscriptionOptions.model_validate(row.options),
        brief=Brief.model_validate(row.brief) if row.brief else None,
        engine=EngineInfo.model_validate(row.engine) if row.engine else None,
        links=Links(self=here, transcript=f"{here}/transcript", analysis=f"{here}/analysis"),
    )  # fmt: skip


def _eta(row: JobRow, now: datetime | None = None) -> datetime | None:
    """What is left takes as long, for its part, as what is done took."""
    if JobStatus(row.status).terminal or row.started_at is None or row.run > 1:
        return None
    if row.progress < ENOUGH:
        return None
    now = max(now or datetime.now(UTC), row.started_at)  # told by the database's clock
    return now + (now - row.started_at) * (100 - row.progress) / row.progress


def _step(stages: dict[str, StageView], status: JobStatus) -> str | None:
    if status.terminal:
        return None
    unfinished = (StageStatus.PENDING, StageStatus.RUNNING)
    return next((name for name, stage in stages.items() if stage.status in unfinished), None)


def _message(row: JobRow, stages: dict[str, StageView], error: Error | None) -> str:
    transcription, analysis = stages.get("transcription"), stages.get("analysis")
    short = f" {analysis.error.message}" if analysis is not None and analysis.error is not None else ""
    sentences = {
        JobStatus.QUEUED: "Queued, or being transcribed: nothing is finished yet.",
        JobStatus.TRANSCRIBING: _counted("Transcribing", transcription),
        JobStatus.ANALYZING: _counted("The transcript is ready; analyzing", analysis),
        JobStatus.COMPLETED: f"Done.{short}",
        JobStatus.FAILED: error.message if error else "Failed.",
        JobStatus.CANCELLED: "Cancelled.",
    }
    return sentences[JobStatus(row.status)]


def _counted(what: str, stage: StageView | None) -> str:
    if stage is None or stage.units_total < 2:
        return f"{what}."
    return f"{what}: {stage.units_done + stage.units_failed} of {stage.units_total} pieces done."

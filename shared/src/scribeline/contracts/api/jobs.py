"""Recordings and what became of them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from scribeline.contracts.analysis import Brief
from scribeline.contracts.api.view import View
from scribeline.contracts.job import JobStatus, StageView
from scribeline.contracts.transcription import EngineInfo, TranscriptionOptions
from scribeline.contracts.unit import Error


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
    """When it will have ended if it goes on as it did so far; null until enough is done to tell, and where
    results of an earlier run were taken over."""
    created_at: datetime
    started_at: datetime | None
    """When the first piece of work was done."""
    finished_at: datetime | None
    duration: float | None
    """Seconds of the recording's own audio, once known."""
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
    sha256: str | None
    """Of the file as uploaded, in hex. Of an upload in parts as its client said, and checked before it is
    transcribed; null where it did not say."""
    options: TranscriptionOptions
    recorded_at: datetime | None
    """When the recording was made, as the client said."""
    continues: UUID | None = None
    """The job that this one goes on from, as the client said; it may be gone."""
    offset: float | None = None
    """Seconds by which the recording's own times are moved in its transcript, behind what comes before; null
    where nothing does, and while the transcript before is not complete."""
    webhook_url: str | None = None
    """Where its events are sent, as the client said."""
    analyze: bool
    brief: Brief | None
    """What the analysis is asked instead of a report: a template's content as it was when the job was made,
    and the schema with its bounds."""
    channels: int
    """That are heard each by itself: 1, unless `channels=split` found more."""
    confidence: float | None
    """Of the transcript, 0..1, once it is complete: the mean of its segments' confidence by their seconds.
    What comes before the recording counts, too, but for a text that was given."""
    language: str | None
    language_probability: float | None
    engine: EngineInfo | None
    owner: str | None
    run: int
    """Counts from 1, with each time that the job was run again or what had failed was tried again."""
    input_run: int | None = None
    """The earlier run whose results were taken over."""
    links: Links


class RunView(View):
    """One run of a job, and what became of it."""

    model_config = ConfigDict(use_attribute_docstrings=True, title="Run")

    run: int
    status: JobStatus
    stages: list[StageView]
    error: Error | None
    input_run: int | None
    """The earlier run whose results were taken over: all but what had failed when it was tried again, or the
    transcript that only the analysis was made anew of."""
    options: TranscriptionOptions
    analyze: bool
    brief: Brief | None
    recorded_at: datetime | None
    created_at: datetime
    """When it was asked for."""
    started_at: datetime | None
    finished_at: datetime | None
    links: Links


class RunList(View):
    runs: list[RunView]
    """The first one first."""


class JobList(View):
    jobs: list[JobView]
    """In the order that was asked for."""
    next: str | None
    """Give it as `cursor` to read on; null at the end."""

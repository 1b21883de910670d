"""What everyone else hears about a job: the public events' data."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field

from scribeline.contracts.analysis import ActionItem, Analysis, Sentiment
from scribeline.contracts.base import Frozen
from scribeline.contracts.transcription import EngineInfo, Language
from scribeline.contracts.unit import Error


class JobStatus(StrEnum):
    """Derived from the job's units, under a lock on its row."""

    QUEUED = "queued"
    TRANSCRIBING = "transcribing"
    ANALYZING = "analyzing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def terminal(self) -> bool:
        return self in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)


class StageStatus(StrEnum):
    """Of one of the two stages a user sees: `transcription` and `analysis`."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class StageView(Frozen):
    name: str
    """`transcription` or `analysis`."""
    status: StageStatus
    run: int = 1
    units_total: int = Field(default=0, ge=0)
    units_done: int = Field(default=0, ge=0)
    units_failed: int = Field(default=0, ge=0)
    error: Error | None = None


class JobRequest(Frozen):
    """Asked by a user, decided by the result-writer."""

    job: UUID


class CancelJob(JobRequest):
    """A job that has ended by then stays as it is."""

    run: int | None = Field(default=None, ge=1)
    """The one that nobody wants any more: however late the request comes, it does not cancel the next. None:
    whichever is under way."""


class ResumeJob(JobRequest):
    """Send what is under way again: an operator knows that the broker lost it. What it did not lose runs
    twice."""


class AdvanceJob(JobRequest):
    """Look again at what comes next: something that the job waited for is there. Where nothing is due, or it
    has ended, nothing changes."""

    run: int = Field(ge=1)
    """The job's own; it is another request in each run."""


class RetryFailed(JobRequest):
    """Ask again for what failed in that run of a job that has ended; what was done is taken over."""

    run: int = Field(ge=1)


class JobEvent(Frozen):
    """The part every public event has. `sequence` counts a job's events; their order is not promised."""

    job: UUID
    """As `subject` says."""
    status: JobStatus
    """As this was announced."""
    run: int = Field(default=1, ge=1)
    """Which it is of the job's runs; trying or running it again begins another."""
    sequence: int = Field(ge=1)
    """Its number among the job's events, from 1 and without a hole, through all runs."""
    metadata: dict[str, Any] = Field(default_factory=dict)
    """The client's own, as it came with the job."""


class JobAccepted(JobEvent):
    """A recording is stored, and a run of its job begins: the first one, or one more that was asked for."""


class JobCompleted(JobEvent):
    """The run has ended, and there is a transcript. The analysis may have failed: `stages` tell."""

    stages: tuple[StageView, ...]


class JobFailed(JobEvent):
    """The run has ended without a transcript."""

    error: Error


class JobCancelled(JobEvent):
    """The run was cancelled before its end: nothing more comes of it."""


class JobDeleted(JobEvent):
    """The job is gone, with its recording and all that came of it. It is the last that is heard of it."""


class JobProgressed(Frozen):
    """For those who watch: units ended, and no other event tells of it. Not stored, and not counted by
    `sequence`."""

    job: UUID
    status: JobStatus
    run: int = Field(default=1, ge=1)
    progress: int = Field(ge=0, le=100)
    stages: tuple[StageView, ...]


class TranscriptCompleted(JobEvent):
    """The transcript is complete, and can be read. `text` is inline up to 96 KiB of UTF-8, else None: GET
    `href`."""

    language: Language | None = None
    duration: float
    """Seconds of the recording."""
    segments: int
    """How many there are."""
    gaps: int
    """How many stretches have no words, silence among them."""
    confidence: float | None = None
    """0..1: how sure the model was, which is not how right, over all segments by their length."""
    engine: EngineInfo | None = None
    text: str | None = None
    """All that was said."""
    href: str
    """Path of the API where the transcript is, with times and words."""


class AnalysisCompleted(JobEvent):
    """There is a report, or an answer to the job's brief. `analysis` is inline up to 96 KiB of JSON, else
    None: GET `href`."""

    analysis: Analysis | None = None
    href: str | None = None
    """Path of the API where the analysis is."""


class AnalysisFailed(JobEvent):
    """There is no analysis; the transcript stays as it is."""

    error: Error


class ActionItemFound(JobEvent):
    """Somebody said what is to be done. By the tenant's rule; one event an item."""

    number: int = Field(ge=0)
    """The item's place in the analysis."""
    item: ActionItem | None = None
    """None where events only refer to what was said: GET `href`."""
    href: str | None = None
    """Path of the API where the analysis is."""


class SentimentNegative(JobEvent):
    """The mood of the recording is as bad as the tenant's rule says, or worse."""

    sentiment: Sentiment
    href: str | None = None
    """Path of the API where the analysis is."""

"""A job, its units, and what came of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from scribeline.contracts.job import JobStatus
from scribeline.contracts.unit import Stage, UnitStatus
from scribeline.storage.models.columns import LocalMoment, json, moment, now, of_job, ordered_json


class RunState(SQLModel):
    """What is told of a run of a job: of the current one in the job's own row, of earlier ones beside it.
    `status`, `stages`, `progress` and `error` are derived."""

    status: JobStatus = Field(default=JobStatus.QUEUED, sa_type=Text)
    stages: list[dict[str, Any]] = json(default_factory=list)
    """`StageView`s."""
    progress: int = 0
    error: dict[str, Any] | None = json(default=None)
    """`Error`, when the job failed."""
    input_run: int | None = None
    """The earlier run from which results were taken over."""
    options: dict[str, Any] = json()
    """`TranscriptionOptions`."""
    analyze: bool = True
    brief: dict[str, Any] | None = ordered_json(default=None)
    """`Brief`: what the analysis is asked instead of a report."""
    recorded_at: datetime | None = Field(default=None, sa_type=LocalMoment)
    """When the recording was made, as the client says."""
    audio_key: str | None = None
    duration: float | None = None
    """Seconds of audio, once decoded."""
    channels: int = 1
    """Of the normalised recording, once decoded."""
    confidence: float | None = None
    """Of the transcript, once complete: see `contracts.confidence`."""
    language: str | None = None
    language_probability: float | None = None
    engine: dict[str, Any] | None = json(default=None)
    """`EngineInfo` of the transcription."""
    pieces: int | None = None
    """How many chunk units the plan made."""
    has_text: bool | None = None
    """Known once the transcription is complete."""
    opened_at: datetime | None = moment(default=None)
    """When the run was asked for, where it is a later one."""
    started_at: datetime | None = moment(default=None)
    """When the first outcome came."""
    transcribed_at: datetime | None = moment(default=None)
    finished_at: datetime | None = moment(default=None)


class JobRow(RunState, table=True):
    """One recording and what became of it in its current run."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("tenant", "id"),
        Index("job_by_tenant", "tenant", "id"),
        Index("job_by_owner", "tenant", "owner", "id"),
        Index("job_to_remove", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
        Index("job_by_end", "finished_at", postgresql_where=text("deleted_at IS NULL")),
        Index(
            "job_that_failed",
            "finished_at",
            postgresql_where=text("status = 'failed' AND deleted_at IS NULL"),
        ),
        Index("job_in_flight", "tenant", postgresql_where=text("finished_at IS NULL")),
        Index("job_by_tags", "tags", postgresql_using="gin"),
        Index(
            "job_that_waits",
            "continues",
            postgresql_where=text("continues IS NOT NULL AND offset_seconds IS NULL"),
        ),
        Index(
            "job_by_metadata",
            "metadata",
            postgresql_using="gin",
            postgresql_ops={"metadata": "jsonb_path_ops"},
        ),
    )
    id: UUID = Field(primary_key=True)
    tenant: str = Field(max_length=40, foreign_key="tenant.name")
    owner: str | None = Field(default=None, max_length=128)
    run: int = 1
    sequence: int = 0
    """Of the last event."""
    client_metadata: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column("metadata", JSONB, nullable=False)
    )
    tags: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    filename: str | None = Field(default=None, max_length=255)
    content_type: str | None = Field(default=None, max_length=255)
    source_key: str
    bytes: int = Field(sa_type=BigInteger)
    sha256: str | None = Field(default=None, max_length=64)
    """Of the recording; None where it came straight to the store and its client did not say."""
    continues: UUID | None = None
    """The job whose transcript comes before its own, as its client said; it may be gone."""
    offset_seconds: float | None = None
    """By which its own times are moved in its transcript, in every run. None where nothing was to come
    before, or while it is not known yet: see `storage.continuing`."""
    webhook_url: str | None = None
    """As its client gave it: its `WebhookRow` is told of this job's events."""
    traceparent: str | None = Field(default=None, max_length=55)
    created_at: datetime = moment(default_factory=now)
    keep_seconds: int | None = Field(default=None, sa_type=BigInteger)
    """How long the job is kept after it has ended, where its client said so."""
    deleted_at: datetime | None = moment(default=None)
    """Nobody sees it any more; its objects and rows go as soon as it has ended."""
    wiped_at: datetime | None = moment(default=None)
    """When its recording was removed. Its row stays while a worker may still write."""


class JobRunRow(RunState, table=True):
    """How a run that was not the last one had ended."""

    __tablename__ = "job_run"
    __table_args__ = (of_job(),)
    job: UUID = Field(primary_key=True)
    run: int = Field(primary_key=True)
    tenant: str = Field(max_length=40)
    owner: str | None = Field(default=None, max_length=128)


class UnitRow(SQLModel, table=True):
    """One unit of work: its command, and what became of it."""

    __tablename__ = "unit"
    __table_args__ = (
        of_job(),
        Index(
            "unit_waiting",
            *("tenant", "queue", "job", "index"),
            postgresql_include=["stage"],
            postgresql_where=text("status = 'waiting'"),
        ),
        Index(
            "unit_released",
            *("tenant", "queue", "job"),
            postgresql_include=["stage", "released_at"],
            postgresql_where=text("status = 'released'"),
        ),
    )
    job: UUID = Field(primary_key=True)
    stage: Stage = Field(primary_key=True, sa_type=Text)
    index: int = Field(primary_key=True)
    run: int = Field(primary_key=True, default=1)
    tenant: str = Field(max_length=40)
    owner: str | None = Field(default=None, max_length=128)
    queue: str
    status: UnitStatus = Field(default=UnitStatus.WAITING, sa_type=Text)
    command: dict[str, Any] = ordered_json()
    """The data of its command message."""
    releases: int = 0
    """How often it was sent."""
    handed_back: bool = False
    """A `short` unit that turned out long: done, but without words."""
    gaps: list[dict[str, Any]] = json(default_factory=list)
    pieces: list[dict[str, Any]] = json(default_factory=list)
    """`Piece`s that a plan cut."""
    error: dict[str, Any] | None = json(default=None)
    processing_seconds: float | None = None
    """What a worker computed."""
    attempts: int | None = None
    """Which attempt ended it. None, as the three that follow, where no worker told."""
    put_off_at: datetime | None = moment(default=None)
    """When its message was put off first: an attempt had failed, or a dependency was away."""
    began_at: datetime | None = moment(default=None)
    """When that attempt began, by its worker's clock."""
    handled_seconds: float | None = None
    """How long it was in its worker's hands in that attempt."""
    created_at: datetime = moment(default_factory=now)
    released_at: datetime | None = moment(default=None)
    """When it was sent last."""
    finished_at: datetime | None = moment(default=None)
    """When its outcome was stored."""


BEFORE = 0
"""In place of a run: segments that come before the job's own recording, in each of its runs."""


class SegmentRow(SQLModel, table=True):
    """One stretch of speech, keyed by the piece it was heard in. Times are seconds on the file's clock.

    What comes `BEFORE` the job's own recording has no piece: -1. There, times are those of the transcript.
    """

    __tablename__ = "segment"
    __table_args__ = (of_job(),)
    job: UUID = Field(primary_key=True)
    run: int = Field(primary_key=True)
    piece: int = Field(primary_key=True)
    id: int = Field(primary_key=True)
    tenant: str = Field(max_length=40)
    owner: str | None = Field(default=None, max_length=128)
    start: float
    end: float
    text: str
    confidence: float | None
    """None, as the two that follow, where no model heard it: a client gave the text."""
    avg_logprob: float | None
    no_speech_prob: float | None
    words: list[dict[str, Any]] | None = json(default=None)
    speaker: str | None = Field(default=None, max_length=100)

    @property
    def untimed(self) -> bool:
        """Whether nobody knows when it was said: a text that was given without times."""
        return self.confidence is None and self.start == self.end


class GapsBeforeRow(SQLModel, table=True):
    """What is left out of what comes `BEFORE` a job's own recording. Beside the job, because whoever lists or
    locks jobs does not want it."""

    __tablename__ = "gaps_before"
    __table_args__ = (of_job(),)
    job: UUID = Field(primary_key=True)
    tenant: str = Field(max_length=40)
    owner: str | None = Field(default=None, max_length=128)
    gaps: list[dict[str, Any]] = json()
    """`Gap`s, on the transcript's clock."""


class AnalysisRow(SQLModel, table=True):
    """The analysis of a part, or of the whole recording (`final`)."""

    __tablename__ = "analysis"
    __table_args__ = (
        of_job(),
        Index("analysis_final", "job", "run", unique=True, postgresql_where=text("final")),
    )
    job: UUID = Field(primary_key=True)
    stage: Stage = Field(primary_key=True, sa_type=Text)
    index: int = Field(primary_key=True)
    run: int = Field(primary_key=True)
    tenant: str = Field(max_length=40)
    owner: str | None = Field(default=None, max_length=128)
    final: bool = False
    body: dict[str, Any] = ordered_json()
    """`Analysis`."""
    created_at: datetime = moment(default_factory=now)


class IdempotencyRow(SQLModel, table=True):
    """The winner of an `Idempotency-Key`."""

    __tablename__ = "idempotency"
    __table_args__ = (of_job(),)
    tenant: str = Field(primary_key=True, max_length=40)
    owner: str = Field(primary_key=True, max_length=128, default="")
    key: str = Field(primary_key=True, max_length=255)
    fingerprint: str = Field(max_length=64)
    job: UUID
    created_at: datetime = moment(default_factory=now)

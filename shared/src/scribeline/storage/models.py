"""The tables. Outcomes are written by the result-writer only; a job's birth by the gateway.

`tenant` and `owner` stand on every row, so that row-level policies and reads need no join.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import Dialect
from sqlmodel import Field, SQLModel

from scribeline.contracts.job import JobStatus
from scribeline.contracts.unit import Stage, UnitStatus


def now() -> datetime:
    return datetime.now(UTC)


def _moment(**options: Any) -> Any:
    return Field(sa_type=DateTime(timezone=True), **options)


def _json(**options: Any) -> Any:
    return Field(sa_type=JSONB(none_as_null=True), **options)


def _ordered_json(**options: Any) -> Any:
    """A language model fills a schema's properties in their order: JSONB would change it."""
    return Field(sa_type=JSON(none_as_null=True), **options)


class LocalMoment(TypeDecorator[datetime]):
    """ISO 8601 with its offset, which timestamptz forgets: "tomorrow" is told by the clock on the wall."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> str | None:
        return value.isoformat() if value else None

    def process_result_value(self, value: str | None, _: Dialect) -> datetime | None:
        return datetime.fromisoformat(value) if value else None


def _of_job() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant", "job"], ["job.tenant", "job.id"], ondelete="CASCADE")


class TenantRow(SQLModel, table=True):
    """Its row lock orders whoever opens or fills the tenant's windows."""

    __tablename__ = "tenant"
    name: str = Field(primary_key=True, max_length=40)
    rules: dict[str, Any] = _json(default_factory=dict)
    """`TenantRules`."""
    retention_days: int | None = None
    """How long its jobs are kept after they have ended, where that is not as everywhere."""
    created_at: datetime = _moment(default_factory=now)


class TemplateRow(SQLModel, table=True):
    """A brief by name, as a tenant wrote it."""

    __tablename__ = "template"
    tenant: str = Field(primary_key=True, max_length=40, foreign_key="tenant.name", ondelete="CASCADE")
    name: str = Field(primary_key=True, max_length=64)
    description: str = Field(default="", max_length=500)
    prompt: str | None = Field(default=None, max_length=4000)
    answer_schema: dict[str, Any] | None = _ordered_json(default=None)
    """As the tenant gave it; its bounds are added when a job takes it."""
    created_at: datetime = _moment(default_factory=now)
    updated_at: datetime = _moment(default_factory=now)


class ApiKeyRow(SQLModel, table=True):
    """An API key; only its keyed digest is stored."""

    __tablename__ = "api_key"
    id: UUID = Field(primary_key=True)
    tenant: str = Field(max_length=40, foreign_key="tenant.name", ondelete="CASCADE", index=True)
    owner: str | None = Field(default=None, max_length=128)
    name: str = Field(default="", max_length=100)
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    """HMAC-SHA256 of the key under the installation's key secret."""
    hint: str = Field(default="", max_length=16)
    """The key's first characters, to recognise it by."""
    scopes: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    created_at: datetime = _moment(default_factory=now)
    expires_at: datetime | None = _moment(default=None)
    revoked_at: datetime | None = _moment(default=None)


class JobRow(SQLModel, table=True):
    """One recording and what became of it. `status`, `stages`, `progress` and `error` are derived."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("tenant", "id"),
        Index("job_by_tenant", "tenant", "id"),
        Index("job_by_owner", "tenant", "owner", "id"),
        Index("job_to_remove", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
        Index("job_by_end", "finished_at", postgresql_where=text("deleted_at IS NULL")),
        Index("job_by_tags", "tags", postgresql_using="gin"),
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
    status: JobStatus = Field(default=JobStatus.QUEUED, sa_type=Text)
    stages: list[dict[str, Any]] = _json(default_factory=list)
    """`StageView`s."""
    progress: int = 0
    error: dict[str, Any] | None = _json(default=None)
    """`Error`, when the job failed."""
    run: int = 1
    sequence: int = 0
    """Of the last event."""
    options: dict[str, Any] = _json()
    """`TranscriptionOptions`."""
    analyze: bool = True
    brief: dict[str, Any] | None = _ordered_json(default=None)
    """`Brief`: what the analysis is asked instead of a report."""
    recorded_at: datetime | None = Field(default=None, sa_type=LocalMoment)
    """When the recording was made, as the client says."""
    client_metadata: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column("metadata", JSONB, nullable=False)
    )
    tags: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    filename: str | None = Field(default=None, max_length=255)
    content_type: str | None = Field(default=None, max_length=255)
    source_key: str
    bytes: int = Field(sa_type=BigInteger)
    sha256: str = Field(max_length=64)
    audio_key: str | None = None
    duration: float | None = None
    """Seconds of audio, once decoded."""
    channels: int = 1
    """Of the normalised recording, once decoded."""
    confidence: float | None = None
    """Of the transcript, once complete: see `contracts.confidence`."""
    language: str | None = None
    language_probability: float | None = None
    engine: dict[str, Any] | None = _json(default=None)
    """`EngineInfo` of the transcription."""
    pieces: int | None = None
    """How many chunk units the plan made."""
    has_text: bool | None = None
    """Known once the transcription is complete."""
    traceparent: str | None = Field(default=None, max_length=55)
    created_at: datetime = _moment(default_factory=now)
    started_at: datetime | None = _moment(default=None)
    """When the first outcome came."""
    transcribed_at: datetime | None = _moment(default=None)
    finished_at: datetime | None = _moment(default=None)
    keep_seconds: int | None = Field(default=None, sa_type=BigInteger)
    """How long the job is kept after it has ended, where its client said so."""
    deleted_at: datetime | None = _moment(default=None)
    """Nobody sees it any more; its objects and rows go as soon as it has ended."""
    wiped_at: datetime | None = _moment(default=None)
    """When its recording was removed. Its row stays while a worker may still write."""


class UnitRow(SQLModel, table=True):
    """One unit of work: its command, and what became of it."""

    __tablename__ = "unit"
    __table_args__ = (
        _of_job(),
        Index("unit_waiting", "tenant", "queue", "job", "index", postgresql_where=text("status = 'waiting'")),
        Index("unit_released", "tenant", "queue", "job", postgresql_where=text("status = 'released'")),
    )
    job: UUID = Field(primary_key=True)
    stage: Stage = Field(primary_key=True, sa_type=Text)
    index: int = Field(primary_key=True)
    run: int = Field(primary_key=True, default=1)
    tenant: str = Field(max_length=40)
    owner: str | None = Field(default=None, max_length=128)
    queue: str
    status: UnitStatus = Field(default=UnitStatus.WAITING, sa_type=Text)
    command: dict[str, Any] = _ordered_json()
    """The data of its command message."""
    releases: int = 0
    """How often it was sent."""
    handed_back: bool = False
    """A `short` unit that turned out long: done, but without words."""
    gaps: list[dict[str, Any]] = _json(default_factory=list)
    pieces: list[dict[str, Any]] = _json(default_factory=list)
    """`Piece`s that a plan cut."""
    error: dict[str, Any] | None = _json(default=None)
    processing_seconds: float | None = None
    created_at: datetime = _moment(default_factory=now)
    released_at: datetime | None = _moment(default=None)
    finished_at: datetime | None = _moment(default=None)


class SegmentRow(SQLModel, table=True):
    """One stretch of speech, keyed by the piece it was heard in. Times are seconds on the file's clock."""

    __tablename__ = "segment"
    __table_args__ = (_of_job(),)
    job: UUID = Field(primary_key=True)
    run: int = Field(primary_key=True)
    piece: int = Field(primary_key=True)
    id: int = Field(primary_key=True)
    tenant: str = Field(max_length=40)
    owner: str | None = Field(default=None, max_length=128)
    start: float
    end: float
    text: str
    confidence: float
    avg_logprob: float
    no_speech_prob: float
    words: list[dict[str, Any]] | None = _json(default=None)
    speaker: str | None = Field(default=None, max_length=100)


class AnalysisRow(SQLModel, table=True):
    """The analysis of a part, or of the whole recording (`final`)."""

    __tablename__ = "analysis"
    __table_args__ = (
        _of_job(),
        Index("analysis_final", "job", "run", unique=True, postgresql_where=text("final")),
    )
    job: UUID = Field(primary_key=True)
    stage: Stage = Field(primary_key=True, sa_type=Text)
    index: int = Field(primary_key=True)
    run: int = Field(primary_key=True)
    tenant: str = Field(max_length=40)
    owner: str | None = Field(default=None, max_length=128)
    final: bool = False
    body: dict[str, Any] = _ordered_json()
    """`Analysis`."""
    created_at: datetime = _moment(default_factory=now)


class OutboxRow(SQLModel, table=True):
    """A message that is decided but not yet confirmed by the broker. Deleted after the confirm."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_due", "claimed_until", "id"),)
    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    tenant: str = Field(max_length=40)
    owner: str | None = Field(default=None, max_length=128)
    job: UUID
    message_id: UUID
    exchange: str
    routing_key: str
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = _moment(default_factory=now)
    claimed_until: datetime | None = _moment(default=None)
    """A relay is sending it until then; afterwards any relay may."""
    refusals: int = 0
    """How often the broker returned or refused it."""


class EventRow(SQLModel, table=True):
    """An event as it was announced, for those who were away: kept some days, and while there is its job."""

    __tablename__ = "event"
    __table_args__ = (
        Index("event_of_job", "job", "position"),
        Index("event_by_id", "tenant", "id"),
        Index("event_by_time", "created_at"),
    )
    position: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    id: UUID
    job: UUID
    tenant: str = Field(max_length=40)
    owner: str | None = Field(default=None, max_length=128)
    type: str
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """The envelope, as it is published; empty once its job is gone."""
    created_at: datetime = _moment()
    """When its transaction began, by the database's clock."""


class IdempotencyRow(SQLModel, table=True):
    """The winner of an `Idempotency-Key`."""

    __tablename__ = "idempotency"
    __table_args__ = (_of_job(),)
    tenant: str = Field(primary_key=True, max_length=40)
    owner: str = Field(primary_key=True, max_length=128, default="")
    key: str = Field(primary_key=True, max_length=255)
    fingerprint: str = Field(max_length=64)
    job: UUID
    created_at: datetime = _moment(default_factory=now)


class PausedQueueRow(SQLModel, table=True):
    """A work queue into which no unit is released until an operator resumes it."""

    __tablename__ = "paused_queue"
    name: str = Field(primary_key=True, sa_type=Text)
    """Without prefix."""
    paused_at: datetime = _moment(default_factory=now)

"""What is to be sent and was announced, and where nothing is sent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from scribeline.storage.models.columns import moment, now


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
    created_at: datetime = moment(default_factory=now)
    claimed_until: datetime | None = moment(default=None)
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
    created_at: datetime = moment()
    """When its transaction began, by the database's clock."""


class PausedQueueRow(SQLModel, table=True):
    """A work queue into which no unit is released until an operator resumes it."""

    __tablename__ = "paused_queue"
    name: str = Field(primary_key=True, sa_type=Text)
    """Without prefix."""
    paused_at: datetime = moment(default_factory=now)

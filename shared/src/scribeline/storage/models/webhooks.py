"""Webhooks, and each event's way to each of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from scribeline.storage.models.columns import json, moment, now

PENDING = text("status = 'pending'")
CLAIMED = text("status = 'pending' AND claimed_until IS NOT NULL")
OF_JOBS = text("job IS NOT NULL")
LAST = text("type = 'job.deleted' AND ended_at IS NOT NULL AND lane LIKE 'callback/%'")
"""What only a job's own webhook waits for: very few at any time."""


class WebhookRow(SQLModel, table=True):
    """An address that is told of a tenant's events, or of one job's (`webhook_url`)."""

    __tablename__ = "webhook"
    __table_args__ = (
        Index("webhook_of_tenant", "tenant", "id", postgresql_where=text("job IS NULL")),
        Index("webhook_of_job", "tenant", "job", unique=True, postgresql_where=OF_JOBS),
    )
    id: UUID = Field(primary_key=True)
    tenant: str = Field(max_length=40, foreign_key="tenant.name", ondelete="CASCADE")
    owner: str | None = Field(default=None, max_length=128)
    """It is told of this user's jobs only; None: of the whole tenant's."""
    job: UUID | None = None
    """It is told of this job only."""
    url: str
    description: str = Field(default="", max_length=200)
    types: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    """Of events; empty: all."""
    content: str = "full"
    """`full`, or `refs`: nothing of what was said."""
    status: str = "active"
    """`active`; `paused`: what is to be sent is held; `disabled`: nothing is to be sent."""
    reason: str | None = None
    """Why it is not active."""
    generation: int = 1
    """Of its secret; see `scribeline.signing`. A job's are signed with its tenant's secret."""
    oldest_generation: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    """Of the former secrets that sign as well."""
    previous_until: datetime | None = moment(default=None)
    """Until then they do."""
    lane: str
    """Deliveries of one lane share a bound on how many are under way. It is the id, or `callback/TENANT/NN`
    for some of a tenant's jobs; pings go by `ping/TENANT`, past what is held."""
    failing_since: datetime | None = moment(default=None)
    """Since when nothing arrived; None after a success."""
    succeeded_at: datetime | None = moment(default=None)
    created_at: datetime = moment(default_factory=now)


class DeliveryRow(SQLModel, table=True):
    """One event on its way to one webhook. Its text is the event's (`EventRow`), as long as that is kept."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("delivery_once", "webhook", "event", unique=True),
        Index("delivery_due", "lane", "next_attempt_at", postgresql_where=PENDING),
        Index("delivery_claimed", "claimed_until", postgresql_where=CLAIMED),
        Index("delivery_ended", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
        Index("delivery_of_webhook", "webhook", "id"),
        Index("delivery_last", "webhook", postgresql_where=LAST),
        Index("delivery_of_tenant", "tenant", "id"),
        Index("delivery_of_job", "tenant", "job", "id"),
    )
    id: UUID = Field(primary_key=True)
    tenant: str = Field(max_length=40)
    owner: str | None = Field(default=None, max_length=128)
    """The event's."""
    webhook: UUID = Field(foreign_key="webhook.id", ondelete="CASCADE")
    lane: str
    event: UUID
    job: UUID
    """The event's subject."""
    type: str
    status: str = "pending"
    """`pending`, `delivered`, `failed` (every try did), `cancelled` (nothing is to be sent any more)."""
    reason: str | None = None
    """Why it failed, or was cancelled."""
    attempts: int = 0
    """Of this round: a replay begins a new one."""
    tries: list[dict[str, Any]] = json(default_factory=list)
    """The latest tries of all rounds, oldest first: `contracts.api.webhooks.TryView`."""
    next_attempt_at: datetime = moment(default_factory=now)
    claimed_until: datetime | None = moment(default=None)
    """A notifier is sending it until then; afterwards any may."""
    replays: int = 0
    created_at: datetime = moment(default_factory=now)
    ended_at: datetime | None = moment(default=None)

"""What is asked of webhooks and deliveries: bodies and queries."""

from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictInt, field_validator, model_validator

from gateway.moments import Moment
from gateway.webhooks.types import MOST_TYPES, EventType, SentType
from scribeline.contracts.api.webhooks import Content, DeliveryStatus
from scribeline.outbound.rules import LONGEST

DAY_SECONDS = 24 * 3600
LONGEST_OVERLAP = 7 * DAY_SECONDS


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class _Described(_Asked):
    @field_validator("description", check_fields=False)
    @classmethod
    def _printable(cls, text: str | None) -> str | None:
        if text is not None and not text.isprintable():
            raise ValueError("may hold printable characters only")
        return text

    @field_validator("types", check_fields=False)
    @classmethod
    def _distinct(cls, types: list[str] | None) -> list[str] | None:
        return None if types is None else list(dict.fromkeys(types))


class NewWebhook(_Described):
    url: str = Field(min_length=1, max_length=LONGEST, examples=["https://hooks.example.com/scribeline"])
    """Where events are sent, by POST; with `https://`."""
    types: list[EventType] = Field(default=[], max_length=MOST_TYPES)
    """Of events; all, when left out."""
    description: str = Field(default="", max_length=200)
    """For yourself."""
    content: Content = Content.FULL
    """`full`, or `refs`: nothing of what was said, but where to GET it."""


class ActiveOrNot(StrEnum):
    """`active`: a paused one goes on, and what is held is sent; a disabled one is told of what comes.
    `disabled`: nothing is sent any more, nor what was still to be sent."""

    ACTIVE = "active"
    DISABLED = "disabled"


class WebhookChange(_Described):
    """What is left out, or null, stays as it is."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    url: str | None = Field(default=None, min_length=1, max_length=LONGEST)
    """Its secret stays the same."""
    types: list[EventType] | None = Field(default=None, max_length=MOST_TYPES)
    """Of events; empty: all."""
    description: str | None = Field(default=None, max_length=200)
    content: Content | None = None
    status: ActiveOrNot | None = None

    @model_validator(mode="after")
    def _names_something(self) -> "WebhookChange":
        if not self.model_fields_set:
            raise ValueError("names nothing to change")
        return self


class Rotation(_Asked):
    overlap_seconds: StrictInt = Field(default=DAY_SECONDS, ge=0, le=LONGEST_OVERLAP)
    """For so long the secrets before sign as well, if not for longer already; 0: from now on none does."""


class Replay(_Asked):
    since: Moment
    """Events from that moment on; they are kept for 7 days."""
    until: Moment | None = None
    """Before that moment; up to now, when left out."""
    types: list[EventType] = Field(default=[], max_length=MOST_TYPES)
    """Only these, of those that the webhook is told of."""
    status: Literal["failed", "delivered", "cancelled", "any"] = "any"
    """Only those whose delivery ended so. `any`: also those that it was never told of."""

    @model_validator(mode="after")
    def _in_order(self) -> "Replay":
        if self.until is not None and self.until <= self.since:
            raise ValueError("until: must be after since")
        return self


class DeliveryFilter(_Asked):
    """Deliveries that have everything that is named."""

    webhook: UUID | None = None
    """To this webhook."""
    job: UUID | None = None
    """Of this job's events."""
    status: list[DeliveryStatus] = Field(default=[], max_length=10)
    """In one of these states."""
    type: list[SentType] = Field(default=[], max_length=MOST_TYPES)
    """Of one of these types."""
    limit: int = Field(default=50, ge=1, le=200)
    """Most deliveries in one answer."""
    cursor: UUID | None = None
    """`next_cursor` of the answer before, asked with the same filter."""

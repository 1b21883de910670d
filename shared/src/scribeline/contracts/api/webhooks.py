"""Webhooks, and the log of what was sent to them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import ConfigDict

from scribeline.contracts.api.view import View


class WebhookStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    """What is to be sent is held until it is resumed."""
    DISABLED = "disabled"
    """Nothing is to be sent."""


class Content(StrEnum):
    FULL = "full"
    REFS = "refs"
    """Nothing of what was said, but where to GET it."""


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Every try did."""
    CANCELLED = "cancelled"
    """Its webhook was disabled, or what the event told is deleted."""


class WebhookView(View):
    model_config = ConfigDict(use_attribute_docstrings=True, title="Webhook")

    id: UUID
    url: str
    description: str
    types: list[str]
    """Of events; empty: all."""
    content: Content
    status: WebhookStatus
    reason: str | None
    """Why it is not active."""
    owner: str | None
    """It is told of this user's jobs only."""
    failing_since: datetime | None
    """Since when nothing arrived."""
    succeeded_at: datetime | None
    created_at: datetime
    previous_secret_until: datetime | None
    """Until then the secrets before sign as well."""


class SecretWebhook(WebhookView):
    model_config = ConfigDict(use_attribute_docstrings=True, title="WebhookWithSecret")

    secret: str
    """Shown now and not again: each delivery is signed with it, as Standard Webhooks says."""


class WebhookList(View):
    webhooks: list[WebhookView]


class CallbackSecret(View):
    secret: str
    """Signs what is sent to the `webhook_url` of any of your tenant's jobs."""
    previous_secret_until: datetime | None
    """Until then the secrets before sign as well."""


class TryView(View):
    model_config = ConfigDict(use_attribute_docstrings=True, title="DeliveryTry")

    at: datetime
    status: int | None
    """Of the answer; null where there was none."""
    error: str | None
    """Why it is no success; null where it is one."""
    body: str
    """How the answer's body begins: 1 KiB of it."""
    seconds: float


class DeliveryView(View):
    model_config = ConfigDict(use_attribute_docstrings=True, title="Delivery")

    id: UUID
    webhook: UUID
    event: UUID
    """The event's id, which is also the header `webhook-id` of every try."""
    type: str
    job: UUID | None
    """Null for events of the webhook itself."""
    status: DeliveryStatus
    reason: str | None
    """Why it failed, or was cancelled."""
    attempts: int
    """Since it was last replayed."""
    next_attempt_at: datetime | None
    """Null once it has ended."""
    replays: int
    created_at: datetime
    ended_at: datetime | None
    tries: list[TryView]
    """The latest ones, oldest first."""


class DeliveryList(View):
    deliveries: list[DeliveryView]
    """Newest first."""
    next_cursor: str | None
    """Give it as `cursor` to see older ones; null on the last page."""


class Replayed(View):
    deliveries: int
    """That are sent again, or for the first time."""

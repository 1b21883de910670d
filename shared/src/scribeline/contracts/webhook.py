"""What a tenant is told of its webhooks."""

from datetime import datetime
from uuid import UUID

from scribeline.contracts.base import Frozen


class WebhookEvent(Frozen):
    webhook: UUID


class WebhookPing(WebhookEvent):
    """Asked for by the webhook's owner, to see that it arrives."""


class WebhookPaused(WebhookEvent):
    """A webhook failed for as long as is waited: what is to be sent to it is held until it is resumed."""

    url: str
    """Scheme and host alone: the rest may hold a secret."""
    reason: str
    failing_since: datetime


class WebhookDisabled(WebhookEvent):
    """The receiver of a webhook said that it is gone (410): nothing is sent to it any more."""

    url: str
    """Scheme and host alone."""
    reason: str

"""The notifier's settings."""

from typing import Literal

from pydantic import Field

from scribeline.outbound.settings import WebhookSettings
from scribeline.settings import BrokerSettings, DatabaseSettings, HealthSettings
from scribeline.storage.roles import NOTIFIER

SERVICE = "notifier"


class NotifierSettings(HealthSettings, BrokerSettings, DatabaseSettings, WebhookSettings):
    database_role: str = Field(default=NOTIFIER, max_length=63)
    """Role that the notifier takes in the database: all tenants' webhooks, deliveries and events, and nothing
    else. Migrating lets the login of `SCRIBELINE_DATABASE_URL` take it. Empty: that login keeps its own
    rights, as one that is the notifier's alone and a member of `scribeline_notifier`."""
    public_events: Literal["full", "refs"] = "full"
    """What the events on the exchange `scribeline.public` tell: `full`, or `refs`, which tell nothing of what
    was said, but where to GET it."""
    notifier_batch: int = Field(default=64, ge=1, le=1000)
    """Most events forwarded, or spread over webhooks, at a time."""
    webhooks_in_flight: int = Field(default=128, ge=1, le=2000)
    """Most webhooks that one notifier sends at once."""
    webhooks_per_endpoint: int = Field(default=4, ge=1, le=100)
    """Most of them to one webhook, or to one host of a tenant's `webhook_url`s (hosts may share them by
    chance), by all notifiers together."""
    webhooks_tenant_share: float = Field(default=0.25, gt=0, le=1)
    """Part of `SCRIBELINE_WEBHOOKS_IN_FLIGHT` that one tenant may use: receivers and names
    that are slow, however many they are, then slow down their own tenant and nobody else."""
    webhook_seconds: float = Field(default=15.0, gt=0, le=120)
    """Longest time of one try, from connecting to the end of the answer."""
    webhook_log_days: int = Field(default=30, ge=1)
    """How long a delivery that has ended is kept in the log."""

"""What a tenant is told when a webhook of its own stops."""

from datetime import datetime
from urllib.parse import urlsplit

from uuid_utils.compat import uuid7

from notifier.settings import SERVICE
from scribeline.contracts.envelope import Envelope, wrap
from scribeline.contracts.webhook import WebhookDisabled, WebhookPaused
from scribeline.storage.claims import Due


def paused(due: Due, reason: str, failing_since: datetime, now: datetime) -> Envelope:
    hook = due.webhook
    data = WebhookPaused(
        webhook=hook.id, url=without_secrets(hook.url), reason=reason, failing_since=failing_since
    )
    return _notice(due, data, now)


def disabled(due: Due, reason: str, now: datetime) -> Envelope:
    hook = due.webhook
    return _notice(due, WebhookDisabled(webhook=hook.id, url=without_secrets(hook.url), reason=reason), now)


def without_secrets(url: str) -> str:
    """Scheme, host and port: there are services whose paths are the secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _notice(due: Due, data: WebhookPaused | WebhookDisabled, now: datetime) -> Envelope:
    # decided under the webhook's lock, in one transaction: it is there once, or not at all
    hook = due.webhook
    return wrap(data, id=uuid7(), job=hook.id, tenant=due.tenant, owner=hook.owner, source=SERVICE, time=now)

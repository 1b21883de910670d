"""What a webhook is sent of an event: its bytes, and the secrets that sign them."""

from collections.abc import Iterator
from datetime import datetime

from notifier.content import referring
from notifier.outgoing import Outgoing
from scribeline.contracts.api.webhooks import Content
from scribeline.contracts.envelope import decode
from scribeline.signing import callback_secret, webhook_secret
from scribeline.storage.claims import Due
from scribeline.telemetry.tracing import traceparent_in


def letter(due: Due, master: str, now: datetime) -> Outgoing:
    """Raises Unreadable where the event is to be changed and cannot be read."""
    body = due.body
    if due.webhook.content == Content.REFS:
        body = referring(decode(body)).encode()
    secrets = tuple(_secrets(due, master, now))
    return Outgoing(str(due.event), due.webhook.url, body, secrets, due.type, traceparent_in(due.body))


def _secrets(due: Due, master: str, now: datetime) -> Iterator[str]:
    """Newest first."""
    hook = due.webhook
    for generation in hook.generations.signing(now):
        if hook.job is None:
            yield webhook_secret(master, hook.id, generation)
        else:
            yield callback_secret(master, due.tenant, generation)

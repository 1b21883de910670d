"""Webhooks and deliveries as the API shows them."""

from datetime import UTC, datetime

from scribeline.contracts.api.webhooks import (
    Content,
    DeliveryStatus,
    DeliveryView,
    SecretWebhook,
    TryView,
    WebhookStatus,
    WebhookView,
)
from scribeline.contracts.catalogue import EVENTS
from scribeline.signing import webhook_secret
from scribeline.storage.models import DeliveryRow, WebhookRow


def webhook_view(row: WebhookRow) -> WebhookView:
    told = row.model_dump(include=WebhookView.model_fields.keys() - {"content", "status"})
    return WebhookView(
        **told,
        content=Content(row.content),
        status=WebhookStatus(row.status),
        previous_secret_until=to_come(row.previous_until),
    )


def with_secret(row: WebhookRow, master: str) -> SecretWebhook:
    return SecretWebhook(
        **webhook_view(row).model_dump(), secret=webhook_secret(master, row.id, row.generation)
    )


def delivery_view(row: DeliveryRow) -> DeliveryView:
    told = row.model_dump(
        include=DeliveryView.model_fields.keys() - {"job", "status", "tries", "next_attempt_at"}
    )
    pending = row.status == DeliveryStatus.PENDING
    return DeliveryView(
        **told,
        job=row.job if row.type in EVENTS else None,
        status=DeliveryStatus(row.status),
        next_attempt_at=row.next_attempt_at if pending else None,
        tries=[TryView.model_validate(each) for each in row.tries],
    )


def to_come(moment: datetime | None) -> datetime | None:
    """None where it is past."""
    return moment if moment is not None and moment > datetime.now(UTC) else None

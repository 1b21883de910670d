"""What follows from a try: for the delivery, and for its webhook."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from notifier.outgoing import Answer
from notifier.schedule import Schedule
from scribeline.contracts.api.webhooks import DeliveryStatus, TryView, WebhookStatus
from scribeline.storage.claims import Due
from scribeline.storage.settlements import Standing

GONE = 410
"""The receiver wants nothing any more. https://www.rfc-editor.org/rfc/rfc9110#name-410-gone"""
TRIES_KEPT = 20

EVENT_UNREADABLE = "event_unreadable"
RECEIVER_GONE = "receiver_gone"
TRIES_EXHAUSTED = "tries_exhausted"


@dataclass(frozen=True)
class Verdict:
    """What a delivery becomes."""

    status: DeliveryStatus
    reason: str | None = None
    again_at: datetime | None = None
    """Of one that stays pending."""
    webhook: WebhookStatus | None = None
    """What its webhook becomes; None: what it was."""


def tried(due: Due, answer: Answer, began: datetime) -> list[dict[str, Any]]:
    """The log with this try, as `contracts.api.webhooks.TryView`: the latest ones."""
    this = TryView(
        at=began, status=answer.status, error=answer.error, body=answer.body, seconds=round(answer.seconds, 3)
    )
    return [*due.tries, this.model_dump(mode="json")][-TRIES_KEPT:]


def judge(
    due: Due,
    answer: Answer,
    tries: Sequence[dict[str, Any]],
    standing: Standing,
    *,
    schedule: Schedule,
    now: datetime,
    random: float,
) -> Verdict:
    """`tries` are those of the log with this one, `random` is in [0, 1)."""
    attempts = due.attempts + 1
    if answer.ok:
        return Verdict(DeliveryStatus.DELIVERED)
    moved = standing.url != due.webhook.url  # meanwhile: the new address has not failed
    if answer.status == GONE and not moved:
        return Verdict(DeliveryStatus.FAILED, RECEIVER_GONE, webhook=WebhookStatus.DISABLED)
    again = schedule.again(attempts, answer, now, random)
    if again is not None:
        return Verdict(DeliveryStatus.PENDING, again_at=again)
    pause = (
        not moved
        and due.webhook.job is None  # nobody could resume a job's
        and standing.status == WebhookStatus.ACTIVE
        and _nothing_arrived(tries[-attempts:], standing)
    )
    return Verdict(DeliveryStatus.FAILED, TRIES_EXHAUSTED, webhook=WebhookStatus.PAUSED if pause else None)


def _nothing_arrived(tries: Sequence[dict[str, Any]], standing: Standing) -> bool:
    """At this webhook, since the delivery began: another event may well have."""
    began = datetime.fromisoformat(tries[0]["at"])
    return standing.succeeded_at is None or standing.succeeded_at < began


def told(answer: Answer) -> str:
    """Why a webhook is stopped, for its owner."""
    if answer.status == GONE:
        return "Its receiver answered 410 Gone."
    if answer.status is not None:
        return f"No try succeeded: the last one was answered {answer.status}."
    return f"No try succeeded. The last one: {answer.error}"

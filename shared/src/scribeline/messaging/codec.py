"""Between AMQP messages and envelopes. What cannot be read is an answer, not an accident."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractIncomingMessage, HeadersType

from scribeline.contracts.base import Frozen
from scribeline.contracts.envelope import Envelope, Unreadable, decode

CONTENT_TYPE = "application/cloudevents+json"
MAX_BODY = 16 * 2**20
"""Bytes of a message we are willing to parse; our own stay far below."""

ATTEMPT = "x-attempt"
REASON = "x-reason"
SINCE = "x-first-failed-at"
DIED = "x-died-at"
REDRIVE = "x-redrive"
"""How often an operator had it tried again."""


def message(body: bytes, message_id: str | None, headers: HeadersType | None = None) -> Message:
    """A persistent message."""
    return Message(
        body,
        message_id=message_id,
        content_type=CONTENT_TYPE,
        delivery_mode=DeliveryMode.PERSISTENT,
        headers=headers or {},
    )


def read(delivery: AbstractIncomingMessage, accepts: Collection[type[Frozen]]) -> Envelope:
    """Decode a delivery of one of the accepted kinds. Raises Unreadable, and nothing else."""
    if len(delivery.body) > MAX_BODY:
        raise Unreadable(f"a body of {len(delivery.body)} bytes")
    envelope = decode(delivery.body)
    if not isinstance(envelope.data, tuple(accepts)):
        raise Unreadable(f"{envelope.type} does not belong in this queue")
    return envelope


def attempt_of(delivery: AbstractIncomingMessage) -> int:
    """Which attempt this is, from 1. A foreign header value counts as none."""
    value = delivery.headers.get(ATTEMPT)
    return value if isinstance(value, int) and 1 <= value <= 1000 else 1


def put_off_at(delivery: AbstractIncomingMessage) -> datetime | None:
    """When it was set aside first, to be tried again; None for one that never was."""
    try:
        told = datetime.fromisoformat(str(delivery.headers.get(SINCE)))
    except ValueError:
        return None
    return told if told.tzinfo is not None else None


def waited(delivery: AbstractIncomingMessage, written: datetime) -> float | None:
    """Seconds since a message was written, at least 0 where clocks differ. None for one that was delivered
    before, or was set aside on purpose since: for another attempt, while a dependency was away, or as a dead
    letter."""
    if delivery.redelivered or ATTEMPT in delivery.headers or REDRIVE in delivery.headers:
        return None
    return max((datetime.now(UTC) - written).total_seconds(), 0.0)


def death_of(delivery: AbstractIncomingMessage) -> str:
    """Why a message died: our own reason, or the broker's (it killed its workers)."""
    reason = delivery.headers.get(REASON)
    if isinstance(reason, str):
        return reason
    death = _death(delivery)
    return f"set aside by the broker: {death.get('reason')!s}" if death else "no reason was given"


def died_at(delivery: AbstractIncomingMessage) -> str | None:
    """When a message died, in ISO 8601, as we or the broker wrote it down."""
    own, told = delivery.headers.get(DIED), _death(delivery).get("time")
    if isinstance(own, str):
        return own
    return told.isoformat() if isinstance(told, datetime) else None


def _death(delivery: AbstractIncomingMessage) -> dict[str, Any]:
    """What the broker noted of the last time that it set the message aside."""
    deaths = delivery.headers.get("x-death")
    last = deaths[0] if isinstance(deaths, list) and deaths else None
    return last if isinstance(last, dict) else {}


def buried(delivery: AbstractIncomingMessage, reason: str) -> Message:
    """The same message as a dead letter."""
    letter = again(delivery, attempt_of(delivery), reason)
    letter.headers[DIED] = datetime.now(UTC).isoformat()
    return letter


def again(delivery: AbstractIncomingMessage, attempt: int, reason: str | None = None) -> Message:
    """The same message for a later attempt: same id, same bytes."""
    since = delivery.headers.get(SINCE)
    headers: dict[str, str | int] = {
        ATTEMPT: attempt,
        SINCE: since if isinstance(since, str) else datetime.now(UTC).isoformat(),
    }
    if isinstance(redriven := delivery.headers.get(REDRIVE), int):
        headers[REDRIVE] = redriven
    if reason is not None:
        headers[REASON] = reason
    return message(delivery.body, delivery.message_id, dict(headers))

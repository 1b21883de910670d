"""Spans of messages, named and described as OpenTelemetry's conventions for messaging ask:
https://opentelemetry.io/docs/specs/semconv/messaging/rabbitmq/
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Protocol

from aio_pika import Message
from aio_pika.abc import AbstractIncomingMessage

from scribeline.contracts import routes
from scribeline.contracts.envelope import Envelope
from scribeline.contracts.unit import Command, Outcome
from scribeline.messaging.codec import attempt_of
from scribeline.telemetry import spans
from scribeline.telemetry.spans import Kind, Span, Value
from scribeline.telemetry.tracing import traceparent_in

EVENTS = (routes.EVENTS, routes.PUBLIC)
"""Keys there hold tenants, which would make names without end."""


class Taken(Protocol):
    """One message of a batch."""

    @property
    def queue(self) -> str: ...
    @property
    def delivery(self) -> AbstractIncomingMessage: ...
    @property
    def content(self) -> object: ...


def sending(exchange: str, key: str, message: Message) -> AbstractContextManager[Span]:
    """Around a publish. A child of the work that it comes of, or of what the message itself names."""
    if not spans.on():
        return spans.NOBODY
    where = exchange if exchange in EVENTS else ":".join(dict.fromkeys(filter(None, (exchange, key))))
    attributes: dict[str, Value] = {
        **_attributes("publish", "send", where),
        "messaging.rabbitmq.destination.routing_key": key,
        "messaging.message.id": message.message_id or "",
        "messaging.message.body.size": len(message.body),
    }
    parent = spans.current() or traceparent_in(message.body)
    return spans.span(Kind.PRODUCER, f"publish {where}", parent, attributes)


def processing(
    queue: str, delivery: AbstractIncomingMessage, content: object, *, shared: bool = False
) -> AbstractContextManager[Span]:
    """Around the handling of a message: a child of the request that its job came with. `shared`: others are
    handled at once."""
    if not spans.on():
        return spans.NOBODY
    attributes: dict[str, Value] = {
        **_attributes("process", "process", queue),
        "messaging.rabbitmq.destination.routing_key": delivery.routing_key or "",
        "messaging.message.id": delivery.message_id or "",
        "messaging.message.body.size": len(delivery.body),
        "scribeline.attempt": attempt_of(delivery),
        **_of(content),
    }
    parent = content.traceparent if isinstance(content, Envelope) else traceparent_in(delivery.body)
    return spans.span(Kind.CONSUMER, f"process {queue}", parent, attributes, shared=shared)


@contextmanager
def processing_all(batch: Sequence[Taken]) -> Iterator[None]:
    """One span for each message of a batch, as they are of different traces; all are as long as the batch.
    What is sent meanwhile is a child of what its own message names."""
    with ExitStack() as stack:
        for one in batch if spans.on() else ():
            stack.enter_context(processing(one.queue, one.delivery, one.content, shared=True))
        yield


def _attributes(name: str, kind: str, where: str) -> dict[str, Value]:
    return {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": name,
        "messaging.operation.type": kind,
        "messaging.destination.name": where,
    }


def _of(content: object) -> dict[str, Value]:
    if not isinstance(content, Envelope):
        return {}
    told: dict[str, Value] = {
        "scribeline.type": content.type,
        "scribeline.job": str(content.subject),
        "scribeline.tenant": content.tenant,
    }
    if isinstance(content.data, Command | Outcome):
        unit = content.data.unit
        told["scribeline.unit"] = f"{unit.stage}/{unit.index}/{unit.run}"
    return told

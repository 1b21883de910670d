"""What another service may send to our exchanges and queues by mistake: messages that nobody can read."""

import json
from typing import Any

from aio_pika import DeliveryMode, Message
from aio_pika.abc import HeadersType

from tests.support.births import short_command

ODD_HEADERS: HeadersType = {
    "x-attempt": "many",
    "x-reason": 7,
    "x-first-failed-at": 1.5,
    "x-died-at": [1, {"a": None}],
    "x-redrive": "twice",
    "x-death": "forged",
    "x-delivery-count": "a lot",
    "traceparent": bytearray(b"\xff"),
}


def unreadable() -> dict[str, Message]:
    """One of each kind, by its name, which is also its id where it has one."""
    bodies: dict[str, bytes] = {
        "empty": b"",
        "binary": bytes(range(256)) * 20,
        "huge": b"\x00" * 5_000_000,
        "deep": b"[" * 100_000,
        "no JSON": b'{"type": "scribeline.internal.transcribe_short", ',
        "NaN": b'{"specversion": NaN}',
        "list": b"[1, 2, 3]",
        "wrong shape": _altered(data={"unit": "none", "source": 3}),
        "no unit": _altered(data={}),
        "null": _altered(data=None),
        "to come": _altered(dataversion=99),
        "another's": _altered(type="com.example.order.paid"),
        "no tenant": _altered(tenant="Not A Tenant!"),
    }
    kinds = {name: _message(body, name) for name, body in bodies.items()}
    kinds["odd headers"] = _message(b"?", "odd headers", ODD_HEADERS)
    kinds["no id"] = Message(b"no id")
    kinds["another content"] = Message(b"\x1f\x8b", content_type="image/png", content_encoding="gzip")
    return kinds


def _altered(**fields: Any) -> bytes:
    """A good command with some fields of its envelope replaced."""
    return json.dumps({**json.loads(short_command().encode()), **fields}).encode()


def _message(body: bytes, name: str, headers: HeadersType | None = None) -> Message:
    return Message(body, message_id=name, headers=headers or {}, delivery_mode=DeliveryMode.PERSISTENT)

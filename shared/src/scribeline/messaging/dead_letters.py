"""Dead letters as an operator handles them: seen without being lost, and taken out one by one.

A letter that is looked at is not acked, and goes back when the connection closes. That counts as a delivery,
of which a dead queue allows a million.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from hashlib import sha256
from typing import Any

from aio_pika import Message
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

from scribeline.contracts.unit import UnitRef
from scribeline.messaging.broker import Broker, hang_up
from scribeline.messaging.codec import REDRIVE, SINCE, attempt_of, death_of, died_at, message
from scribeline.messaging.errors import reachable
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.topology import dead_queue

NAME = "dead letters"


@dataclass(frozen=True)
class Letter:
    """One dead message. What a foreign message does not tell is None."""

    id: str
    """Of the message; where it has none, the SHA-256 of its body."""
    queue: str
    """That it died in, without prefix."""
    reason: str
    attempts: int
    bytes: int
    type: str | None = None
    tenant: str | None = None
    job: str | None = None
    unit: UnitRef | None = None
    first_failed_at: str | None = None
    died_at: str | None = None
    redriven: int = 0
    """How often it was sent again before."""
    body: Any = field(default=None, repr=False)
    """Its JSON; a text where it is none."""


def letter_of(delivery: AbstractIncomingMessage, queue: str) -> Letter:
    """Read leniently: whatever it is, an operator sees it."""
    told, body = {}, _json(delivery.body)
    if isinstance(body, dict):
        told = {name: body[name] for name in ("type", "tenant") if isinstance(body.get(name), str)}
        told["job"] = body.get("subject") if isinstance(body.get("subject"), str) else None
    headers = delivery.headers
    redriven = headers.get(REDRIVE)
    return Letter(
        id=delivery.message_id or sha256(delivery.body).hexdigest(),
        queue=queue,
        reason=death_of(delivery),
        attempts=attempt_of(delivery),
        bytes=len(delivery.body),
        unit=_unit(body),
        first_failed_at=_text(headers.get(SINCE)),
        died_at=died_at(delivery),
        redriven=redriven if isinstance(redriven, int) else 0,
        body=body,
        **told,
    )


def anew(delivery: AbstractIncomingMessage, redriven: int) -> Message:
    """The message as it was first sent: a broker that saw `x-death` again might take it for a cycle."""
    return message(delivery.body, delivery.message_id, {REDRIVE: redriven + 1})


class Fate(Enum):
    KEPT = "kept"
    GONE = "gone"
    RESENT = "resent"


Decide = Callable[[Letter], Awaitable[Fate]]
"""What is to become of a letter. For RESENT, its bytes go to the queue that it died in."""


async def sort_out(broker: Broker, queue: str, most: int, decide: Decide) -> None:
    """Show up to `most` letters of a queue to `decide`, oldest first, each once.

    Raises DependencyDown("broker"), also midway: what was decided by then is done. A letter that was sent
    again and not taken out, because the broker went away in between, is sent twice. Of two at once, each
    sees some of the letters.
    """
    async with _opened(broker, queue) as dead, Publisher(broker, NAME) as publisher:
        async for letter, delivery in _shown(dead, queue, most):
            fate = await decide(letter)
            if fate is Fate.RESENT:
                await publisher.publish("", queue, anew(delivery, letter.redriven))
            if fate is not Fate.KEPT:
                async with reachable():
                    await delivery.ack()


async def letters(broker: Broker, queue: str, most: int) -> list[Letter]:
    """The oldest of them, without their bodies. Raises DependencyDown("broker")."""
    async with _opened(broker, queue) as dead:
        return [replace(letter, body=None) async for letter, _ in _shown(dead, queue, most)]


async def find(broker: Broker, queue: str, id: str, most: int) -> Letter | None:  # noqa: A002 - the letter's name for it
    """One of the oldest. Raises DependencyDown("broker")."""
    async with _opened(broker, queue) as dead:
        async for letter, _ in _shown(dead, queue, most):
            if letter.id == id:
                return letter
    return None


async def _shown(
    dead: AbstractQueue, queue: str, most: int
) -> AsyncIterator[tuple[Letter, AbstractIncomingMessage]]:
    """No more than there were at the beginning: one that is sent again may die at once."""
    there = dead.declaration_result.message_count or 0
    for _ in range(min(most, there)):
        async with reachable():
            delivery = await dead.get(no_ack=False, fail=False)
        if delivery is None:
            return
        yield letter_of(delivery, queue), delivery


@asynccontextmanager
async def _opened(broker: Broker, queue: str) -> AsyncIterator[AbstractQueue]:
    connection = await broker.connect(NAME)
    try:
        async with reachable():
            channel = await connection.channel(publisher_confirms=False)
            dead = await channel.declare_queue(broker.topology.name(dead_queue(queue)), passive=True)
        yield dead
    finally:
        await hang_up(connection)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body[:10_000].decode(errors="replace")


def _unit(body: Any) -> UnitRef | None:
    try:
        return UnitRef.model_validate(body["data"]["unit"])
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None

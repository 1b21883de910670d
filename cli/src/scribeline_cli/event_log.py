"""The stream of all events, as an operator reads it. Needs the extra `events`."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from aio_pika.abc import AbstractIncomingMessage

from scribeline.client.broker import NO_QUEUE
from scribeline.client.errors import NotSubscribed, Unreadable
from scribeline.client.line import Offset, last_of, line
from scribeline.client.patience import Away, Patience
from scribeline.client.public_event import PublicEvent, public_event
from scribeline.client.sources import SKEW, Source
from scribeline.contracts import routes
from scribeline.contracts.catalogue import INTERNAL
from scribeline_cli.broker_address import BrokerAddress
from scribeline_cli.exits import Exit, Stop

PREFETCH = 500

LIBRARIES = ("aiormq", "aio_pika")
"""What they would log of a broker that is away is said in a sentence."""


@dataclass(frozen=True)
class Wanted:
    """Which events; None and empty: all."""

    types: frozenset[str] = frozenset()
    tenant: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def has(self, event: PublicEvent) -> bool:
        return (
            (not self.types or event.type in self.types)
            and self.tenant in (None, event.tenant)
            and (self.since is None or event.time >= self.since)
            and (self.until is None or event.time <= self.until)
        )


@dataclass(frozen=True)
class Found:
    event: PublicEvent
    body: bytes
    message_id: str | None


async def kept(broker: BrokerAddress, wanted: Wanted) -> AsyncGenerator[Found, None]:
    """From a time, or its beginning, to what is the end of the log now. Raises Away and NotSubscribed.

    Not to the first event after `until`: what was sent late stands behind it.
    """
    name = broker.name(routes.EVENTS_LOG)
    source = Source(name, _begin(wanted) or "first", last=await last_of(broker.url, name))
    async with line(broker.url, name, prefetch=PREFETCH, offset=source.offset) as log:
        while not source.over and (message := await log.take_of_stream()) is not None:
            await log.ack(message)
            source = source.behind(message.headers.get("x-stream-offset"))
            if (found := _found(message)) is not None and wanted.has(found.event):
                yield found


async def followed(
    broker: BrokerAddress, wanted: Wanted, away: Callable[[str], None]
) -> AsyncGenerator[Found, None]:
    """From a time, or from now on, without an end; a broker that goes away later is waited for."""
    name, patience, was_there = broker.name(routes.EVENTS_LOG), Patience(), False
    source = Source(name, _begin(wanted) or await _end(broker.url, name))
    while True:
        try:
            async with line(broker.url, name, prefetch=PREFETCH, offset=source.offset) as log:
                patience.opened()
                was_there = True
                while True:
                    message = await log.take()
                    await log.ack(message)
                    patience.over()
                    source = source.behind(message.headers.get("x-stream-offset"))
                    if (found := _found(message)) is not None and wanted.has(found.event):
                        yield found
        except Away as gone:
            if not was_there:
                raise
            away(str(gone))
            await asyncio.sleep(patience.pause())


async def _end(url: str, name: str) -> Offset:
    """By its number, which stays where it is while the broker is away; `next` would be later then."""
    last = await last_of(url, name)
    return "first" if last is None else last + 1


def _begin(wanted: Wanted) -> datetime | None:
    return wanted.since - SKEW if wanted.since else None


def _found(message: AbstractIncomingMessage) -> Found | None:
    """None for what is no public event."""
    try:
        event = public_event(message.body)
    except Unreadable:
        return None
    internal = event.type.startswith(INTERNAL)
    return None if internal else Found(event, message.body, message.message_id)


@contextmanager
def told() -> Iterator[None]:
    """What is wrong with the broker, as one sentence and an exit code."""
    levels = {logger: logger.level for logger in map(logging.getLogger, LIBRARIES)}
    for logger in levels:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    except Away as away:
        raise Stop(Exit.UNREACHABLE, f"The broker cannot be reached: {away}.") from None
    except NotSubscribed as refused:
        missing = refused.reason == NO_QUEUE
        code = Exit.NOT_FOUND if missing else Exit.NOT_ALLOWED
        raise Stop(code, f"{refused.queue}: {refused.reason}.") from None
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)

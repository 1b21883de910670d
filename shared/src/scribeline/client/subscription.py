"""A subscriber's events, from its queue on the broker: `async for event in subscribe(url): ...`."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, Collection
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self
from uuid import UUID

from scribeline.client.errors import Unreadable
from scribeline.client.patience import Away, Patience
from scribeline.client.public_event import TYPES, PublicEvent, public_event
from scribeline.client.sources import MOST_PREFETCH, Source, sources

if TYPE_CHECKING:
    from aio_pika.abc import AbstractIncomingMessage

    from scribeline.client.line import Line

PREFETCH = 50
REMEMBERED = 100_000
"""Ids of events that were handled here: as many as a queue holds by default."""

log = logging.getLogger("scribeline.client")


def subscribe(
    url: str,
    *types: str,
    since: datetime | timedelta | None = None,
    queue: str | None = None,
    prefetch: int = PREFETCH,
) -> "Subscription":
    """Events of a subscriber's queue as they come, without an end, each at least once.

    `url` is what making the subscriber printed; the queue is called as its user, unless `queue` says
    otherwise. Of other `types` than those named, events are acknowledged and passed over; without any, all
    are given. `since` first reads back what was announced since a time, or so long ago, up to 7 days.
    `prefetch` events are on their way to here at a time.

    An event is acknowledged when the next one is asked for, and comes again, with the same id, to whoever
    asks next if that never happens. What was handled here is not given twice. A broker that is away is
    waited for, for ever; `NotSubscribed` is raised for a wrong password, or a queue that is not there.

    Needs the extra `events`. Raises ValueError.
    """
    return Subscription(url, types, sources(url, queue, since), prefetch)


class Subscription:
    """Iterate over it as it is, or in an `async with`: that acknowledges the last event where it is left
    without an error, too."""

    def __init__(self, url: str, types: Collection[str], from_: list[Source], prefetch: int) -> None:
        self._url = url
        self._types = _known(types)
        self._sources = from_
        self._prefetch = _bounded(prefetch)
        self._patience = Patience()
        self._connection = AsyncExitStack()
        self._line: Line | None = None
        self._held: tuple[AbstractIncomingMessage, PublicEvent] | None = None
        self._handled: OrderedDict[UUID, None] = OrderedDict()
        self._entered = False
        self._reader: object = None

    async def __aenter__(self) -> Self:
        self._entered = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered = False
        if error is None:
            await self._settle()
        await self.close()

    async def __aiter__(self) -> AsyncGenerator[PublicEvent, None]:
        reader = self._reader = object()
        try:
            while True:
                yield await self._next()
        finally:  # of a loop that was left this may come late: the line may be the next one's by then
            if not self._entered and self._reader is reader:
                await self.close()

    async def close(self) -> None:
        """What is not acknowledged comes again."""
        self._line = self._held = None
        closing, self._connection = self._connection, AsyncExitStack()
        await closing.aclose()

    async def _next(self) -> PublicEvent:
        await self._settle()
        while True:
            try:
                event = await self._take(self._line or await self._open())
            except Away as away:
                await self._pause(away)
            else:
                if event is not None:
                    return event

    async def _settle(self) -> None:
        """The one that was given last is handled."""
        if self._held is None or self._line is None:
            return
        (message, event), self._held = self._held, None
        self._handled[event.id] = None
        if len(self._handled) > REMEMBERED:
            self._handled.popitem(last=False)
        try:
            await self._line.ack(message)
        except Away:  # it comes again, and is passed over
            await self.close()

    async def _open(self) -> "Line":
        try:
            from scribeline.client.line import last_of, line  # noqa: PLC0415 - only this needs aio-pika
        except ModuleNotFoundError as missing:
            raise ImportError("subscribe needs aio-pika: install scribeline[events]") from missing

        source = self._sources[0]
        if source.offset is not None and source.last is None:
            # whoever announces without a pause is not read for ever: what comes now waits in the queue
            source = self._sources[0] = replace(source, last=await last_of(self._url, source.queue))
        opened = line(self._url, source.queue, prefetch=self._prefetch, offset=source.offset)
        self._line = await self._connection.enter_async_context(opened)
        self._patience.opened()
        return self._line

    async def _take(self, line: "Line") -> PublicEvent | None:
        """None: nothing for the caller."""
        source = self._sources[0]
        if source.offset is None:
            message: AbstractIncomingMessage | None = await line.take()
        else:
            message = None if source.over else await line.take_of_stream()
        if message is None:  # read back; what came meanwhile waits in the queue
            self._sources.pop(0)
            await self.close()
            return None
        self._patience.over()
        self._sources[0] = source.behind(message.headers.get("x-stream-offset"))
        try:
            event = public_event(message.body)
        except Unreadable as reason:
            log.warning("%s gave a message that is dropped: %s", source.queue, reason)
            await (line.reject(message) if source.offset is None else line.ack(message))
            return None
        if not self._wanted(event, source):
            await line.ack(message)
            return None
        self._held = message, event
        return event

    def _wanted(self, event: PublicEvent, source: Source) -> bool:
        if event.id in self._handled or (source.since is not None and event.time < source.since):
            return False
        return not self._types or event.type in self._types

    async def _pause(self, away: Exception) -> None:
        await self.close()
        seconds = self._patience.pause()
        log.warning("The broker is away (%s): asking again in %.1f s.", away, seconds)
        await asyncio.sleep(seconds)


def _bounded(prefetch: int) -> int:
    if not 1 <= prefetch <= MOST_PREFETCH:
        raise ValueError(f"`prefetch` is from 1 to {MOST_PREFETCH}, and not {prefetch}")
    return prefetch


def _known(types: Collection[str]) -> frozenset[str]:
    for unknown in set(types) - set(TYPES):
        log.warning("This version of the library knows no event %r: its data is a dictionary.", unknown)
    return frozenset(types)

"""Every event as it is announced, for a process that wants to know at once and can look it up otherwise.

An exclusive queue that goes with its connection: what is announced while there is none is not heard. So each
(re)connection is told, and whoever listens then looks at what is stored.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from scribeline.contracts import routes
from scribeline.contracts.envelope import Envelope, Unreadable, decode
from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.broker import Broker, hang_up
from scribeline.messaging.consumer import either
from scribeline.messaging.errors import reachable

ROOM = 10_000
"""Events in the queue; of more, the oldest are dropped."""
LOOK_SECONDS = 5.0
AWAY_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Tap:
    """`run(stop)` listens until stopped, however often the broker goes away."""

    def __init__(
        self, broker: Broker, name: str, hear: Callable[[Envelope], None], missed: Callable[[], None]
    ) -> None:
        self._broker = broker
        self._name = f"{name} events"
        self._hear = hear
        self._missed = missed

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._listen(stop)
            except DependencyDown as down:
                log.warning("hears no events", reason=str(down))
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), AWAY_SECONDS)

    async def _listen(self, stop: asyncio.Event) -> None:
        connection = await self._broker.connect(self._name)
        try:
            async with reachable():
                channel = await connection.channel(publisher_confirms=False)
                await self._broker.keep(channel)
                name = await self._consume(channel)
            self._missed()
            await either(stop.wait(), _closed(channel), self._until_full(channel, name))
            if not stop.is_set():
                raise DependencyDown("broker", "the channel was closed, or the queue of events was full")
        finally:
            await hang_up(connection)

    async def _consume(self, channel: AbstractChannel) -> str:
        arguments: dict[str, Any] = {"x-max-length": ROOM, "x-overflow": "drop-head"}
        queue = await channel.declare_queue(exclusive=True, arguments=arguments)
        await queue.bind(self._broker.topology.name(routes.EVENTS), "#")
        await queue.consume(self._receive, no_ack=True)
        return queue.name

    async def _until_full(self, channel: AbstractChannel, name: str) -> None:
        """Returns when events may have been dropped: who is so far behind begins anew."""
        waiting = 0
        while waiting < ROOM // 2:
            await asyncio.sleep(LOOK_SECONDS)
            async with reachable():
                queue = await channel.declare_queue(name, passive=True)
            waiting = queue.declaration_result.message_count or 0

    async def _receive(self, message: AbstractIncomingMessage) -> None:
        try:
            event = decode(message.body)
        except Unreadable as reason:
            log.warning("an event that cannot be read", reason=str(reason))
        else:
            self._hear(event)


async def _closed(channel: AbstractChannel) -> None:
    await channel.closed()

"""Events sent each on a channel of its own, where a queue of others may hold up its channel.

The broker brings a message to one queue after the other. The first one for a quorum queue that answers
nothing holds up its channel for 65 s (`rabbit_fifo_client`, net_ticktime + 5), and with it all that comes
behind it, and the queues that come after that one. So a channel is left open until the broker is through.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from aio_pika.abc import AbstractChannel, AbstractConnection

from notifier.announcement import Announcement
from scribeline.contracts import routes
from scribeline.messaging.broker import Broker, hang_up
from scribeline.messaging.errors import reachable

OPEN_SECONDS = 5.0
LINGER_SECONDS = 75.0
CHANNELS = 256
"""Opened on a connection in all: aiormq counts them up, and brokers allow the numbers to 2,047."""
MOST = 4
"""Connections at a time: for another one the oldest is given up, with what lingers on it."""


@dataclass(eq=False)
class Line:
    """A connection, and the events under way on it. It ends with the last of them."""

    connection: AbstractConnection
    opened: int = 0
    under_way: set[asyncio.Task[None]] = field(default_factory=set)


class Apart:
    """`close()` it."""

    def __init__(self, broker: Broker, name: str) -> None:
        self._broker = broker
        self._name = f"{name} apart"
        self._lines: list[Line] = []
        self._ending: set[asyncio.Task[None]] = set()

    async def send(self, announcements: Sequence[Announcement], seconds: float) -> list[BaseException | None]:
        """What came of each within so many seconds: None (every queue has it), Refused, DependencyDown, or
        TimeoutError: then some may get it later. Raises DependencyDown("broker"). Waits for nothing that was
        sent before. One call at a time."""
        line = await self._line(len(announcements))
        opening = [asyncio.create_task(_open(line.connection)) for _ in announcements]
        sent = [asyncio.create_task(self._send(*each)) for each in zip(opening, announcements, strict=True)]
        self._keep(line, sent)
        await asyncio.wait(opening)
        for channel in opening:
            if failure := channel.exception():  # which no queue causes
                self._give_up(line)
                raise failure
        await asyncio.wait(sent, timeout=seconds)
        return [task.exception() if task.done() else TimeoutError() for task in sent]

    async def _line(self, events: int) -> Line:
        """The newest one, or another where that has no room."""
        if not self._lines or self._lines[-1].opened + events > CHANNELS:
            self._lines.append(Line(await self._broker.connect(self._name)))
            if len(self._lines) > MOST:
                self._give_up(self._lines[0])
        return self._lines[-1]

    async def _send(self, opening: asyncio.Task[AbstractChannel], announcement: Announcement) -> None:
        channel = await opening
        async with reachable():
            target = await channel.get_exchange(self._broker.topology.name(routes.PUBLIC), ensure=False)
            await target.publish(
                announcement.message, announcement.key, mandatory=False, timeout=LINGER_SECONDS
            )

    def _keep(self, line: Line, sent: Sequence[asyncio.Task[None]]) -> None:
        line.opened += len(sent)
        line.under_way.update(sent)
        for task in sent:
            task.add_done_callback(partial(self._through, line))

    def _through(self, line: Line, task: asyncio.Task[None]) -> None:
        line.under_way.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, or asyncio complains of those that failed after `send` had returned
        if not line.under_way:
            self._give_up(line)

    def _give_up(self, line: Line) -> None:
        if line in self._lines:
            self._lines.remove(line)
            ending = asyncio.create_task(_end(line))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        for line in list(self._lines):
            self._give_up(line)
        await asyncio.gather(*self._ending, return_exceptions=True)


async def _open(connection: AbstractConnection) -> AbstractChannel:
    async with reachable(), asyncio.timeout(OPEN_SECONDS):
        return await connection.channel(publisher_confirms=True)


async def _end(line: Line) -> None:
    under_way = list(line.under_way)
    for task in under_way:
        task.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)
    await hang_up(line.connection)

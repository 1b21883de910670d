"""One connection to the broker that takes messages from one queue or stream. Needs the extra `events`.

It lives as long as its connection: whoever wants more makes another one.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from scribeline.client.broker import connect, hang_up, reachable
from scribeline.client.patience import Away
from scribeline.client.sources import MOST_PREFETCH

ANSWER_SECONDS = 30.0
QUIET_SECONDS = 0.5
"""After the broker has said all that there is, for what is still on its way through this process."""

Offset = datetime | int | str
"""Where in a stream to begin: a time, a number, `first`, `next`, or `last`, which is its last block."""


class Line:
    """Made by `line`."""

    def __init__(self, channel: AbstractChannel, queue: str, prefetch: int) -> None:
        self._channel = channel
        self._queue = queue
        self._prefetch = prefetch
        self._arrived: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()

    async def listen(self, offset: Offset | None) -> None:
        await self._bound()
        under = await self._channel.get_underlay_channel()
        under.on_consumer_cancel_callbacks.add(self._end)
        self._channel.close_callbacks.add(self._end)
        queue = await self._channel.get_queue(self._queue, ensure=False)
        arguments: dict[str, Any] | None = None if offset is None else {"x-stream-offset": offset}
        await queue.consume(self._receive, arguments=arguments, timeout=ANSWER_SECONDS)

    async def take(self) -> AbstractIncomingMessage:
        """The next message, whenever it comes. Raises Away."""
        message = await self._arrived.get()
        if message is None:
            self._end()  # it stays so
            raise Away("the broker closed the channel, or the queue is gone")
        return message

    async def take_of_stream(self) -> AbstractIncomingMessage | None:
        """The next one, or None at the end of a stream. What was taken must be acknowledged before.

        A channel does one thing after another, so that whatever the stream has is sent before the answer to
        a question that is asked after the last acknowledgement. (What a broker counts in a stream is some
        seconds old, or 0.)
        """
        if self._arrived.empty():
            async with reachable(self._queue):
                await self._bound()
        try:
            async with asyncio.timeout(QUIET_SECONDS):
                return await self.take()
        except TimeoutError:
            return None

    async def numbers(self) -> list[int]:
        """Of what a stream has, from where it is read, and of which nothing was taken."""
        async with reachable(self._queue):
            await self._bound()
        await asyncio.sleep(QUIET_SECONDS)
        here = [self._arrived.get_nowait() for _ in range(self._arrived.qsize())]
        if None in here:
            raise Away("the broker closed the channel")
        numbers = (each.headers.get("x-stream-offset") for each in here if each is not None)
        return [number for number in numbers if isinstance(number, int)]

    async def ack(self, message: AbstractIncomingMessage) -> None:
        async with reachable(self._queue):
            await message.ack()

    async def reject(self, message: AbstractIncomingMessage) -> None:
        """For good: the broker drops it, or sets it aside where the queue has a place for that."""
        async with reachable(self._queue):
            await message.reject(requeue=False)

    async def _bound(self) -> None:
        await self._channel.set_qos(prefetch_count=self._prefetch, timeout=ANSWER_SECONDS)

    async def _receive(self, message: AbstractIncomingMessage) -> None:
        self._arrived.put_nowait(message)

    def _end(self, *_: object) -> None:
        self._arrived.put_nowait(None)


async def last_of(url: str, stream: str) -> int | None:
    """The number of the last message that is there now; None: there is none. Raises as `line`."""
    async with line(url, stream, prefetch=MOST_PREFETCH, offset="last") as end:
        return max(await end.numbers(), default=None)


@asynccontextmanager
async def line(url: str, queue: str, *, prefetch: int, offset: Offset | None = None) -> AsyncIterator[Line]:
    """`offset`: of a stream. Raises Away, and NotSubscribed where trying again would not help."""
    async with reachable(queue):
        connection = await connect(url, f"subscriber {queue}")
    try:
        async with reachable(queue):
            channel = await connection.channel(publisher_confirms=False)
            made = Line(channel, queue, prefetch)
            await made.listen(offset)
        yield made
    finally:
        await hang_up(connection)

"""Consuming queues over one connection, until it is lost or left."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import cast

import aiormq
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.broker import Broker, hang_up
from scribeline.messaging.errors import reachable

LOOK_SECONDS = 5.0
"""How often to see whether the broker cancelled a consumer: its channel then stays open, and silent."""

OnDelivery = Callable[[str, AbstractIncomingMessage], Awaitable[None]]
"""Called with the queue's name, without prefix, and the delivery."""


class Subscription:
    """Consumers on one channel."""

    def __init__(self, channel: AbstractChannel, consumers: dict[str, AbstractQueue]) -> None:
        self.channel = channel
        self._consumers = consumers

    async def lost(self) -> None:
        """Returns when the channel is closed or the broker cancelled a consumer."""
        closed = asyncio.ensure_future(self._closed())
        try:
            while not closed.done() and await self._consuming():
                await asyncio.wait([closed], timeout=LOOK_SECONDS)
        finally:
            closed.cancel()

    async def leave(self) -> None:
        """Take no more deliveries; those in hand can still be acked."""
        for tag, queue in self._consumers.items():
            with suppress(DependencyDown):
                async with reachable():
                    await queue.cancel(tag, timeout=LOOK_SECONDS)
        self._consumers = {}

    async def _closed(self) -> None:
        await self.channel.closed()

    async def _consuming(self) -> bool:
        if self.channel.is_closed:
            return False
        try:
            async with reachable():
                underlay = cast(aiormq.Channel, await self.channel.get_underlay_channel())
        except DependencyDown:
            return False
        return all(tag in underlay.consumers for tag in self._consumers)


@asynccontextmanager
async def subscription(
    broker: Broker, name: str, queues: Sequence[str], prefetch: int, on_delivery: OnDelivery
) -> AsyncIterator[Subscription]:
    """Connect, declare, consume. Whatever is unacked at the end goes back to its queue.

    Raises DependencyDown("broker") when it cannot begin.
    """
    connection = await broker.connect(f"{name} consumer")
    try:
        async with reachable():
            channel = await connection.channel(publisher_confirms=False)
            await broker.keep(channel)
            await channel.set_qos(prefetch_count=prefetch)
            consumers = {}
            for short in queues:
                queue = await channel.get_queue(broker.topology.name(short), ensure=False)
                consumers[await queue.consume(partial(on_delivery, short))] = queue
        yield Subscription(channel, consumers)
    finally:
        await hang_up(connection)


async def ack(delivery: AbstractIncomingMessage, *, multiple: bool = False) -> bool:
    """Ack on the delivery's own channel; False when that is gone and the broker will deliver again."""
    try:
        async with reachable():
            await delivery.ack(multiple=multiple)
    except DependencyDown:
        return False
    return True


async def drop_channel(delivery: AbstractIncomingMessage) -> None:
    """Close the delivery's channel: everything unacked on it is delivered again."""
    with suppress(DependencyDown):
        async with reachable():
            await delivery.channel.close()

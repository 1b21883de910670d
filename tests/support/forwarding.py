"""A forwarder that runs in this process, and what it counted."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aio_pika.abc import AbstractConnection

from notifier.forwarder import Content, Forwarder
from scribeline.contracts import routes
from scribeline.messaging.broker import Broker
from tests.support.brokers import depth
from tests.support.scrapes import sample
from tests.support.waiting import eventually


@asynccontextmanager
async def forwarding(broker: Broker, content: Content = "full", size: int = 64) -> AsyncIterator[Forwarder]:
    forwarder = Forwarder(broker, content, size)
    stop = asyncio.Event()
    running = asyncio.create_task(forwarder.run(stop))
    try:
        await eventually(forwarder.ready.is_set)
        yield forwarder
    finally:
        stop.set()
        await running


async def forwarded(broker: Broker, within: float = 30.0) -> None:
    """Nothing waits any more to be forwarded; the forwarder may still have a batch in hand."""

    async def empty() -> bool:
        return await depth(broker, routes.FORWARDER_QUEUE) == 0

    await eventually(empty, within=within)


def count(outcome: str) -> float:
    """Events that ended so, in this process."""
    return sample(f'scribeline_forwarded_total{{outcome="{outcome}"}}')


@dataclass(frozen=True)
class CountingBroker(Broker):
    """Knows how often each connection was made."""

    made: Counter[str] = field(default_factory=Counter)

    @classmethod
    def like(cls, broker: Broker) -> "CountingBroker":
        return cls(broker.url, broker.topology, broker.heartbeat)

    async def connect(self, name: str) -> AbstractConnection:
        self.made[name] += 1
        return await super().connect(name)

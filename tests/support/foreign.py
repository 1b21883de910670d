"""Queues as other services bind them to the public exchange, and events to go there."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from scribeline.contracts import routes
from scribeline.contracts.envelope import Envelope, wrap
from scribeline.contracts.job import JobAccepted, JobStatus
from scribeline.messaging.broker import Broker, declare, hang_up
from scribeline.messaging.codec import message
from scribeline.messaging.publisher import Publisher
from tests.support.waiting import eventually

QUORUM = {"x-queue-type": "quorum"}


class Foreign:
    """A queue of somebody else, and what was taken out of it so far."""

    def __init__(self, channel: AbstractChannel, queue: AbstractQueue) -> None:
        self.channel = channel
        self.queue = queue
        self.taken: list[AbstractIncomingMessage] = []

    @property
    def name(self) -> str:
        return self.queue.name

    async def depth(self) -> int:
        found = await self.channel.declare_queue(self.name, passive=True)
        return found.declaration_result.message_count or 0

    async def take(
        self, until: Callable[[list[AbstractIncomingMessage]], object], within: float = 30
    ) -> None:
        """Whatever comes, acked, until it is enough."""

        async def look() -> object:
            while (delivery := await self.queue.get(fail=False)) is not None:
                await delivery.ack()
                self.taken.append(delivery)
            return until(self.taken)

        await eventually(look, within=within)

    @property
    def ids(self) -> list[UUID]:
        """Of the events that were taken, in their order."""
        return [UUID(str(delivery.message_id)) for delivery in self.taken]


@asynccontextmanager
async def foreign_queue(
    broker: Broker, key: str = "*.*.*", *, exclusive: bool = False, **arguments: str | int
) -> AsyncIterator[Foreign]:
    """Bound to the public exchange over a connection of its own; gone afterwards.

    `arguments` without their `x-` and with underscores.
    """
    given: dict[str, str | int] = {f"x-{name.replace('_', '-')}": value for name, value in arguments.items()}
    connection = await broker.connect("somebody else")
    try:
        channel = await connection.channel()
        await declare(channel, broker.topology)
        name = broker.topology.name(f"others.{secrets.token_hex(4)}")
        queue = await channel.declare_queue(
            name, durable=not exclusive, exclusive=exclusive, arguments=dict(given)
        )
        await queue.bind(broker.topology.name(routes.PUBLIC), key)
        yield Foreign(channel, queue)
    finally:
        await hang_up(connection)
        await _deleted(broker, name)


async def _deleted(broker: Broker, name: str) -> None:
    connection = await broker.connect("somebody else")
    async with connection:
        await (await connection.channel()).queue_delete(name)


def event(number: int = 1, tenant: str = "acme", **metadata: str) -> Envelope:
    """Of a job that nobody has."""
    job = uuid4()
    data = JobAccepted(job=job, status=JobStatus.QUEUED, sequence=number, metadata=metadata)
    return wrap(data, id=uuid4(), job=job, tenant=tenant, owner=None, source="gateway")


async def announce(publisher: Publisher, *events: Envelope) -> None:
    """As the relays do, one after the other."""
    for each in events:
        copy = message(each.encode(), str(each.id))
        await publisher.publish(routes.EVENTS, f"{each.type}.{each.tenant}", copy)

"""The broker as an operator asks about it: does it take messages, and what waits in its queues.

Over AMQP, so that it needs no management plugin but for what only that can tell. Each call has a connection
of its own: one that is given up half-way harms nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import ChannelNotFoundEntity

from scribeline.messaging import dead_letters
from scribeline.messaging.broker import Broker, hang_up
from scribeline.messaging.dead_letters import Decide, Letter
from scribeline.messaging.errors import reachable
from scribeline.messaging.management import Held, Management
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.subscribers import Subscribers

NAME = "gateway status"


@dataclass(frozen=True)
class Depth:
    """Messages that are ready in a queue, without those in a consumer's hands."""

    messages: int
    consumers: int


class BrokerView(Protocol):
    """Every method raises DependencyDown("broker"), and may take as long as a frozen broker makes it."""

    async def ping(self) -> None:
        """Returns when a message was confirmed."""

    async def depths(self, queues: Sequence[str]) -> dict[str, Depth | None]:
        """By name without prefix; None for a queue that does not exist."""

    @property
    def subscribers(self) -> Subscribers | None:
        """Others' queues; None where no management API is configured."""

    async def held(self) -> Mapping[str, Held] | None:
        """What its management API tells, by name without prefix; None where no such API is configured."""

    async def letters(self, queue: str, most: int) -> list[Letter]:
        """The oldest dead letters of a queue."""

    async def letter(self, queue: str, id: str, most: int) -> Letter | None:  # noqa: A002 - the letter's name for it
        """One of the oldest dead letters of a queue, with its body."""

    async def sort_out(self, queue: str, most: int, decide: Decide) -> None:
        """See `scribeline.messaging.dead_letters`."""


class AmqpView:
    """Implements `BrokerView`."""

    def __init__(self, broker: Broker, management_url: str = "") -> None:
        self._broker = broker
        self._management: Management | None = None
        self._subscribers: Subscribers | None = None
        if management_url:
            asked = (management_url, broker.url)
            self._management = Management(*asked, broker.topology, broker.certificates)
            self._subscribers = Subscribers(*asked, broker.topology.prefix, broker.certificates)

    @property
    def subscribers(self) -> Subscribers | None:
        return self._subscribers

    async def ping(self) -> None:
        async with Publisher(self._broker, NAME) as publisher:
            await publisher.ping()

    async def depths(self, queues: Sequence[str]) -> dict[str, Depth | None]:
        connection = await self._broker.connect(NAME)
        try:
            async with reachable():
                return {name: await self._depth(connection, name) for name in queues}
        finally:
            await hang_up(connection)

    async def held(self) -> Mapping[str, Held] | None:
        return await self._management.held() if self._management else None

    async def letters(self, queue: str, most: int) -> list[Letter]:
        return await dead_letters.letters(self._broker, queue, most)

    async def letter(self, queue: str, id: str, most: int) -> Letter | None:  # noqa: A002 - see BrokerView
        return await dead_letters.find(self._broker, queue, id, most)

    async def sort_out(self, queue: str, most: int, decide: Decide) -> None:
        await dead_letters.sort_out(self._broker, queue, most, decide)

    async def _depth(self, connection: AbstractConnection, name: str) -> Depth | None:
        channel = await connection.channel()  # asking for a queue that does not exist closes it
        try:
            found = await channel.declare_queue(self._broker.topology.name(name), passive=True)
        except ChannelNotFoundEntity:
            return None
        await channel.close()
        told = found.declaration_result
        return Depth(told.message_count or 0, told.consumer_count or 0)

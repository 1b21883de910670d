"""A connection to the broker, and the topology declared on it."""

import asyncio
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import ChannelPreconditionFailed
from yarl import URL

from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.errors import TopologyMismatch, reachable
from scribeline.messaging.topology import Topology, topology
from scribeline.settings import BrokerSettings

CONNECT_SECONDS = 10.0
CLOSE_SECONDS = 5.0


@dataclass(frozen=True)
class Broker:
    """Where the broker is, and what exists on it."""

    url: str
    topology: Topology
    heartbeat: int = 30

    @classmethod
    def of(cls, settings: BrokerSettings) -> "Broker":
        return cls(
            settings.amqp_url.get_secret_value(), topology(settings.amqp_prefix), settings.amqp_heartbeat
        )

    async def connect(self, name: str) -> AbstractConnection:
        """A plain connection: when it is lost, its owner makes a new one and declares again.

        Raises DependencyDown("broker").
        """
        url = URL(self.url).update_query(heartbeat=self.heartbeat)
        connecting = aio_pika.connect(
            url, timeout=CONNECT_SECONDS, client_properties={"connection_name": name}
        )
        async with reachable():
            # its tasks live on: they must not log under the job that happened to need a connection
            return await asyncio.create_task(connecting, context=Context())


async def declare(channel: AbstractChannel, table: Topology) -> None:
    """Declare all of the table; what exists with the same arguments stays as it is.

    Raises TopologyMismatch when a queue or exchange of that name has other arguments.
    """
    try:
        for exchange in table.exchanges:
            await channel.declare_exchange(
                exchange.name, exchange.type, durable=True, arguments=dict(exchange.arguments)
            )
        for queue in table.queues:
            await channel.declare_queue(queue.name, durable=True, arguments=dict(queue.arguments))
        for binding in table.bindings:
            queue_ = await channel.get_queue(binding.queue, ensure=False)
            await queue_.bind(binding.exchange, binding.key)
    except ChannelPreconditionFailed as error:
        raise TopologyMismatch(str(error)) from error


async def hang_up(connection: AbstractConnection) -> None:
    """Close a connection that may be dead already: bounded, and never an error."""
    with suppress(DependencyDown):
        async with reachable(), asyncio.timeout(CLOSE_SECONDS):
            await connection.close()

"""A connection to the broker, and the topology declared on it."""

import asyncio
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from functools import cached_property
from ssl import SSLContext
from typing import assert_never

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import ChannelPreconditionFailed
from yarl import URL

from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.errors import TopologyMismatch, reachable
from scribeline.messaging.service_rights import visible
from scribeline.messaging.topology import Topology, topology
from scribeline.settings import BrokerSettings, Keeping
from scribeline.trust import SYSTEM, Certificates

CONNECT_SECONDS = 10.0
CLOSE_SECONDS = 5.0


@dataclass(frozen=True)
class Broker:
    """Where the broker is, and what exists on it."""

    url: str
    topology: Topology
    heartbeat: int = 30
    keeping: Keeping = "declare"
    """What is done about the topology on each connection; see `SCRIBELINE_AMQP_TOPOLOGY`."""
    certificates: Certificates = SYSTEM
    service: str | None = None
    """Who asks, as in `service_rights.SERVICES`: what it has no right to is not checked. None: all is."""

    @classmethod
    def of(cls, settings: BrokerSettings, service: str | None) -> "Broker":
        return cls(
            settings.amqp_url.get_secret_value(),
            topology(settings.amqp_prefix),
            settings.amqp_heartbeat,
            settings.amqp_topology,
            settings.certificates,
            service,
        )

    @cached_property
    def _tls(self) -> SSLContext | None:
        """Loaded once: that takes some 20 ms of the event loop."""
        return self.certificates.context() if URL(self.url).scheme == "amqps" else None

    @cached_property
    def _visible(self) -> Topology:
        return self.topology if self.service is None else visible(self.service, self.topology)

    async def connect(self, name: str) -> AbstractConnection:
        """A plain connection: when it is lost, its owner makes a new one and declares again.

        Raises DependencyDown("broker").
        """
        url = URL(self.url).update_query(heartbeat=self.heartbeat)
        connecting = aio_pika.connect(
            url,
            timeout=CONNECT_SECONDS,
            client_properties={"connection_name": name},
            ssl_context=self._tls,
        )
        async with reachable():
            # its tasks live on: they must not log under the job that happened to need a connection
            return await asyncio.create_task(connecting, context=Context())

    async def keep(self, channel: AbstractChannel) -> None:
        """See to the topology as far as this user may. A channel that was refused something is closed.

        Raises TopologyMismatch as `declare` does; what is missing, or may not be done, is one of AMQPError.
        """
        match self.keeping:
            case "declare":
                await declare(channel, self.topology)
            case "bind":
                await check(channel, self._visible)
                await bind(channel, self.topology)
            case "check":
                await check(channel, self._visible)
            case other:
                assert_never(other)


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
        await bind(channel, table)
    except ChannelPreconditionFailed as error:
        raise TopologyMismatch(str(error)) from error


async def bind(channel: AbstractChannel, table: Topology) -> None:
    """All bindings; one that is there stays."""
    for binding in table.bindings:
        queue = await channel.get_queue(binding.queue, ensure=False)
        await queue.bind(binding.exchange, binding.key)


async def check(channel: AbstractChannel, table: Topology) -> None:
    """All exchanges and queues are there, whatever their arguments. Asking takes some right to each (4.3).

    (No user but an administrator is told of bindings. Most publishes are mandatory, into exchanges that have
    one queue for each key: there, a binding that is missing shows.)
    """
    for exchange in table.exchanges:
        await channel.declare_exchange(exchange.name, exchange.type, passive=True)
    for queue in table.queues:
        await channel.declare_queue(queue.name, passive=True)


async def hang_up(connection: AbstractConnection) -> None:
    """Close a connection that may be dead already: bounded, and never an error."""
    with suppress(DependencyDown):
        async with reachable(), asyncio.timeout(CLOSE_SECONDS):
            await connection.close()

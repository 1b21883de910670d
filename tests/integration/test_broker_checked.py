"""A service that may only look whether its part of the topology is there."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from scribeline.contracts import routes
from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.broker import Broker, declare, hang_up
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.service_rights import visible
from scribeline.messaging.topology import topology
from scribeline.settings import BrokerSettings
from tests.support.brokers import forget
from tests.support.servers import Servers


@pytest.fixture
async def settings(servers: Servers) -> AsyncIterator[BrokerSettings]:
    """Of a user that is not called as any service, where only what an analyzer uses is there to be seen."""
    prefix = f"t{secrets.token_hex(4)}."
    everything = Broker(servers.amqp_url, topology(prefix))
    connection = await everything.connect("test")
    channel = await connection.channel(publisher_confirms=False)
    await declare(channel, replace(visible("analyzer", everything.topology), bindings=()))
    await hang_up(connection)
    yield BrokerSettings(amqp_url=SecretStr(servers.amqp_url), amqp_prefix=prefix, amqp_topology="check")
    await forget(everything)


async def test_it_is_ready_whatever_its_user_is_called(settings: BrokerSettings) -> None:
    async with Publisher(Broker.of(settings, "analyzer"), "analyzer") as publisher:
        await publisher.ping()


async def test_another_service_waits_for_its_own_part(settings: BrokerSettings) -> None:
    async with Publisher(Broker.of(settings, "transcriber"), "transcriber") as publisher:
        with pytest.raises(DependencyDown, match=routes.SHORT_QUEUE):
            await publisher.ping()


async def test_who_is_no_service_looks_for_everything(settings: BrokerSettings) -> None:
    async with Publisher(Broker.of(settings, None), "somebody") as publisher:
        with pytest.raises(DependencyDown):
            await publisher.ping()

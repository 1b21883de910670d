"""A gateway that may make subscribers, and what a subscriber does with its address."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import httpx2
import pytest
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import AMQPError, ChannelNotFoundEntity

from scribeline.contracts import routes
from scribeline.messaging.broker import Broker, declare, hang_up
from scribeline.messaging.codec import message
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.subscribers import Subscribers
from tests.support.api import Api
from tests.support.servers import Servers
from tests.support.waiting import eventually

PLACE = "/v1/admin/subscribers"


@asynccontextmanager
async def desk(api: Api, broker: Broker, servers: Servers) -> AsyncIterator[Api]:
    """With the tenants acme and beta. What is made there goes with it."""
    if not servers.management_url:
        pytest.skip("the given broker has no management API")
    api.broker, api.management_url = broker, servers.management_url
    await api.add_key("sl_beta", tenant="beta")
    connection = await broker.connect("test")
    await declare(await connection.channel(), broker.topology)
    await connection.close()
    of_test = Subscribers(servers.management_url, broker.url, broker.topology.prefix)
    async with api.client() as client:  # the management API is there some seconds after the broker
        await eventually(lambda: _answers(client))
        yield api
    await remove_all(of_test)


async def remove_all(subscribers: Subscribers) -> None:
    for place in await places(subscribers):
        await subscribers.remove(place)


async def _answers(client: httpx2.AsyncClient) -> bool:
    return (await client.get(PLACE)).status_code == 200


async def places(subscribers: Subscribers) -> set[str]:
    """Names of which the broker has anything at all."""
    async with subscribers._api.open() as calls:
        seen = await subscribers._look(calls)
    return {place.name for place in seen.users | seen.permitted | seen.queues.keys()}


async def make(api: Api, name: str = "billing", **given: Any) -> dict[str, Any]:
    given = {"name": name, "tenant": "acme", **given}
    async with api.client() as client:
        answer = await client.post(PLACE, json=given)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def ask(api: Api, method: str, path: str = "", **send: Any) -> httpx2.Response:
    async with api.client() as client:
        return await client.request(method, PLACE + path, **send)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AbstractConnection]:
    connection = await aio_pika.connect(url, timeout=10)
    try:
        yield connection
    finally:
        await hang_up(connection)


async def can_connect(url: str) -> bool:
    try:
        async with connected(url):
            return True
    except (AMQPError, OSError):
        return False


async def announce(publisher: Publisher, *keys: str) -> None:
    """An event of each routing key, which is also its text."""
    for key in keys:
        await publisher.publish(routes.PUBLIC, key, message(key.encode(), key), mandatory=False)


async def take(url: str, queue: str, count: int) -> list[str]:
    """So many messages, acknowledged; fewer when the queue is empty before."""
    async with connected(url) as connection:
        source = await (await connection.channel()).get_queue(queue, ensure=False)
        taken: list[AbstractIncomingMessage] = []
        while len(taken) < count and (one := await source.get(fail=False)) is not None:
            await one.ack()
            taken.append(one)
        return [one.body.decode() for one in taken]


async def read_log(url: str, log: str, offset: str | int, count: int) -> list[str]:
    """So many events of a stream."""
    read: list[str] = []

    async def see(one: AbstractIncomingMessage) -> None:
        read.append(one.body.decode())
        await one.ack()

    async with connected(url) as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=10)
        source = await channel.get_queue(log, ensure=False)
        await source.consume(see, arguments={"x-stream-offset": offset})
        await eventually(lambda: len(read) >= count)
    return read


async def queue_of(connection: AbstractConnection, name: str) -> AbstractQueue:
    return await (await connection.channel()).get_queue(name, ensure=False)


async def exists(broker: Broker, queue: str) -> bool:
    connection = await broker.connect("exists")
    try:
        await (await connection.channel()).declare_queue(queue, passive=True)
    except ChannelNotFoundEntity:
        return False
    finally:
        await hang_up(connection)
    return True

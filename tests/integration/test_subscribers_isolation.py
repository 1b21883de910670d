"""What one tenant's subscriber may do on the broker, and that it reaches nothing of anybody else's."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx2
import pytest
from aio_pika import Message
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import AMQPError

from scribeline.contracts import routes
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import message
from scribeline.messaging.publisher import Publisher
from tests.support import subscribers
from tests.support.api import Api
from tests.support.servers import Servers
from tests.support.subscribers import announce, connected, exists, make, read_log, take
from tests.support.waiting import eventually


@dataclass(frozen=True)
class World:
    """Subscribers of acme, of beta and of everybody, by the names of their queues and logs."""

    broker: Broker
    url: str
    """Acme's."""
    named: Mapping[str, str]

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[AbstractChannel]:
        async with connected(self.url) as connection:
            yield await connection.channel(publisher_confirms=True, on_return_raises=True)

    def name(self, given: str) -> str:
        return self.named.get(given) or self.broker.topology.name(given)


@pytest.fixture
async def world(api: Api, broker: Broker, servers: Servers, publisher: Publisher) -> AsyncIterator[World]:
    async with subscribers.desk(api, broker, servers) as desk:
        acme, beta = await make(desk), await make(desk, "rival", tenant="beta")
        every, other = await make(desk, "audit", tenant=None, all_tenants=True), await make(desk, "second")
        named = {"own": acme["queue"], "log": acme["log"], "other of acme": other["queue"]}
        named |= {"beta": beta["queue"], "beta's log": beta["log"]}
        named |= {"every": every["queue"], "every log": every["log"]}
        await announce(publisher, "job.completed.acme", "job.completed.beta")
        await publisher.publish(routes.JOBS, routes.SHORT_QUEUE, message(b"work", "1"))
        yield World(broker, acme["url"], named)


async def refused(attempt: Awaitable[object]) -> bool:
    try:
        await attempt
    except AMQPError as error:
        return "ACCESS_REFUSED" in str(error)
    return False


async def ignore(_message: AbstractIncomingMessage) -> None:
    """Not acknowledged."""


OTHERS = (
    "beta",
    "beta's log",
    "every",
    "every log",
    "other of acme",
    routes.EVENTS_LOG,
    routes.SHORT_QUEUE,
    f"{routes.SHORT_QUEUE}.dead",
    routes.RESULTS_QUEUE,
    routes.FORWARDER_QUEUE,
)


Attempt = Callable[[AbstractQueue], Awaitable[object]]


async def test_it_reads_purges_binds_and_deletes_no_queue_of_others(world: World) -> None:
    public = world.name(routes.PUBLIC)
    offset: dict[str, Any] = {"x-stream-offset": "first"}
    attempts: dict[str, Attempt] = {
        "get": lambda queue: queue.get(fail=False),
        "consume": lambda queue: queue.consume(ignore),
        "read": lambda queue: queue.consume(ignore, arguments=offset),
        "purge": lambda queue: queue.purge(),
        "bind": lambda queue: queue.bind(public, "job.completed.acme"),
        "unbind": lambda queue: queue.unbind(public, "*.*.acme"),
        "delete": lambda queue: queue.delete(if_unused=False, if_empty=False),
    }
    for name in map(world.name, OTHERS):
        for what, attempt in attempts.items():
            async with world.channel() as channel:
                await channel.set_qos(prefetch_count=1)
                assert await refused(attempt(await channel.get_queue(name, ensure=False))), (what, name)
        assert await exists(world.broker, name)


async def test_it_binds_its_queue_to_no_key_of_others(world: World, publisher: Publisher) -> None:
    reaching = ("*.*.beta", "job.completed.beta", "#", "*.*.*", "job.#", "#.acme", "job.completed.*", "")
    for key in (*reaching, "*.*.acme.#", "job.#.acme"):
        async with world.channel() as channel:
            queue = await channel.get_queue(world.name("own"), ensure=False)
            assert await refused(queue.bind(world.name(routes.PUBLIC), key)), key
    await announce(publisher, "job.completed.beta")
    assert await take(world.url, world.name("own"), 5) == ["job.completed.acme"]


async def test_it_binds_its_queue_to_no_exchange_but_the_public_one(world: World) -> None:
    ours = (routes.EVENTS, routes.JOBS, routes.RESULTS, routes.DEAD, routes.STRAY, routes.BACK)
    for exchange in (*map(world.name, ours), "amq.topic", "amq.fanout"):
        async with world.channel() as channel:
            queue = await channel.get_queue(world.name("own"), ensure=False)
            assert await refused(queue.bind(exchange, "job.completed.acme")), exchange


async def test_it_publishes_nowhere(world: World) -> None:
    places = (
        ("", "own"),
        ("", "beta"),
        ("", routes.SHORT_QUEUE),
        (routes.PUBLIC, "job.completed.acme"),
        (routes.PUBLIC, "job.completed.beta"),
        (routes.PUBLIC, ""),
        (routes.EVENTS, "job.completed.acme"),
        (routes.JOBS, routes.SHORT_QUEUE),
        (routes.RESULTS, routes.RESULTS_QUEUE),
        (routes.DEAD, routes.SHORT_QUEUE),
    )
    for exchange, key in places:
        full = world.name(key) if exchange in ("", routes.JOBS, routes.RESULTS, routes.DEAD) else key
        async with world.channel() as channel:
            target = channel.default_exchange
            if exchange:
                target = await channel.get_exchange(world.name(exchange), ensure=False)
            assert await refused(target.publish(Message(b"forged"), full, mandatory=False)), (exchange, key)
    assert await take(world.url, world.name("own"), 5) == ["job.completed.acme"]


async def test_it_makes_and_deletes_nothing_not_even_its_own(world: World) -> None:
    attempts: list[Callable[[AbstractChannel], Awaitable[object]]] = [
        lambda c: c.declare_queue("mine", durable=True),
        lambda c: c.declare_queue(exclusive=True),
        lambda c: c.declare_queue(world.name("scribeline.sub.acme.mine"), durable=True),
        lambda c: c.declare_exchange("mine", "topic"),
        lambda c: c.declare_exchange(world.name("scribeline.mine"), "fanout", durable=True),
        lambda c: c.queue_delete(world.name("own")),
        lambda c: c.queue_delete(world.name("log")),
        lambda c: c.exchange_delete(world.name(routes.PUBLIC)),
        lambda c: c.exchange_delete(world.name(routes.EVENTS)),
    ]
    for attempt in attempts:
        async with world.channel() as channel:
            assert await refused(attempt(channel))


async def test_it_cannot_empty_the_log_that_it_shares(world: World) -> None:
    async with world.channel() as channel:
        log = await channel.get_queue(world.name("log"), ensure=False)
        with pytest.raises(AMQPError):
            await log.purge()
    assert await read_log(world.url, world.name("log"), "first", 1) == ["job.completed.acme"]


async def test_it_chooses_within_its_tenant_what_it_hears(world: World, publisher: Publisher) -> None:
    public = world.name(routes.PUBLIC)
    async with world.channel() as channel:
        queue = await channel.get_queue(world.name("own"), ensure=False)
        await queue.bind(public, "job.*.acme")
        await queue.unbind(public, "*.*.acme")
    await announce(publisher, "analysis.completed.acme", "job.failed.acme", "job.failed.beta")
    assert await take(world.url, world.name("own"), 5) == ["job.completed.acme", "job.failed.acme"]


async def test_what_it_does_not_acknowledge_is_given_to_it_again(world: World) -> None:
    async with world.channel() as channel:
        queue = await channel.get_queue(world.name("own"), ensure=False)
        for _ in range(25):  # more often than the limit that newer brokers set by themselves
            one = await eventually(partial(queue.get, fail=False))
            await one.reject(requeue=True)
    assert await take(world.url, world.name("own"), 5) == ["job.completed.acme"]


async def test_it_reads_its_tenants_log_from_where_it_was(world: World, publisher: Publisher) -> None:
    events = [f"job.failed{n}.acme" for n in range(5)]
    await announce(publisher, *events[:3], "job.failed.beta", *events[3:])

    everything = await read_log(world.url, world.name("log"), "first", 6)
    assert everything == ["job.completed.acme", *events]
    assert await read_log(world.url, world.name("log"), 4, 2) == events[3:]


async def test_it_reaches_nothing_by_the_management_api(world: World, servers: Servers) -> None:
    """Its user has no tag: the API lets it in to nothing at all."""
    host = servers.management_url.rpartition("@")[2]
    user, _, password = world.url.partition("://")[2].rpartition("@")[0].partition(":")
    async with httpx2.AsyncClient(auth=(user, password)) as client:
        for path in ("queues", "users", "overview", "whoami"):
            assert (await client.get(f"http://{host}/api/{path}")).status_code == 401

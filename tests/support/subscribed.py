"""Subscribers of a test, made as an operator makes them, and events for them."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from scribeline.contracts import routes
from scribeline.contracts.catalogue import TYPE_OF
from scribeline.contracts.codes import Code
from scribeline.contracts.envelope import Envelope, message_id, wrap
from scribeline.contracts.job import JobAccepted, JobEvent, JobFailed, JobStatus
from scribeline.contracts.unit import Error
from scribeline.messaging.broker import Broker, declare
from scribeline.messaging.codec import message
from scribeline.messaging.management_api import ManagementTrouble
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.subscribers import Subscribers
from tests.support.excuses import lacking
from tests.support.servers import Servers
from tests.support.waiting import eventually

MAX_LENGTH = 100_000
MAX_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Subscribed:
    """`url` is the subscriber's own."""

    url: str
    password: str
    queue: str
    log: str


@asynccontextmanager
async def subscribed(
    servers: Servers, broker: Broker, tenant: str = "acme", *types: str
) -> AsyncIterator[Subscribed]:
    """Of one tenant, of these types or of all; gone afterwards."""
    if not servers.management_url:
        lacking("RabbitMQ's management plugin is not there")
    await _declare(broker)
    theirs = Subscribers(servers.management_url, broker.url, broker.topology.prefix)
    await eventually(lambda: _answers(theirs))
    name = f"s{secrets.token_hex(4)}"
    made, password = await theirs.make(tenant, name, types, MAX_LENGTH, MAX_BYTES)
    try:
        place = made.place
        yield Subscribed(theirs.address(place, password, None), password, place.queue, place.log)
    finally:
        await theirs.remove(name)


async def _answers(theirs: Subscribers) -> bool:
    """The management API is there some seconds after the broker."""
    try:
        await theirs.all()
    except ManagementTrouble:
        return False
    return True


async def _declare(broker: Broker) -> None:
    connection = await broker.connect("subscribed")
    async with connection:
        await declare(await connection.channel(), broker.topology)


async def forget(broker: Broker, *queues: str) -> None:
    connection = await broker.connect("forget")
    async with connection:
        channel = await connection.channel()
        for queue in queues:
            await channel.queue_delete(queue)


async def waiting(broker: Broker, queue: str) -> int:
    """Messages that are ready in it."""
    connection = await broker.connect("waiting")
    async with connection:
        channel = await connection.channel()
        found = await channel.declare_queue(queue, passive=True)
        return found.declaration_result.message_count or 0


def event(
    number: int = 1, *, tenant: str = "acme", failed: bool = False, time: datetime | None = None
) -> Envelope:
    job = uuid4()
    data: JobEvent = JobAccepted(job=job, status=JobStatus.QUEUED, sequence=number)
    if failed:
        error = Error.of(Code.AUDIO_UNREADABLE)
        data = JobFailed(job=job, status=JobStatus.FAILED, sequence=number, error=error)
    return wrap(
        data,
        id=message_id(job, TYPE_OF[type(data)]),
        job=job,
        tenant=tenant,
        owner=None,
        source="result-writer",
        time=time,
    )


def several(count: int, first: int = 1) -> list[Envelope]:
    return [event(number) for number in range(first, first + count)]


@asynccontextmanager
async def never_pausing(publisher: Publisher, exchange: str = routes.PUBLIC) -> AsyncIterator[list[UUID]]:
    """Events come all the time, some twenty in a second; their ids."""
    sent: list[UUID] = []

    async def go_on() -> None:
        while True:
            sent.extend(await announce(publisher, event(), exchange=exchange))
            await asyncio.sleep(0.05)

    going = asyncio.create_task(go_on())
    try:
        yield sent
    finally:
        going.cancel()
        await asyncio.wait([going])


async def announce(publisher: Publisher, *events: Envelope, exchange: str = routes.PUBLIC) -> list[UUID]:
    """As the forwarder does; on `EVENTS`, as the relays do."""
    for each in events:
        key = f"{each.type}.{each.tenant}"
        copy = message(each.encode(), str(each.id))
        await publisher.publish(exchange, key, copy, mandatory=False)
    return [each.id for each in events]

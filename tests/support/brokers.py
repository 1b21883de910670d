"""Looking into the broker, and tidying up after a test."""

from collections.abc import Callable, Sequence

from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import AMQPError

from scribeline.contracts import routes
from scribeline.contracts.envelope import Envelope, decode
from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.broker import Broker, declare, hang_up
from scribeline.messaging.errors import reachable
from tests.support.waiting import eventually


async def forget(broker: Broker) -> None:
    """Delete everything of this test's topology."""
    connection = await broker.connect("forget")
    async with connection:
        channel = await connection.channel()
        for queue in broker.topology.queues:
            await channel.queue_delete(queue.name)
        for exchange in broker.topology.exchanges:
            await channel.exchange_delete(exchange.name)


async def stands(broker: Broker) -> bool:
    """Whether every queue has its leader, and the stream can be read: after a kill, that takes longest."""
    try:
        connection = await broker.connect("stands")
        try:
            async with reachable():
                channel = await connection.channel()
                await declare(channel, broker.topology)
                await channel.set_qos(prefetch_count=1)
                log = await channel.get_queue(broker.topology.name(routes.EVENTS_LOG), ensure=False)
                await log.consume(_ignore, arguments={"x-stream-offset": "first"})
        finally:
            await hang_up(connection)
    except (DependencyDown, AMQPError):
        return False
    return True


async def _ignore(_message: AbstractIncomingMessage) -> None:
    """Not acked: one is enough."""


async def take_all(broker: Broker, queue: str) -> list[AbstractIncomingMessage]:
    """Take everything that is ready in a queue."""
    connection = await broker.connect("take")
    async with connection:
        channel = await connection.channel()
        await declare(channel, broker.topology)
        source = await channel.get_queue(broker.topology.name(queue), ensure=False)
        taken = []
        while (message := await source.get(fail=False)) is not None:
            await message.ack()
            taken.append(message)
        return taken


async def depth(broker: Broker, queue: str) -> int:
    """Messages ready in a queue."""
    connection = await broker.connect("depth")
    async with connection:
        channel = await connection.channel()
        found = await channel.declare_queue(broker.topology.name(queue), passive=True)
        return found.declaration_result.message_count or 0


async def events(broker: Broker, until: str, within: float = 30.0) -> list[Envelope]:
    """Every event in the log, from its beginning to the first one of the type `until`."""
    return await heard(broker, lambda seen: any(event.type == until for event in seen), within)


async def heard(
    broker: Broker, enough: Callable[[Sequence[Envelope]], bool], within: float = 30.0
) -> list[Envelope]:
    """Every event in the log, from its beginning until it is enough."""
    seen: list[Envelope] = []
    connection = await broker.connect("events")
    async with connection:
        channel = await connection.channel()
        await declare(channel, broker.topology)
        await channel.set_qos(prefetch_count=100)
        log = await channel.get_queue(broker.topology.name(routes.EVENTS_LOG), ensure=False)

        async def see(message: AbstractIncomingMessage) -> None:
            seen.append(decode(message.body))
            await message.ack()

        await log.consume(see, arguments={"x-stream-offset": "first"})
        await eventually(lambda: enough(seen), within)
    return seen

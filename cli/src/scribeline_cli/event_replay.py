"""Events of the log, put into a queue again: the same bytes under the same ids. Needs the extra `events`."""

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import DeliveryError, PublishError

from scribeline.client.broker import connect, hang_up, reachable
from scribeline_cli.broker_address import BrokerAddress
from scribeline_cli.event_log import Found, Wanted, kept
from scribeline_cli.event_target import Target
from scribeline_cli.exits import Exit, Stop

CONTENT_TYPE = "application/cloudevents+json"
AT_A_TIME = 100
CONFIRM_SECONDS = 30.0
Progress = Callable[[int], None]


async def replay(
    broker: BrokerAddress, wanted: Wanted, target: Target, progress: Progress, *, dry: bool
) -> Counter[str]:
    """How many of each type. `progress` is told how many the broker has, after each bundle. Stops before a
    queue whose bound is known would drop its oldest; its bytes are not counted."""
    queue = target.queue
    done: Counter[str] = Counter()
    bundle: list[Found] = []
    async with _into(broker, queue) as channel:

        async def put() -> None:
            if not dry:
                if bundle and await _room(channel, target) < len(bundle):
                    raise _full(target, done.total(), bundle[0])
                await _put(channel, queue, bundle)
            done.update(found.event.type for found in bundle)
            bundle.clear()
            progress(done.total())

        async for found in kept(broker, wanted):
            bundle.append(found)
            if len(bundle) == AT_A_TIME:
                await put()
        await put()
    return done


async def _room(channel: AbstractChannel, target: Target) -> float:
    """Messages."""
    if target.max_length is None:
        return math.inf
    async with reachable(target.queue):
        found = await channel.declare_queue(target.queue, passive=True)
    return target.max_length - (found.declaration_result.message_count or 0)


def _full(target: Target, done: int, next_: Found) -> Stop:
    time = f"{next_.event.time:%Y-%m-%dT%H:%M:%SZ}"
    told = f"{target.queue} holds {target.max_length} at most: {done} events are put there"
    return Stop(Exit.REFUSED, f"{told}. Once they are taken, go on with --since {time}.")


@asynccontextmanager
async def _into(broker: BrokerAddress, queue: str) -> AsyncIterator[AbstractChannel]:
    """The queue is there."""
    async with reachable(queue):
        connection = await connect(broker.url, "scribeline events replay")
    try:
        async with reachable(queue):
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            await channel.declare_queue(queue, passive=True)
        yield channel
    finally:
        await hang_up(connection)


async def _put(channel: AbstractChannel, queue: str, bundle: list[Found]) -> None:
    async with reachable(queue):
        try:
            await asyncio.gather(*(_publish(channel, queue, found) for found in bundle))
        except PublishError:
            raise Stop(Exit.NOT_FOUND, f"{queue}: there is no such queue any more.") from None
        except DeliveryError:
            raise Stop(Exit.REFUSED, f"{queue} takes no more: it is full.") from None


async def _publish(channel: AbstractChannel, queue: str, found: Found) -> None:
    message = Message(
        found.body,
        message_id=found.message_id,
        content_type=CONTENT_TYPE,
        delivery_mode=DeliveryMode.PERSISTENT,
    )
    await channel.default_exchange.publish(message, queue, mandatory=True, timeout=CONFIRM_SECONDS)

"""Events per second, and CPU of each, from the outbox to a queue of others; against a bare publisher.

    python -m bench.events                 # 5,000 events, each way twice
    python -m bench.events --events 20000

The same bytes go into the same quorum queue, bound to the same exchange. Bare: one process publishes them by
aio-pika with confirms, 64 at a time. Ours: they stand in the outbox, the relay sends them to the events'
exchange (from where the stream and the queue of webhooks get them too), and the forwarder on to the public
one; both in one process, so on one core. All are connected before the clock starts, and stopped after it.
CPU is this process's: what the broker and the database use is not in it. The servers are started and ended
by the bench: no stack is needed.
"""

import argparse
import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

from notifier.forwarder import Forwarder
from scribeline.contracts import routes
from scribeline.contracts.envelope import Envelope
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import message
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.topology import topology
from scribeline.relay import Relay
from scribeline.storage import outbox
from scribeline.storage.database import Database
from scribeline.storage.migrate import migrate
from tests.support.brokers import forget
from tests.support.foreign import Foreign, event, foreign_queue
from tests.support.servers import Servers, start_servers
from tests.support.waiting import eventually
from tests.support.workers import working

ROUNDS = 2
AT_ONCE = 64
WORDS = "x" * 2000
"""An event with them is of the size of a short transcript's."""


@dataclass
class Spent:
    wall: float = 0.0
    cpu: float = 0.0

    @asynccontextmanager
    async def until_arrived(self, queue: Foreign, events: int) -> AsyncIterator[None]:
        """From here until so many more stand in the queue."""
        await queue.queue.purge()
        wall, cpu = perf_counter(), process_time()
        yield
        await eventually(lambda: arrived(queue, events), within=600, every=0.1)
        self.wall += perf_counter() - wall
        self.cpu += process_time() - cpu


async def arrived(queue: Foreign, events: int) -> bool:
    return await queue.depth() >= events


async def bare(broker: Broker, events: Sequence[Envelope], queue: Foreign, spent: Spent) -> None:
    connection = await broker.connect("bare")
    async with connection:
        channel = await connection.channel(publisher_confirms=True)
        exchange = await channel.get_exchange(broker.topology.name(routes.PUBLIC), ensure=False)
        bodies = [(f"{each.type}.{each.tenant}", message(each.encode(), str(each.id))) for each in events]
        async with spent.until_arrived(queue, len(events)):
            for first in range(0, len(bodies), AT_ONCE):
                batch = bodies[first : first + AT_ONCE]
                await asyncio.gather(*(exchange.publish(one, key) for key, one in batch))


async def ours(
    broker: Broker, database: Database, events: Sequence[Envelope], queue: Foreign, spent: Spent
) -> None:
    async with database.transaction() as session:
        for each in events:
            outbox.post(session, routes.EVENTS, f"{each.type}.{each.tenant}", each)
    async with ready_to_forward(broker) as publisher:
        relay, stop = Relay(database, publisher), asyncio.Event()
        async with spent.until_arrived(queue, len(events)):
            running = asyncio.create_task(relay.run(stop))
        stop.set()
        relay.wake()
        await running


@asynccontextmanager
async def ready_to_forward(broker: Broker) -> AsyncIterator[Publisher]:
    """The relay's publisher, connected, and a forwarder that consumes; both are stopped afterwards."""
    forwarder = Forwarder(broker, "full", AT_ONCE)
    async with Publisher(broker, "relay") as publisher, working([forwarder]):
        await publisher.ping()
        await eventually(forwarder.ready.is_set)
        yield publisher


async def main(servers: Servers, events: int) -> None:
    await migrate(servers.database_url)
    database = Database(servers.database_url)
    broker = Broker(servers.amqp_url, topology(f"b{secrets.token_hex(4)}."))
    reference, measured = Spent(), Spent()
    async with foreign_queue(broker, queue_type="quorum") as queue:
        for _ in range(ROUNDS):
            await bare(broker, told(events), queue, reference)
            await ours(broker, database, told(events), queue, measured)
    await forget(broker)
    await database.close()
    count = events * ROUNDS
    for name, spent in (("bare publisher", reference), ("outbox to queue", measured)):
        print(
            f"{name:16} {count / spent.wall:7.0f} events/s   {spent.cpu / count * 1e6:6.0f} us CPU an event"
        )
    print(
        f"ours / bare      {reference.wall / measured.wall:7.2f}x of the rate"
        f"   {measured.cpu / reference.cpu:5.2f}x of the CPU"
    )


def told(events: int) -> list[Envelope]:
    return [event(number, words=WORDS) for number in range(1, events + 1)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--events", type=int, default=5000, help="each way, in each of two rounds")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        started = start_servers(Path(folder) / "servers")
        try:
            asyncio.run(main(started, given.events))
        finally:
            started.stop()

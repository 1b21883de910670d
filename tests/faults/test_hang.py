"""An engine that never returns: its process ends itself, and the unit goes to another worker."""

import asyncio
import sys

from scribeline.contracts import routes
from scribeline.contracts.envelope import decode
from scribeline.messaging.broker import Broker, declare
from scribeline.messaging.codec import message
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.topology import dead_queue
from scribeline.messaging.worker import EXIT_HUNG
from tests.support.births import short_command
from tests.support.brokers import depth, take_all
from tests.support.waiting import eventually

HANGING = """
import asyncio, sys, threading
from scribeline.contracts import routes
from scribeline.contracts.transcription import TranscribeShort
from scribeline.messaging.broker import Broker
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.topology import topology
from scribeline.messaging.worker import Step, Worker

async def hang(command):
    while True:  # cancelled, it waits for its thread all the same
        try:
            await asyncio.to_thread(threading.Event().wait)
        except asyncio.CancelledError:
            pass

async def main(url, prefix):
    broker = Broker(url, topology(prefix), heartbeat=10)
    step = Step(routes.SHORT_QUEUE, (TranscribeShort,), soft_deadline=0.5, hard_deadline=1.5)
    worker = Worker(step, hang, service="test", broker=broker, publisher=Publisher(broker, "test"))
    await worker.run(asyncio.Event())

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_process_whose_unit_hangs_ends_and_the_unit_is_delivered_again(
    broker: Broker, publisher: Publisher
) -> None:
    connection = await broker.connect("test")
    await declare(await connection.channel(), broker.topology)
    await connection.close()
    command = short_command()
    await publisher.publish(routes.JOBS, routes.SHORT_QUEUE, message(command.encode(), str(command.id)))

    prefix = broker.topology.prefix
    hung = await asyncio.create_subprocess_exec(sys.executable, "-c", HANGING, broker.url, prefix)
    assert await asyncio.wait_for(hung.wait(), 60) == EXIT_HUNG

    async def waits_again() -> bool:
        return await depth(broker, routes.SHORT_QUEUE) == 1

    await eventually(waits_again)
    [again] = await take_all(broker, routes.SHORT_QUEUE)
    assert (decode(again.body), again.redelivered) == (command, True)
    assert await depth(broker, dead_queue(routes.SHORT_QUEUE)) == 0

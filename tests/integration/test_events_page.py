"""`docs/events.md` as it stands there, on the broker and with a subscriber's own rights."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aio_pika
import pytest

from scribeline.contracts import routes
from scribeline.contracts.envelope import Envelope
from scribeline.messaging.broker import Broker
from scribeline.messaging.publisher import Publisher
from tests.support.golden import example
from tests.support.manual import sections, spans
from tests.support.servers import Servers
from tests.support.subscribed import Subscribed, announce, subscribed

pytestmark = pytest.mark.integration

PAGE = sections("events.md")
[PROGRAM] = PAGE["Subscribe"].blocks("python")
ADVICE = {row[0]: row[1] for row in PAGE["Subscribe"].table("")}


@pytest.fixture
async def me(servers: Servers, broker: Broker) -> AsyncIterator[Subscribed]:
    async with subscribed(servers, broker, "acme", "transcript.completed", "job.failed") as made:
        yield made


def golden(type_: str) -> Envelope:
    return example(type_).model_copy(update={"time": datetime.now(UTC)})


async def test_the_program_prints_what_was_said(publisher: Publisher, me: Subscribed) -> None:
    told = golden("transcript.completed")
    await announce(publisher, golden("job.failed"), told)
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "-c", PROGRAM),
        env={**os.environ, "SCRIBELINE_EVENTS_URL": me.url},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert running.stdout is not None
        line = await asyncio.wait_for(running.stdout.readline(), 60)
    finally:
        running.kill()
        await running.wait()
    assert line.decode() == f"{told.subject} Shall we ship on Friday?\n"


async def test_any_client_is_given_what_the_table_says(
    broker: Broker, publisher: Publisher, me: Subscribed
) -> None:
    plain = broker.topology.prefix + spans(ADVICE["consume"])[0]
    assert me.queue.rpartition(".")[0] == plain.replace("TENANT.NAME", "acme")
    told = golden("job.failed")
    await announce(publisher, told)
    async with await aio_pika.connect(me.url) as connection:
        channel = await connection.channel()
        async with (await channel.get_queue(me.queue, ensure=False)).iterator(timeout=60) as deliveries:
            first = await anext(deliveries)
            await first.ack()
    assert (first.message_id, json.loads(first.body)["id"]) == (str(told.id), str(told.id))
    assert first.content_type in spans(ADVICE["body"])
    assert first.routing_key == "job.failed.acme"
    assert first.body == told.encode()


async def test_it_binds_its_queue_to_other_types_and_reads_its_tenants_log_back(
    broker: Broker, publisher: Publisher, me: Subscribed
) -> None:
    assert f"`{routes.PUBLIC}` with `TYPE.TENANT`" in ADVICE["other types"]
    assert routes.public_log("TENANT") in ADVICE["catch up"]
    exchange = broker.topology.name(routes.PUBLIC)
    before, after = golden("job.deleted"), golden("job.cancelled")
    await announce(publisher, before)
    async with await aio_pika.connect(me.url) as connection:
        channel = await connection.channel()
        await channel.set_qos(20)
        mine = await channel.get_queue(me.queue, ensure=False)
        await mine.bind(exchange, "job.cancelled.acme")
        await announce(publisher, after)
        async with mine.iterator(timeout=60) as deliveries:
            assert (await anext(deliveries)).message_id == str(after.id)
        log = await channel.get_queue(me.log, ensure=False)
        async with log.iterator(timeout=60, arguments={"x-stream-offset": "first"}) as deliveries:
            found = {(await anext(deliveries)).message_id for _ in range(2)}
    assert found == {str(before.id), str(after.id)}

"""The outbox relay on real servers: everything decided is sent, once confirmed it is forgotten."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from math import isnan

import pytest
from sqlalchemy import text
from yarl import URL

from scribeline.contracts import routes
from scribeline.contracts.envelope import decode
from scribeline.contracts.unit import Stage
from scribeline.messaging.broker import Broker
from scribeline.messaging.publisher import Publisher
from scribeline.relay import Relay
from scribeline.storage import outbox
from scribeline.storage.database import Database
from scribeline.storage.roles import GATEWAY
from tests.support.births import born
from tests.support.brokers import depth, take_all
from tests.support.proxy import Mode, proxy_to
from tests.support.roles import as_gateway
from tests.support.scrapes import sample
from tests.support.waiting import eventually


@asynccontextmanager
async def relaying(relay: Relay) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(relay.run(stop))
    yield
    stop.set()
    relay.wake()
    await running


async def waiting(database: Database) -> int:
    async with database.transaction() as session:
        rows, _ = await outbox.backlog(session)
    return rows


async def test_what_a_commit_decided_reaches_its_queue_and_leaves_the_outbox(
    database: Database, broker: Broker, publisher: Publisher
) -> None:
    relay = Relay(as_gateway(database), publisher)
    async with relaying(relay):
        job = await born(database, Stage.SHORT)
        relay.wake()

        async def empty() -> bool:
            return await waiting(database) == 0

        await eventually(empty)
    (command,) = await take_all(broker, routes.SHORT_QUEUE)
    assert decode(command.body).subject == job.id


async def test_what_waits_is_measured_with_its_age(
    database: Database, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    await born(database, Stage.SHORT)
    async with database.transaction() as session:
        await session.run(text("UPDATE outbox SET created_at = now() - interval '90 s'"))
    sent = asyncio.Event()

    async def send_nothing(_: Relay) -> int:
        sent.set()
        return 0

    monkeypatch.setattr(Relay, "send_due", send_nothing)
    async with relaying(Relay(as_gateway(database), publisher)):
        await sent.wait()

    assert sample("scribeline_outbox_rows") == 2
    assert sample("scribeline_outbox_oldest_seconds") == pytest.approx(90, abs=30)


async def test_while_the_database_is_away_nobody_is_told_what_waited_before(
    database: Database, database_url: str, publisher: Publisher
) -> None:
    there = URL(database_url)
    async with proxy_to(there.host or "", there.port or 0) as proxy:
        away = Database(str(there.with_host("127.0.0.1").with_port(proxy.port)), role=GATEWAY)
        async with relaying(Relay(away, publisher)):
            await eventually(lambda: sample("scribeline_outbox_rows") == 0)
            proxy.mode = Mode.DOWN
            proxy.cut()
            await eventually(lambda: isnan(sample("scribeline_outbox_rows")))
            assert isnan(sample("scribeline_outbox_oldest_seconds"))
            proxy.mode = Mode.PASS
            await eventually(lambda: sample("scribeline_outbox_rows") == 0)
            assert sample("scribeline_outbox_oldest_seconds") == 0
        await away.close()


async def test_two_relays_share_the_work_and_send_nothing_twice(
    database: Database, broker: Broker, publisher: Publisher
) -> None:
    for _ in range(60):
        await born(database, Stage.SHORT, window=1000)
    other = Publisher(broker, "other")
    async with relaying(Relay(as_gateway(database), publisher)), relaying(Relay(as_gateway(database), other)):

        async def empty() -> bool:
            return await waiting(database) == 0

        await eventually(empty)
    await other.close()
    assert await depth(broker, routes.SHORT_QUEUE) == 60


async def test_an_unroutable_message_stays_and_is_sent_once_its_binding_is_back(
    database: Database, broker: Broker, publisher: Publisher
) -> None:
    await publisher.ping()
    connection = await broker.connect("saboteur")
    async with connection:
        channel = await connection.channel()
        name = broker.topology.name(routes.SHORT_QUEUE)
        queue = await channel.get_queue(name, ensure=False)
        await queue.unbind(broker.topology.name(routes.JOBS), name)
        await born(database, Stage.SHORT)
        relay = Relay(as_gateway(database), publisher)
        before = sample("scribeline_unroutable_total")
        assert await relay.send_due() == 2
        assert sample("scribeline_unroutable_total") == before + 1
        assert await waiting(database) == 1
        await queue.bind(broker.topology.name(routes.JOBS), name)
    async with database.transaction() as session:
        await session.run(text("UPDATE outbox SET claimed_until = now()"))
    await relay.send_due()
    assert await waiting(database) == 0
    assert await depth(broker, routes.SHORT_QUEUE) == 1


async def test_a_message_claimed_by_a_relay_that_died_is_sent_by_another_with_the_same_bytes(
    database: Database, broker: Broker, publisher: Publisher
) -> None:
    await born(database, Stage.SHORT)
    async with database.transaction() as session:
        claimed = await outbox.claim(session, 10, timedelta(seconds=0))
    await Relay(as_gateway(database), publisher).send_due()
    (sent,) = await take_all(broker, routes.SHORT_QUEUE)
    assert sent.body in [row.body for row in claimed]

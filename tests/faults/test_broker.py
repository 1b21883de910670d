"""The broker dies, freezes or fills up while jobs are under way, and nothing is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from scribeline.contracts import routes
from scribeline.messaging.broker import Broker, declare
from tests.support.audio import jfk, joined, silence, wav_file
from tests.support.brokers import stands
from tests.support.checker import nothing_was_lost
from tests.support.pipeline import Pipeline, pipeline
from tests.support.rabbitmqctl import DISK, close_connections, policy, rabbitmqctl, under_alarm
from tests.support.servers import Servers
from tests.support.waiting import eventually

# aio_pika closes what never opened when it is collected, which may happen in another thread than its loop's
pytestmark = pytest.mark.filterwarnings(
    "ignore:coroutine 'Connection.close' was never awaited:RuntimeWarning"
)

LONG_BYTES = 400_000
"""More than one sentence: such a recording is planned, and cut into pieces."""
FROZEN_SECONDS = 35.0
"""More than three heartbeats: connections die meanwhile."""
GROWN_UP_SECONDS = 30.0
"""RabbitMQ 3.10 may find no leader again for a queue that was seconds old when its node was killed."""


async def send(system: Pipeline, count: int) -> list[str]:
    """Upload so many short recordings and a long one."""
    pause = silence(2.0)
    jobs = [await system.submit(wav_file(jfk()), analyze="false") for _ in range(count)]
    return [*jobs, await system.submit(wav_file(joined(jfk(), pause, jfk(), pause, jfk())), analyze="false")]


async def all_done(system: Pipeline, jobs: list[str]) -> None:
    for job in jobs:
        assert (await system.ended(job, within=200))["status"] == "completed"
    await eventually(lambda: stands(system.broker), within=60)
    await nothing_was_lost(system, jobs)


async def restarted(servers: Servers) -> None:
    assert servers.broker is not None
    await asyncio.to_thread(servers.broker.restart)


async def killed(servers: Servers) -> None:
    assert servers.broker is not None
    await asyncio.sleep(GROWN_UP_SECONDS)
    await asyncio.to_thread(servers.broker.kill)
    await asyncio.to_thread(servers.broker.start)


async def frozen(servers: Servers) -> None:
    assert servers.broker is not None
    servers.broker.freeze()
    await asyncio.sleep(FROZEN_SECONDS)
    await asyncio.to_thread(servers.broker.thaw)


@pytest.mark.thorough
@pytest.mark.parametrize("happens", [restarted, killed, frozen])
async def test_a_broker_that_goes_away_and_comes_back_loses_nothing(
    happens: Callable[[Servers], Awaitable[None]],
    movable: Servers,
    broker: Broker,
    database_url: str,
    models_dir: Path,
) -> None:
    async with pipeline(movable, broker, database_url, models_dir, short_max_bytes=LONG_BYTES) as system:
        jobs = await send(system, 2)
        fault = asyncio.ensure_future(happens(movable))
        jobs += await send(system, 2)
        await fault
        await all_done(system, jobs)


@pytest.mark.thorough
async def test_a_full_disk_of_the_broker_stops_no_upload_and_loses_nothing(
    movable: Servers, broker: Broker, database_url: str, models_dir: Path
) -> None:
    async with pipeline(movable, broker, database_url, models_dir, short_max_bytes=LONG_BYTES) as system:
        jobs = await send(system, 2)
        async with under_alarm(movable, broker, DISK):
            jobs += await send(system, 2)
        await all_done(system, jobs)


@pytest.mark.thorough
async def test_connections_that_an_operator_closes_lose_nothing(
    movable: Servers, broker: Broker, database_url: str, models_dir: Path
) -> None:
    async with pipeline(movable, broker, database_url, models_dir, short_max_bytes=LONG_BYTES) as system:
        jobs = await send(system, 2)
        await rabbitmqctl(movable, "close_all_connections", "by an operator")
        jobs += await send(system, 2)
        await close_connections(movable, "result-writer consumer")
        await all_done(system, jobs)


async def refusals(system: Pipeline) -> int:
    async with system.database.transaction() as session:
        row = (await session.run(text("SELECT coalesce(sum(refusals), 0) AS times FROM outbox"))).one()
    return int(row.times)


async def due_at_once(system: Pipeline) -> None:
    """What was refused is tried again now, not half a minute later."""
    async with system.database.transaction() as session:
        await session.run(text("UPDATE outbox SET claimed_until = now()"))


@pytest.mark.thorough
async def test_a_work_queue_that_an_operator_limits_makes_jobs_wait_and_loses_none(
    movable: Servers, broker: Broker, database_url: str, models_dir: Path
) -> None:
    async with pipeline(movable, broker, database_url, models_dir) as system:
        async with policy(movable, broker.topology.name(routes.SHORT_QUEUE), max_length=1):
            jobs = [await system.submit(wav_file(jfk()), analyze="false") for _ in range(12)]
            await eventually(lambda: refusals(system))
        await due_at_once(system)
        await all_done(system, jobs)


async def test_a_full_queue_of_others_on_our_events_delays_them_and_no_work(
    movable: Servers, broker: Broker, database_url: str, models_dir: Path
) -> None:
    connection = await broker.connect("another service")
    channel = await connection.channel()
    await declare(channel, broker.topology)
    theirs = await channel.declare_queue(
        broker.topology.name("theirs"),
        durable=True,
        arguments={"x-queue-type": "quorum", "x-max-length": 1, "x-overflow": "reject-publish"},
    )
    await theirs.bind(broker.topology.name(routes.EVENTS), "#")
    try:
        async with pipeline(movable, broker, database_url, models_dir) as system:
            jobs = [await system.submit(wav_file(jfk()), analyze="false") for _ in range(3)]
            for job in jobs:
                assert (await system.ended(job))["status"] == "completed"
            await eventually(lambda: refusals(system))
            await theirs.delete(if_unused=False, if_empty=False)
            await due_at_once(system)
            await all_done(system, jobs)
    finally:
        await theirs.delete(if_unused=False, if_empty=False)
        await connection.close()

"""Two of each on one database and one broker: they share the work, and stand in nobody's way."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import text

from scribeline.messaging.broker import Broker
from scribeline.storage.database import Database
from tests.support.births import NORMALISED
from tests.support.brokers import heard
from tests.support.checker import ENDS, nothing_was_lost
from tests.support.pipeline import Pipeline, add_key, pipeline
from tests.support.servers import Servers
from tests.support.waiting import eventually
from tests.support.workers import PIECES, Workers, working

TENANTS = ("acme", "globex", "initech")
SHORT, LONG = bytes(100), bytes(200)
"""Recordings by their sizes: nobody listens to them."""
SHORT_MOST = 150
AT_ONCE = 8
SMALL_WINDOW = 12
"""Units of a tenant are always waiting, so that whoever ends one releases another."""


@pytest.mark.parametrize(
    "jobs", [pytest.param(48), pytest.param(400, marks=[pytest.mark.thorough, pytest.mark.timeout(600)])]
)
async def test_two_gateways_two_writers_and_four_relays_neither_deadlock_nor_send_anything_twice(
    jobs: int, servers: Servers, broker: Broker, database_url: str, models_dir: Path
) -> None:
    workers = Workers(broker)
    async with (
        working(workers.all),
        pipeline(
            servers,
            broker,
            database_url,
            models_dir,
            without={"transcriber", "analyzer"},
            copies=2,
            short_max_bytes=SHORT_MOST,
            window=SMALL_WINDOW,
        ) as system,
    ):
        await system.store.put(NORMALISED, b"of all jobs")
        ids = await upload(system, jobs)
        await eventually(lambda: all_ended(system.database), within=400, every=0.2)
        await nothing_was_lost(system, ids)
        assert await statuses(system.database) == {"completed": jobs}
        sent = await heard(broker, lambda seen: sum(event.type in ENDS for event in seen) >= jobs)
    asked = Counter(unit.stage.value for unit in workers.asked)
    long = jobs // 2
    assert asked == {"short": jobs - long, "plan": long, "chunk": long * PIECES, "analyze": jobs}
    assert set(workers.asked.values()) == {1}, "a command was sent twice"
    assert set(Counter(event.id for event in sent).values()) == {1}, "an event was sent twice"
    assert await deadlocks(database_url) == 0


async def upload(system: Pipeline, jobs: int) -> list[str]:
    """Of every tenant, to both gateways in turn, some at once. Every second one is long."""
    keys = [await add_key(system.database, tenant) for tenant in TENANTS]
    places = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> str:
        client = system.clients[number // 2 % len(system.clients)]
        headers = {"Authorization": f"Bearer {keys[number % len(keys)]}"}
        files = {"audio": ("a.wav", LONG if number % 2 else SHORT)}
        async with places:
            answer = await client.post("/v1/jobs", files=files, headers=headers)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    return await asyncio.gather(*map(one, range(jobs)))


async def all_ended(database: Database) -> bool:
    return not set(await statuses(database)) - {"completed", "failed", "cancelled"}


async def statuses(database: Database) -> dict[str, int]:
    async with database.transaction() as session:
        rows = await session.run(text("SELECT status, count(*) AS jobs FROM job GROUP BY status"))
        return {str(row.status): int(row.jobs) for row in rows}


async def deadlocks(database_url: str) -> int:
    """That PostgreSQL ever broke in this database, once everybody who may have met one has left and told."""
    database = Database(database_url, pool=1)

    async def alone() -> bool:
        async with database.transaction() as session:
            here = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            return int((await session.run(text(here))).scalar_one()) == 1

    await eventually(alone)
    async with database.transaction() as session:
        counted = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        broken = int((await session.run(text(counted))).scalar_one())
    await database.close()
    return broken

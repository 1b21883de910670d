"""Claims of deliveries: bounded by lane and tenant, exact among notifiers, cheap however much is pending."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from scribeline.signing import Generations
from scribeline.storage import claims
from scribeline.storage.claims import Due
from scribeline.storage.database import EVERYBODY, Database
from tests.support.notifying import START, Clock, announce, event, hook
from tests.support.roles import as_notifier
from tests.support.waiting import eventually

LEASE = timedelta(seconds=60)
LANES = """
    INSERT INTO webhook (id, tenant, url, description, types, content, status, generation, lane, created_at)
    SELECT CAST(lpad(to_hex(n), 32, '0') AS uuid), 'acme', 'u', '', '{}', 'full', :status, 1,
           CAST(CAST(lpad(to_hex(n), 32, '0') AS uuid) AS text), now()
    FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n
"""
ROWS = """
    INSERT INTO delivery (id, tenant, webhook, lane, event, job, type, status, attempts, tries, replays,
                          next_attempt_at, created_at)
    SELECT gen_random_uuid(), w.tenant, w.id, w.lane, gen_random_uuid(), gen_random_uuid(), 'job.completed',
           'pending', 0, '[]', 0, CAST(:at AS timestamptz) + n * interval '1 ms', now()
    FROM webhook w, generate_series(1, CAST(:rows AS int)) AS n
    WHERE w.id BETWEEN CAST(lpad(to_hex(CAST(:first AS int)), 32, '0') AS uuid)
                   AND CAST(lpad(to_hex(CAST(:last AS int)), 32, '0') AS uuid)
"""


async def claim(database: Database, **given: Any) -> list[Due]:
    bounds: dict[str, Any] = {"limit": 1000, "per_lane": 4, "per_tenant": 1000, "held": {}, **given}
    now = bounds.pop("now", START)
    async with as_notifier(database).transaction(EVERYBODY) as session:
        return await claims.claim(session, now, lease=LEASE, **bounds)


async def pending(database: Database, tenants: dict[str, int], events: int) -> None:
    """So many webhooks of each tenant, and so many events for each."""
    for tenant, hooks in tenants.items():
        for _ in range(hooks):
            await hook(database, tenant=tenant)
        await announce(database, *(event(tenant=tenant) for _ in range(events)))


async def many(database: Database, first: int, last: int, rows: int, status: str = "active") -> None:
    """Webhooks of these numbers, with so many rows each."""
    await hook(database, status="disabled")  # its tenant is there
    async with database.transaction(EVERYBODY) as session:
        await session.run(text(LANES), {"first": first, "last": last, "status": status})
        at = START - timedelta(hours=1)
        await session.run(text(ROWS), {"first": first, "last": last, "rows": rows, "at": at})


async def analyze(database: Database) -> None:
    async with database.transaction(EVERYBODY) as session:
        await session.run(text("ANALYZE webhook"))
        await session.run(text("ANALYZE delivery"))


async def pages(database: Database) -> int:
    """That the claim of one delivery reads, of tables and indexes; it is rolled back."""
    bounds = {"limit": 1, "per_lane": 4, "per_tenant": 128, "tenants": [], "held": []}
    async with as_notifier(database).transaction(EVERYBODY) as session:
        asked = text("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + claims.CLAIM)
        rows = await session.run(asked, {"now": START, "until": START + LEASE, **bounds})
        top: dict[str, Any] = rows.scalar_one()[0]["Plan"]
        await session.rollback()
    return int(top["Shared Hit Blocks"]) + int(top["Shared Read Blocks"])


async def test_of_a_lane_no_more_are_under_way_than_its_places(database: Database) -> None:
    await pending(database, {"acme": 3}, events=10)
    first = await claim(database)
    assert len(first) == 12
    assert await claim(database) == []
    async with as_notifier(database).transaction(EVERYBODY) as session:
        await claims.give_back(session, first[:5])
    assert len(await claim(database)) == 5


async def test_notifiers_that_claim_at_the_same_time_keep_to_it_together(database: Database) -> None:
    await pending(database, {"acme": 5}, events=10)
    taken = await asyncio.gather(*(claim(database, limit=7) for _ in range(8)))
    ids = [due.id for each in taken for due in each]
    assert len(ids) == len(set(ids)) == 20


async def test_a_claim_waits_for_the_one_before_it(database: Database) -> None:
    await pending(database, {"acme": 1}, events=10)
    bounds: dict[str, Any] = {"lease": LEASE, "limit": 4, "per_lane": 4, "per_tenant": 128, "held": {}}
    async with as_notifier(database).transaction(EVERYBODY) as session:
        assert len(await claims.claim(session, START, **bounds)) == 4
        second = asyncio.create_task(claim(database))
        await eventually(partial(somebody_waits, database))
    assert await second == [], "it saw what the first one took"


async def somebody_waits(database: Database) -> bool:
    async with database.transaction() as session:
        waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return bool((await session.run(waiting)).scalar_one())


async def test_of_a_tenant_no_more_than_its_share_with_what_it_has_under_way(database: Database) -> None:
    await pending(database, {"acme": 5, "beta": 1}, events=4)
    taken = await claim(database, per_tenant=6, held={"acme": 4})
    assert sorted(due.tenant for due in taken) == ["acme"] * 2 + ["beta"] * 4


async def test_whoever_has_fewest_under_way_goes_first(database: Database) -> None:
    await pending(database, {"acme": 5}, events=4)
    await pending(database, {"beta": 1}, events=2)
    taken = await claim(database, limit=4)
    assert sorted(due.tenant for due in taken) == ["acme", "acme", "beta", "beta"]
    assert len({due.webhook.id for due in taken}) == 3, "and each of its webhooks before one has two"


async def test_the_oldest_of_a_lane_go_first(database: Database) -> None:
    await hook(database)
    told = [event() for _ in range(9)]
    clock = Clock()
    for each in told:
        clock.on(seconds=-1)
        await announce(database, each, clock=clock)
    assert {due.event for due in await claim(database)} == {each.id for each in told[-4:]}


async def test_what_is_claimed_says_whose_secrets_sign_it(database: Database) -> None:
    day, told = START + timedelta(days=1), event()
    own = await hook(database, generation=4, oldest_generation=2, previous_until=day)
    of_job = await hook(database, job=told.subject, generation=9)
    async with database.transaction(EVERYBODY) as session:
        changed = "callback_generation = 3, callback_oldest_generation = 1, callback_previous_until = :day"
        await session.run(text(f"UPDATE tenant SET {changed}"), {"day": day})
    await announce(database, told)
    assert {due.webhook.id: due.webhook.generations for due in await claim(database)} == {
        own.id: Generations(4, 2, day),
        of_job.id: Generations(3, 1, day),
    }


async def test_nothing_is_taken_before_its_time_and_what_nobody_ended_is_taken_again(
    database: Database,
) -> None:
    await pending(database, {"acme": 1}, events=2)
    assert await claim(database, now=START - timedelta(seconds=1)) == []
    first = await claim(database)
    assert await claim(database, now=START + LEASE) == []
    again = await claim(database, now=START + LEASE + timedelta(seconds=1))
    assert {due.id for due in again} == {due.id for due in first}
    assert {due.claimed_until for due in again}.isdisjoint(due.claimed_until for due in first)


async def test_a_claim_that_is_over_gives_nothing_back(database: Database) -> None:
    await pending(database, {"acme": 1}, events=1)
    old = await claim(database)
    new = await claim(database, now=START + 2 * LEASE)
    async with as_notifier(database).transaction(EVERYBODY) as session:
        await claims.give_back(session, old)
    assert await claim(database, now=START + 2 * LEASE) == []
    assert len(new) == 1


@pytest.mark.parametrize("status", ["active", "paused"])
async def test_a_lane_with_very_many_deliveries_costs_as_much_as_any_other(
    database: Database, status: str
) -> None:
    await many(database, 1, 50, rows=6)
    await many(database, 51, 51, rows=50_000, status=status)
    await analyze(database)
    read = await pages(database)
    assert read < 51 * 20, read


async def test_a_notifier_that_froze_while_it_claimed_holds_up_the_others_for_a_moment_only(
    database: Database,
) -> None:
    await pending(database, {"acme": 1}, events=1)
    frozen = as_notifier(database).transaction(EVERYBODY)
    session = await frozen.__aenter__()
    taken = await claims.claim(session, START, lease=LEASE, limit=9, per_lane=4, per_tenant=9, held={})
    assert len(taken) == 1
    assert len(await claim(database)) == 1, "PostgreSQL ended the other one's transaction"
    await session.invalidate()

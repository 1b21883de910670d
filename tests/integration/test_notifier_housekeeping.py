"""The log of deliveries is kept for its days, and what can never be sent is ended: by the notifier's role."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from notifier.housekeeping import Housekeeping
from scribeline.storage.callbacks import FORGET_TOLD
from scribeline.storage.database import EVERYBODY, Database, Session
from tests.support.notifying import Clock, announce, deliveries, event, hook, reach
from tests.support.roles import as_notifier


async def clean(database: Database, clock: Clock, days: int = 30) -> None:
    await Housekeeping(as_notifier(database), clock, days).clean(asyncio.Event())


async def run(database: Database, statement: str, **parameters: object) -> None:
    async with database.transaction(EVERYBODY) as session:
        await session.run(text(statement), parameters)


async def webhooks(database: Database) -> int:
    async with database.transaction(EVERYBODY) as session:
        return int((await session.run(text("SELECT count(*) FROM webhook"))).scalar_one())


async def test_what_ended_goes_after_its_days_and_not_before(database: Database) -> None:
    clock = Clock()
    await hook(database)
    await announce(database, old := event(), young := event(), waiting := event(), clock=clock)
    end = "UPDATE delivery SET status = 'delivered', ended_at = :at WHERE event = :event"
    await run(database, end, event=old.id, at=clock.at)
    await run(database, end, event=young.id, at=clock.at + timedelta(days=1))
    clock.on(days=30)
    await clean(database, clock)
    assert len(await deliveries(database)) == 3
    clock.on(seconds=1)
    await clean(database, clock)
    assert {row.event for row in await deliveries(database)} == {young.id, waiting.id}


async def test_very_many_go_in_several_transactions(database: Database) -> None:
    clock = Clock()
    await hook(database)
    await reach(database, [event() for _ in range(2_500)])
    await run(database, "UPDATE delivery SET status = 'failed', ended_at = :at", at=clock.at)
    clock.on(days=31)
    await clean(database, clock)
    assert await deliveries(database) == []


async def test_stopped_it_goes_after_the_batch_in_hand(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, stop, notifier = Clock(), asyncio.Event(), as_notifier(database)
    await hook(database)
    await reach(database, [event() for _ in range(2_500)])
    await run(database, "UPDATE delivery SET status = 'failed', ended_at = :at", at=clock.at)
    clock.on(days=31)
    real, begun = notifier.transaction, 0

    @asynccontextmanager
    async def counted(tenant: str | None = None) -> AsyncIterator[Session]:
        nonlocal begun
        begun += 1
        async with real(tenant) as session:
            yield session
        if begun == 3:  # the first two look for what is forgotten
            stop.set()

    monkeypatch.setattr(notifier, "transaction", counted)
    await Housekeeping(notifier, clock).run(stop)
    assert len(await deliveries(database)) == 1_500


async def test_what_is_held_for_longer_than_its_event_is_kept_is_cancelled(database: Database) -> None:
    clock = Clock()
    await hook(database, status="paused")
    await announce(database, kept := event(), clock=clock)
    await reach(database, [gone := event()], clock=clock)
    await reach(database, [under_way := event()], clock=clock)
    claim = "UPDATE delivery SET claimed_until = :at WHERE event = :event"
    await run(database, claim, event=under_way.id, at=clock.at + timedelta(days=8))
    await clean(database, clock)
    assert {row.status for row in await deliveries(database)} == {"pending"}
    clock.on(days=7, seconds=1)
    await clean(database, clock)
    found = {row.event: (row.status, row.reason, row.ended_at) for row in await deliveries(database)}
    assert found == {
        kept.id: ("pending", None, None),
        gone.id: ("cancelled", "event_gone", clock.at),
        under_way.id: ("pending", None, None),
    }


async def test_a_jobs_callback_lives_as_long_as_its_job_however_long_that_waits_or_is_over(
    database: Database,
) -> None:
    clock = Clock()
    job = uuid7()
    await hook(database, job=job, created_at=clock.at)
    clock.on(days=100)
    await clean(database, clock)
    await announce(database, event(job=job), clock=clock)
    await run(database, "UPDATE delivery SET ended_at = :at, status = 'delivered'", at=clock.at)
    clock.on(days=100)
    await clean(database, clock)
    assert (await webhooks(database), await deliveries(database)) == (1, [])
    await announce(database, event(job=job), clock=clock)
    assert len(await deliveries(database)) == 1, "it runs again, and is told of"


async def test_a_callback_that_is_told_of_the_end_of_its_job_goes_after_that(database: Database) -> None:
    clock = Clock()
    job = uuid7()
    everything = await hook(database)
    await hook(database, job=job)
    await announce(database, end := event("job.deleted", job=job), event(job=job), clock=clock)
    await clean(database, clock)
    assert await webhooks(database) == 2
    await run(database, "UPDATE delivery SET ended_at = :at, status = 'failed'", at=clock.at)
    await clean(database, clock)
    await reach(database, [event(job=job), end])
    assert {row.webhook for row in await deliveries(database)} == {everything.id}
    assert await webhooks(database) == 1, "the tenant's own stays"


async def test_what_endpoints_were_told_of_deleted_jobs_is_not_looked_at(database: Database) -> None:
    await hook(database)
    await reach(database, [event("job.deleted") for _ in range(3_000)])
    await run(database, "UPDATE delivery SET ended_at = now(), status = 'delivered'")
    async with database.transaction(EVERYBODY) as session:
        await session.run(text("ANALYZE delivery"))
    async with as_notifier(database).transaction(EVERYBODY) as session:
        explained = await session.run(text("EXPLAIN " + FORGET_TOLD), {"limit": 1_000})
        plan = "\n".join(explained.scalars())
    assert "delivery_last" in plan, plan

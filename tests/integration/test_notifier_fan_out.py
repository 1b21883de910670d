"""Which webhook gets a delivery of which event: all through the notifier's own role."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from scribeline.contracts.envelope import Envelope
from scribeline.storage.callbacks import FORGET
from scribeline.storage.database import EVERYBODY, Database
from scribeline.storage.deliveries import OF_ENDPOINTS, OF_JOBS, columns_of
from scribeline.storage.models import WebhookRow
from tests.support.notifying import START, deliveries, event, found, hook, reach
from tests.support.roles import as_notifier


async def told(database: Database, *events: Envelope) -> set[tuple[Any, Any]]:
    """Which webhook and which event: pairs of ids."""
    await reach(database, events)
    return {(row.webhook, row.event) for row in await deliveries(database)}


async def test_a_delivery_says_what_is_to_be_sent_and_is_due_at_once(database: Database) -> None:
    to = await hook(database)
    what = event(owner="ana")
    await reach(database, [what])
    (row,) = await deliveries(database)
    assert (row.webhook, row.event, row.job, row.type) == (to.id, what.id, what.subject, "job.completed")
    assert (row.tenant, row.owner, row.lane, row.status) == ("acme", "ana", str(to.id), "pending")
    assert (row.next_attempt_at, row.created_at, row.attempts, row.tries) == (START, START, 0, [])


@pytest.mark.parametrize(
    ("given", "type_", "owner", "wanted"),
    [
        ({}, "job.completed", None, True),
        ({}, "job.completed", "ana", True),
        ({"types": ["job.failed", "job.completed"]}, "job.completed", None, True),
        ({"types": ["job.failed"]}, "job.completed", None, False),
        ({"owner": "ana"}, "job.completed", "ana", True),
        ({"owner": "ana"}, "job.completed", "bob", False),
        ({"owner": "ana"}, "job.completed", None, False),
        ({"tenant": "beta"}, "job.completed", None, False),
        ({"status": "disabled"}, "job.completed", None, False),
        ({"status": "paused"}, "job.completed", None, True),
        ({"types": ["webhook.paused"]}, "webhook.paused", None, True),
    ],
)
async def test_a_webhook_gets_what_it_asked_for_of_whom_it_may_hear(
    database: Database, given: dict[str, Any], type_: str, owner: str | None, wanted: bool
) -> None:
    to = await hook(database, **given)
    what = event(type_, owner=owner)
    assert await told(database, what) == ({(to.id, what.id)} if wanted else set())


async def test_a_job_has_its_own_address_beside_the_tenants_webhooks(database: Database) -> None:
    mine, other = uuid7(), uuid7()
    everything = await hook(database)
    callback = await hook(database, job=mine, types=["job.completed"])
    await hook(database, job=other)
    ending, beginning = event(job=mine), event("job.accepted", job=mine)
    assert await told(database, ending, beginning) == {
        (everything.id, ending.id),
        (everything.id, beginning.id),
        (callback.id, ending.id),
    }


async def test_a_callback_goes_with_its_job_and_its_log_with_it(database: Database) -> None:
    mine, other = uuid7(), uuid7()
    everything = await hook(database)
    gone = await hook(database, job=mine, types=["job.completed"])
    stays = await hook(database, job=other, types=["job.completed"])
    theirs = await hook(database, job=mine, tenant="beta")
    early, end = event(job=mine), event("job.deleted", job=mine)
    await reach(database, [early])
    assert await told(database, end, event(job=other)) >= {(everything.id, early.id), (everything.id, end.id)}
    assert await deliveries(database, gone.id) == []
    assert len(await deliveries(database, stays.id)) == 1
    late, before = event("job.failed", job=mine), len(await deliveries(database))
    await reach(database, [early, late, end, end])
    assert len(await deliveries(database)) == before + 1, "what came too late is told to the tenant's alone"
    assert await left(database) == {everything.id, stays.id, theirs.id}


async def test_a_callback_that_wants_the_end_of_its_job_hears_of_it_first(database: Database) -> None:
    job = uuid7()
    to = await hook(database, job=job, types=["job.deleted"])
    end = event("job.deleted", job=job)
    await asyncio.gather(*(reach(database, [end]) for _ in range(4)))
    assert await told(database, end) == {(to.id, end.id)}


async def test_a_disabled_callback_goes_with_its_job_at_once(database: Database) -> None:
    job = uuid7()
    await hook(database, job=job, status="disabled")
    await reach(database, [event("job.deleted", job=job)])
    assert await left(database) == set()


async def test_notifiers_that_hear_of_the_same_deleted_jobs_do_not_stop_each_other(
    database: Database,
) -> None:
    jobs = [uuid7() for _ in range(200)]
    for job in jobs:
        await hook(database, job=job, types=["job.failed"])
    ends = [event("job.deleted", job=job) for job in jobs]
    fails = [event("job.failed", job=job) for job in jobs]
    parts = [[*fails, *ends], [*reversed(ends), *fails], [*ends, *reversed(fails)]]
    await asyncio.gather(*(reach(database, part) for part in parts))
    assert await left(database) == set()


async def left(database: Database) -> set[Any]:
    async with database.transaction(EVERYBODY) as session:
        return set((await session.run(text("SELECT id FROM webhook"))).scalars())


async def test_a_job_of_another_tenant_with_the_same_id_is_not_told_of(database: Database) -> None:
    job = uuid7()
    await hook(database, job=job, tenant="beta")
    assert await told(database, event(job=job)) == set()


async def test_no_webhook_hears_that_it_is_paused_itself(database: Database) -> None:
    stopped, other = await hook(database), await hook(database)
    notice = event("webhook.paused", job=stopped.id)
    assert await told(database, notice) == {(other.id, notice.id)}


async def test_an_event_that_comes_twice_is_delivered_once(database: Database) -> None:
    to, what = await hook(database), event()
    assert await told(database, what, what) == {(to.id, what.id)}
    await reach(database, [what])
    await asyncio.gather(*(reach(database, [what, event(id=what.id)]) for _ in range(4)))
    assert len(await deliveries(database)) == 1


async def test_a_webhook_that_was_made_between_two_deliveries_of_an_event_gets_it(database: Database) -> None:
    first, what = await hook(database), event()
    await reach(database, [what])
    second = await hook(database)
    assert await told(database, what) == {(first.id, what.id), (second.id, what.id)}


async def test_many_events_for_many_webhooks_are_made_in_one_transaction(database: Database) -> None:
    for _ in range(12):
        await hook(database)
    events = [event() for _ in range(500)]
    await reach(database, events)
    rows = await deliveries(database)
    assert len(rows) == 6000
    place = {each.id: number for number, each in enumerate(events)}
    order = [place[row.event] for row in rows]
    assert order == sorted(order), "the log has them in the order in which they came"


async def test_a_webhook_that_is_deleted_meanwhile_costs_the_others_nothing(database: Database) -> None:
    gone, stays = await hook(database), await hook(database)
    async with database.transaction(EVERYBODY) as session:
        await session.delete(await session.get_one(WebhookRow, gone.id))
        await session.flush()
        reaching = asyncio.create_task(reach(database, [what := event()]))
        await asyncio.wait([reaching], timeout=0.5)  # it waits for whoever deletes
        assert not reaching.done()
    await reaching
    assert {(row.webhook, row.event) for row in await deliveries(database)} == {(stays.id, what.id)}


async def test_deleting_a_webhook_waits_for_its_deliveries_and_takes_them_along(database: Database) -> None:
    gone = await hook(database)
    await reach(database, [event() for _ in range(3)])
    async with database.transaction(EVERYBODY) as session:
        await session.delete(await session.get_one(WebhookRow, gone.id))
    assert await deliveries(database) == []


@pytest.mark.parametrize("half", [OF_ENDPOINTS, OF_JOBS, FORGET])
async def test_many_callbacks_of_other_jobs_are_not_looked_at(database: Database, half: str) -> None:
    await hook(database)
    async with database.transaction(EVERYBODY) as session:
        await session.run(
            text("""
                INSERT INTO webhook (id, tenant, job, url, description, types, content, status, generation,
                                     lane, created_at)
                SELECT gen_random_uuid(), 'acme', gen_random_uuid(), 'u', '', '{}', 'full', 'active', 1,
                       'callback/acme/h:1', now() FROM generate_series(1, 20000)
            """)
        )
        await session.run(text("ANALYZE webhook"))
    async with as_notifier(database).transaction(EVERYBODY) as session:
        told = columns_of([event() for _ in range(64)])
        plan = "\n".join((await session.run(text("EXPLAIN " + half), told)).scalars())
    assert "Seq Scan on webhook" not in plan, plan


async def test_the_webhooks_of_an_event_are_there_as_they_were(database: Database) -> None:
    to = await hook(database, status="paused", reason="it failed")
    await reach(database, [event()])
    assert (await found(database, to.id)).reason == "it failed"

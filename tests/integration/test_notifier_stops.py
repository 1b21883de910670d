"""Webhooks that are paused, resumed, disabled and gone."""

from functools import partial

from sqlalchemy import text

from gateway.webhooks import rows
from gateway.webhooks.sending import ping
from notifier.deliverer import Places
from notifier.outgoing import Send
from scribeline.storage.database import EVERYBODY, Database
from tests.support.notifying import (
    OPERATOR,
    TRACE,
    Clock,
    announce,
    deliverer,
    deliveries,
    delivering,
    ended,
    event,
    exhaust,
    found,
    has_ended,
    hook,
    set_status,
    tried,
)
from tests.support.outboxes import announced
from tests.support.receivers import Receiver, answering, fine
from tests.support.roles import as_gateway
from tests.support.scrapes import sample
from tests.support.waiting import eventually

GONE = answering("410 Gone")
BROKEN = answering("500 Internal Server Error")


async def test_what_a_paused_webhook_gets_is_held_until_it_is_resumed(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    held = await hook(database, there.url("/held"), status="paused")
    other = await hook(database, there.url("/other"))
    async with delivering(deliverer(database, send, clock)):
        await announce(database, *(event() for _ in range(10)))
        await eventually(partial(ended, database, other.id))
        assert {row.status for row in await deliveries(database, held.id)} == {"pending"}
        await set_status(database, held.id, "active")
        await eventually(partial(ended, database, held.id))
    assert sum(each.path == "/held" for each in there.received) == 10


async def test_a_ping_reaches_a_paused_webhook_past_all_that_is_held(
    database: Database, there: Receiver, send: Send
) -> None:
    held = await hook(database, there.url(), status="paused")
    await announce(database, *(event() for _ in range(10)))
    asked = await ping(as_gateway(database), OPERATOR, str(held.id), TRACE)
    async with delivering(deliverer(database, send, lambda: asked.next_attempt_at)):
        await eventually(lambda: there.received)
        await eventually(partial(has_ended, database, asked.id))
    assert [each.headers["webhook-id"] for each in there.received] == [str(asked.event)]
    assert (await found(database, held.id)).status == "paused"


async def test_disabling_a_webhook_cancels_its_pings_too(database: Database) -> None:
    to = await hook(database)
    asked = await ping(as_gateway(database), OPERATOR, str(to.id), TRACE)
    await rows.change(as_gateway(database), OPERATOR, str(to.id), {"status": "disabled"})
    assert await has_ended(database, asked.id)


async def test_a_webhook_that_fails_to_the_end_is_paused_and_its_tenant_is_told(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    there.answer = BROKEN
    began = clock.at
    to = await hook(database, there.url("/x?token=secret"), owner="ana")
    await announce(database, event(owner="ana"))
    before = sample('scribeline_webhooks_stopped_total{status="paused"}')
    async with delivering(deliverer(database, send, clock)):
        await exhaust(database, clock)
    assert sample('scribeline_webhooks_stopped_total{status="paused"}') == before + 1
    (row,) = await deliveries(database)
    assert (row.status, row.reason, row.attempts) == ("failed", "tries_exhausted", 10)
    stopped = await found(database, to.id)
    assert stopped.status == "paused"
    assert stopped.reason == "No try succeeded: the last one was answered 500."
    (notice,) = await announced(database)
    assert (notice.type, notice.subject, notice.owner) == ("webhook.paused", to.id, "ana")
    assert notice.data.url == there.url("")  # type: ignore[attr-defined]
    assert notice.data.failing_since == began  # type: ignore[attr-defined]
    async with database.transaction(EVERYBODY) as session:
        sent = (await session.run(text("SELECT exchange, routing_key FROM outbox"))).one()
        assert tuple(sent) == ("scribeline.events", "webhook.paused.acme")
        stored = (
            await session.run(text("SELECT id, job, type, body FROM event WHERE job = :id"), {"id": to.id})
        ).one()
        assert (stored.id, stored.type, bytes(stored.body)) == (notice.id, "webhook.paused", notice.encode())


async def test_after_a_pause_what_is_held_arrives_and_what_failed_can_be_replayed(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    there.answer = BROKEN
    to = await hook(database, there.url())
    await announce(database, first := event())
    async with delivering(deliverer(database, send, clock)):
        await exhaust(database, clock)
        await announce(database, second := event(), clock=clock)
        there.answer = fine
        there.received.clear()
        await set_status(database, to.id, "active")
        await eventually(lambda: there.received)
        async with database.transaction(EVERYBODY) as session:  # as the gateway replays
            await session.run(
                text("""
                    UPDATE delivery SET status = 'pending', reason = NULL, ended_at = NULL, attempts = 0,
                        replays = replays + 1, next_attempt_at = :now WHERE event = :event
                """),
                {"event": first.id, "now": clock.at},
            )
        await eventually(partial(ended, database))
    assert there.ids == [str(second.id), str(first.id)]
    again = (await deliveries(database))[0]
    assert (again.status, again.attempts, again.replays, len(again.tries)) == ("delivered", 1, 1, 11)


async def test_a_webhook_at_which_something_arrived_meanwhile_is_not_paused(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    bad = event()
    there.answer = lambda request: (BROKEN if request.id == str(bad.id) else fine)(request)
    to = await hook(database, there.url())
    await announce(database, bad)
    async with delivering(deliverer(database, send, clock)):
        await tried(database, 1)
        await announce(database, event(), clock=clock)
        await tried(database, 2)
        for number in range(3, 12):
            clock.on(hours=27)
            await tried(database, number)
    assert {row.status for row in await deliveries(database)} == {"failed", "delivered"}
    assert (await found(database, to.id)).status == "active"
    assert await announced(database) == []


async def test_a_callback_that_fails_to_the_end_is_not_paused(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    there.answer = BROKEN
    what = event()
    to = await hook(database, there.url(), job=what.subject)
    await announce(database, what)
    async with delivering(deliverer(database, send, clock)):
        await exhaust(database, clock)
    assert {row.status for row in await deliveries(database)} == {"failed"}
    assert (await found(database, to.id)).status == "active"
    assert await announced(database) == []


async def test_a_receiver_that_is_gone_is_sent_nothing_more_and_its_tenant_is_told(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    there.answer = GONE
    to, other = (
        await hook(database, there.url("/x?k=v")),
        await hook(database, there.url("/other"), tenant="beta"),
    )
    await announce(database, *(event() for _ in range(9)), event(tenant="beta", type_="job.failed"))
    one = Places(per_lane=1)
    async with delivering(deliverer(database, send, clock, places=one)):
        await eventually(partial(ended, database))
        await announce(database, event())
    rows = await deliveries(database, to.id)
    assert [row.status for row in rows] == ["failed", *["cancelled"] * 8], "and nothing of what came after"
    assert [row.reason for row in rows] == ["receiver_gone", *["webhook_disabled"] * 8]
    assert sum(each.path.startswith("/x") for each in there.received) == 1
    assert (await found(database, to.id)).status == "disabled"
    notices = {notice.subject: notice for notice in await announced(database)}
    assert set(notices) == {to.id, other.id}
    assert notices[to.id].type == "webhook.disabled"
    assert notices[to.id].data.url == there.url("")  # type: ignore[attr-defined]


async def test_a_job_whose_callback_is_gone_is_no_news(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    there.answer = GONE
    what = event()
    to = await hook(database, there.url(), job=what.subject)
    await announce(database, what)
    async with delivering(deliverer(database, send, clock)):
        await eventually(partial(ended, database))
    assert (await found(database, to.id)).status == "disabled"
    assert await announced(database) == []


async def test_what_was_made_while_a_webhook_was_disabled_is_not_sent(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    """Whoever disables it cancels what is pending, and a delivery may be committed right after."""
    to = await hook(database, there.url())
    await announce(database, event())
    await set_status(database, to.id, "disabled")
    async with delivering(deliverer(database, send, clock)):
        await eventually(partial(ended, database))
    (row,) = await deliveries(database)
    assert (row.status, row.reason, there.received) == ("cancelled", "webhook_disabled", [])

"""Webhooks from the row to a real receiver and back into the log: through the notifier's own role, by a clock
that the test moves."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from notifier.outgoing import Answer, Outgoing, Send
from scribeline.contracts.envelope import decode
from scribeline.storage.database import EVERYBODY, Database
from tests.support.notifying import (
    Clock,
    announce,
    attempts,
    deliverer,
    deliveries,
    delivering,
    ended,
    event,
    found,
    hook,
    others,
    tried,
)
from tests.support.receivers import Receiver, answering, fine
from tests.support.waiting import eventually

GONE = answering("410 Gone")
BROKEN = answering("500 Internal Server Error")


async def test_an_event_arrives_byte_for_byte_and_the_log_says_so(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    to = await hook(database, there.url("/a?b=c"))
    what = event("transcript.completed")
    await announce(database, what)
    async with delivering(deliverer(database, send, clock)):
        await eventually(partial(ended, database))
    (got,) = there.received
    assert (got.path, got.id, got.body) == ("/a?b=c", str(what.id), what.encode())
    (row,) = await deliveries(database)
    assert (row.status, row.reason, row.attempts, row.ended_at) == ("delivered", None, 1, clock.at)
    (one,) = row.tries
    assert (one["status"], one["error"], one["body"]) == (204, None, "")
    assert (await found(database, to.id)).succeeded_at == clock.at


async def test_refs_tell_a_webhook_nothing_of_what_was_said(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    await hook(database, there.url(), content="refs")
    what = event("transcript.completed")
    await announce(database, what)
    async with delivering(deliverer(database, send, clock)):
        await eventually(partial(ended, database))
    told = decode(there.received[0].body)
    assert (told.id, told.data.text) == (what.id, None)  # type: ignore[attr-defined]


async def test_a_receiver_that_is_down_for_an_hour_gets_everything_in_the_end(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    to = await hook(database, there.url())
    told = [event() for _ in range(20)]
    await there.down()
    async with delivering(deliverer(database, send, clock)):
        await announce(database, *told)
        for tries, minutes in ((1, 1), (2, 7), (3, 52)):  # 0, 5 s, 5 min, 30 min: the hour is over
            await tried(database, 20 * tries)
            clock.on(minutes=minutes)
        await tried(database, 80)
        assert (await found(database, to.id)).failing_since is not None
        await there.up()
        clock.on(hours=3)
        await eventually(partial(ended, database), within=60)
    assert sorted(there.ids) == sorted(str(each.id) for each in told), "each once, with its own id"
    for row in await deliveries(database):
        assert (row.status, row.attempts) == ("delivered", 5)
        assert [each["status"] for each in row.tries] == [None, None, None, None, 204]
        assert [each["error"] for each in row.tries] == [*["ConnectError"] * 4, None]
    assert (await found(database, to.id)).failing_since is None


async def test_every_try_of_an_event_has_the_same_id_and_bytes(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    await hook(database, there.url())
    there.answer = BROKEN
    await announce(database, what := event())
    async with delivering(deliverer(database, send, clock)):
        for number in range(1, 5):
            await tried(database, number)
            clock.on(hours=3)
        there.answer = fine
        await eventually(partial(ended, database))
    assert there.ids == [str(what.id)] * 5
    assert len({each.body for each in there.received}) == 1
    (row,) = await deliveries(database)
    assert [each["status"] for each in row.tries] == [500, 500, 500, 500, 204]
    assert {each["body"] for each in row.tries[:4]} == {"told"}


async def test_nothing_is_tried_before_its_time(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    await hook(database, there.url())
    there.answer = answering("503 Service Unavailable", retry_after="600")
    await announce(database, event())
    engine = deliverer(database, send, clock)
    async with delivering(engine):
        await tried(database, 1)
        (row,) = await deliveries(database)
        assert row.next_attempt_at == clock.at + timedelta(seconds=600)
        await hook(database, there.url("/other"))
        for _ in range(3):  # rounds of the engine: each delivers something to the other one
            clock.on(seconds=150)
            before = len(there.received)
            await announce(database, event(), clock=clock)
            await eventually(partial(others, there, before))
        assert there.ids.count(str(row.event)) == 1


@pytest.mark.parametrize("how", ["UPDATE event SET body = ''", "DELETE FROM event"])
async def test_what_a_deleted_job_told_is_not_sent_any_more(
    database: Database, there: Receiver, send: Send, clock: Clock, how: str
) -> None:
    await hook(database, there.url())
    await announce(database, event())
    async with database.transaction(EVERYBODY) as session:
        await session.run(text(how))
    async with delivering(deliverer(database, send, clock)):
        await eventually(partial(ended, database))
    (row,) = await deliveries(database)
    assert (row.status, row.reason, row.ended_at) == ("cancelled", "event_gone", clock.at)
    assert there.received == []


async def test_an_event_that_cannot_be_shortened_is_not_sent_in_full(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    await hook(database, there.url(), content="refs")
    await announce(database, event())
    async with database.transaction(EVERYBODY) as session:
        await session.run(text("UPDATE event SET body = 'from the future'"))
    async with delivering(deliverer(database, send, clock)):
        await eventually(partial(ended, database))
    (row,) = await deliveries(database)
    assert (row.status, row.reason, there.received) == ("cancelled", "event_unreadable", [])


async def test_a_webhook_that_is_deleted_while_it_is_called_is_forgotten(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(what: Outgoing) -> Answer:
        asked.set()
        await go_on.wait()
        return await send(what)

    to = await hook(database, there.url())
    await announce(database, event())
    async with delivering(deliverer(database, slow, clock)):
        await asked.wait()
        async with database.transaction(EVERYBODY) as session:
            await session.run(text("DELETE FROM webhook WHERE id = :id"), {"id": to.id})
        go_on.set()
        await eventually(lambda: there.received)
    assert await deliveries(database) == []


async def test_what_ended_meanwhile_stays_as_it_ended(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(what: Outgoing) -> Answer:
        asked.set()
        await go_on.wait()
        return await send(what)

    await hook(database, there.url())
    await announce(database, event())
    async with delivering(deliverer(database, slow, clock)):
        await asked.wait()
        async with database.transaction(EVERYBODY) as session:
            await session.run(text("UPDATE delivery SET status = 'cancelled', claimed_until = NULL"))
        go_on.set()
        await eventually(lambda: there.received)
    (row,) = await deliveries(database)
    assert (row.status, row.attempts, row.tries) == ("cancelled", 0, [])


async def test_an_answer_that_no_database_takes_is_written_down_as_far_as_it_can_be(
    database: Database, clock: Clock
) -> None:
    async def odd(_: Outgoing) -> Answer:
        return Answer(200, None, "a\x00b\ud800c", 0.1, None)

    await hook(database)
    await announce(database, event())
    async with delivering(deliverer(database, odd, clock)):
        await eventually(partial(ended, database))
    (row,) = await deliveries(database)
    assert row.tries[0]["body"] == "ab?c"


async def test_without_a_secret_everything_waits(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    await hook(database, there.url())
    await announce(database, event())
    engine = deliverer(database, send, clock, secret="")
    async with delivering(engine):
        assert await attempts(database) == 0
    assert [row.status for row in await deliveries(database)] == ["pending"]
    assert there.received == []

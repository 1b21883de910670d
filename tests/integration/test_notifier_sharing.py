"""Several notifiers, slow receivers, notifiers that stop: who sends what, and nobody waits for others."""

import asyncio
from functools import partial

from sqlalchemy import text

from notifier.deliverer import Places
from notifier.outgoing import Answer, Outgoing, Send
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
    hook,
    under_way,
)
from tests.support.receivers import Received, Receiver, answering, fine, receiver
from tests.support.sites import Page, silent
from tests.support.waiting import eventually

GONE = answering("410 Gone")
BROKEN = answering("500 Internal Server Error")


async def test_two_notifiers_share_the_work_and_send_nothing_twice(
    database: Database, send: Send, clock: Clock
) -> None:
    sent: list[tuple[str, str]] = []

    def noting(name: str) -> Send:
        async def noted(what: Outgoing) -> Answer:
            sent.append((name, what.id))
            return await send(what)

        return noted

    async with receiver() as there:
        for _ in range(20):
            await hook(database, there.url())
        await announce(database, *(event() for _ in range(10)))
        few = Places(total=16, per_lane=2, per_tenant=16)
        one = deliverer(database, noting("one"), clock, places=few)
        other = deliverer(database, noting("other"), clock, places=few)
        async with delivering(one, other):
            await eventually(partial(ended, database), within=60)
    assert len(sent) == 200
    assert {name for name, _ in sent} == {"one", "other"}
    rows = await deliveries(database)
    assert {(row.status, row.attempts) for row in rows} == {("delivered", 1)}
    assert sorted(there.ids) == sorted(str(row.event) for row in rows)


async def test_a_receiver_that_never_answers_slows_down_nobody_else(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    stuck = await hook(database, there.url("/stuck"))
    quick = await hook(database, there.url("/quick"))

    def either(request: Received) -> Page:
        return silent() if request.path == "/stuck" else fine(request)

    there.answer = either
    await announce(database, *(event() for _ in range(40)))
    async with delivering(deliverer(database, send, clock, shutdown_seconds=0.1)):
        await eventually(partial(ended, database, quick.id))
        assert not any(row.attempts for row in await deliveries(database, stuck.id))
        assert sum(row.claimed_until is not None for row in await deliveries(database, stuck.id)) == 4
    assert sum(each.path == "/stuck" for each in there.received) == 4


async def test_many_slow_webhooks_of_one_tenant_slow_down_no_other(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    for _ in range(10):
        await hook(database, there.url("/stuck"), tenant="beta")
    quick = await hook(database, there.url("/quick"))

    def either(request: Received) -> Page:
        return silent() if request.path == "/stuck" else fine(request)

    there.answer = either
    few = Places(total=8, per_lane=4, per_tenant=6)
    await announce(database, *(event(tenant="beta") for _ in range(4)))
    async with delivering(deliverer(database, send, clock, places=few, shutdown_seconds=0.1)):
        await eventually(lambda: len(there.received) == 6)
        await announce(database, *(event() for _ in range(10)))
        await eventually(partial(ended, database, quick.id))
    assert sum(each.path == "/stuck" for each in there.received) == 6


async def test_jobs_of_one_tenant_that_call_back_one_host_share_its_places(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    there.answer = lambda _: silent()
    told = [event() for _ in range(12)]
    for each in told:
        await hook(database, there.url(), job=each.subject)
    await announce(database, *told)
    async with delivering(deliverer(database, send, clock, shutdown_seconds=0.1)):
        await eventually(lambda: there.connected == 4)
        other = await hook(database, there.url(), tenant="beta")
        there.answer = fine
        await announce(database, event(tenant="beta"))
        await eventually(partial(ended, database, other.id))  # the engine went through its rounds
    assert there.most <= 5


async def test_what_a_dead_notifier_had_claimed_is_sent_by_another_when_its_lease_ends(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    async def never(_: Outgoing) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError

    await hook(database, there.url())
    await announce(database, what := event())
    dead = asyncio.create_task(deliverer(database, never, clock, shutdown_seconds=0).run(asyncio.Event()))

    async def claimed() -> bool:
        return await under_way(database) == 1

    await eventually(claimed)
    async with database.transaction(EVERYBODY) as session:  # whoever is dead gives nothing back
        await session.run(text("UPDATE delivery SET claimed_until = claimed_until + interval '1 ms'"))
    dead.cancel()
    await asyncio.wait([dead])
    async with delivering(deliverer(database, send, clock)):
        other = await hook(database, there.url("/other"))
        await announce(database, event())
        await eventually(partial(ended, database, other.id))
        assert str(what.id) not in there.ids
        clock.on(seconds=61)
        await eventually(partial(ended, database))
    assert there.ids.count(str(what.id)) == 1


async def test_a_notifier_that_is_stopped_gives_back_what_it_could_not_end(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    there.answer = lambda _: silent()
    await hook(database, there.url())
    await announce(database, event(), event())
    async with delivering(deliverer(database, send, clock, shutdown_seconds=0.1)):
        await eventually(lambda: len(there.received) == 2)
    assert await under_way(database) == 0
    assert await attempts(database) == 0


async def test_a_notifier_that_is_stopped_ends_what_it_can(
    database: Database, there: Receiver, send: Send, clock: Clock
) -> None:
    asked = asyncio.Event()
    go_on = asyncio.Event()

    async def slow(what: Outgoing) -> Answer:
        asked.set()
        await go_on.wait()
        return await send(what)

    await hook(database, there.url())
    await announce(database, event())
    stop = asyncio.Event()
    running = asyncio.create_task(deliverer(database, slow, clock).run(stop))
    await asked.wait()
    stop.set()
    go_on.set()
    await running
    assert await ended(database)
    assert len(there.received) == 1

"""`subscribe`: what another team's service writes, on the broker and with the rights that it has."""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from aio_pika import Message

from scribeline.client import NotSubscribed, PublicEvent, subscribe
from scribeline.contracts import routes
from scribeline.contracts.job import JobAccepted, JobFailed
from scribeline.messaging.broker import Broker
from scribeline.messaging.publisher import Publisher
from tests.support.brokers import stands
from tests.support.rabbitmqctl import rabbitmqctl
from tests.support.servers import Servers
from tests.support.subscribed import (
    Subscribed,
    announce,
    event,
    forget,
    never_pausing,
    several,
    subscribed,
    waiting,
)
from tests.support.waiting import eventually

HOUR = timedelta(hours=1)


@pytest.fixture
async def me(servers: Servers, broker: Broker) -> AsyncIterator[Subscribed]:
    async with subscribed(servers, broker) as made:
        yield made


async def taken(
    url: str, count: int, *types: str, since: datetime | timedelta | None = None
) -> list[PublicEvent]:
    """So many events, each handled."""
    found: list[PublicEvent] = []
    async with asyncio.timeout(60), subscribe(url, *types, since=since) as events:
        async for each in events:
            found.append(each)
            if len(found) == count:
                break
    return found


async def test_events_come_typed_and_are_gone_once_they_are_handled(
    broker: Broker, publisher: Publisher, me: Subscribed
) -> None:
    sent = [event(1), event(2, failed=True)]
    await announce(publisher, *sent)

    found = await taken(me.url, 2)

    assert [each.id for each in found] == [each.id for each in sent]
    assert [type(each.data).__mro__[1] for each in found] == [JobAccepted, JobFailed]
    assert (found[0].type, found[0].tenant, found[0].subject) == ("job.accepted", "acme", sent[0].subject)
    assert found[0].time == sent[0].time
    assert await waiting(broker, me.queue) == 0


async def test_what_was_not_handled_comes_again_with_the_same_id(
    broker: Broker, publisher: Publisher, me: Subscribed
) -> None:
    _, second = await announce(publisher, *several(2))

    async def stumble() -> None:
        async with subscribe(me.url) as events:
            async for each in events:
                if each.id == second:
                    raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stumble()

    assert [each.id for each in await taken(me.url, 1)] == [second]
    assert await waiting(broker, me.queue) == 0


async def test_a_loop_that_is_left_without_more_ado_lets_its_connection_go(
    broker: Broker, publisher: Publisher, me: Subscribed
) -> None:
    [only] = await announce(publisher, event())
    async for each in subscribe(me.url):
        assert each.id == only
        break
    await eventually(lambda: is_waiting(broker, me.queue, 1))
    assert [each.id for each in await taken(me.url, 1)] == [only]


async def test_a_second_loop_over_it_is_not_cut_off_by_the_end_of_the_first(
    publisher: Publisher, me: Subscribed, caplog: pytest.LogCaptureFixture
) -> None:
    """What a loop leaves behind is tidied up some time later, when another may have begun."""
    sent = await announce(publisher, *several(3))
    events = subscribe(me.url)
    first, second = aiter(events), aiter(events)
    async with asyncio.timeout(60):
        found = [(await anext(first)).id, (await anext(second)).id]
        await first.aclose()
        found.append((await anext(second)).id)
        await second.aclose()
    assert found == sent
    assert not caplog.messages


async def cut_off(servers: Servers, queue: str) -> None:
    await rabbitmqctl(servers, "close_all_user_connections", queue, "a test")


async def is_waiting(broker: Broker, queue: str, count: int) -> bool:
    return await waiting(broker, queue) == count


async def test_of_other_types_events_are_passed_over(
    broker: Broker, publisher: Publisher, me: Subscribed
) -> None:
    sent = [event(1), event(2, failed=True), event(3), event(4, failed=True)]
    await announce(publisher, *sent)
    found = await taken(me.url, 2, "job.failed")
    assert [each.id for each in found] == [sent[1].id, sent[3].id]
    assert await waiting(broker, me.queue) == 0


async def test_an_event_that_is_sent_twice_is_given_once(
    broker: Broker, publisher: Publisher, me: Subscribed
) -> None:
    one, other = several(2)
    await announce(publisher, one, one, other)
    assert [each.id for each in await taken(me.url, 2)] == [one.id, other.id]
    assert await waiting(broker, me.queue) == 0


async def test_a_lost_connection_costs_nothing_and_gives_nothing_twice(
    servers: Servers, broker: Broker, publisher: Publisher, me: Subscribed
) -> None:
    """It is lost while an event is handled: that one comes again, and is known."""
    sent = await announce(publisher, *several(3))
    found: list[UUID] = []
    async with asyncio.timeout(60), subscribe(me.url) as events:
        async for each in events:
            found.append(each.id)
            if len(found) == 1:
                await cut_off(servers, me.queue)
            if len(found) == 3:
                break
    assert found == sent
    assert await waiting(broker, me.queue) == 0


async def test_a_broker_that_restarts_is_waited_for(
    servers: Servers, broker: Broker, publisher: Publisher, me: Subscribed
) -> None:
    if servers.broker is None:
        pytest.skip("a given broker is not ours to restart")
    [first] = await announce(publisher, event(1))
    found: list[UUID] = []

    async def listen() -> None:
        async with subscribe(me.url) as events:
            async for each in events:
                found.append(each.id)
                if len(found) == 2:
                    break

    listening = asyncio.create_task(listen())
    await eventually(lambda: found == [first])
    await asyncio.to_thread(servers.broker.restart)
    await eventually(lambda: stands(broker), within=90)
    [second] = await announce(publisher, event(2))
    await asyncio.wait_for(listening, 90)
    assert found == [first, second]


async def test_a_wrong_password_is_told_at_once(me: Subscribed, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(NotSubscribed, match="the broker refuses: ACCESS_REFUSED"):
        await taken(me.url.replace(me.password, "wrong"), 1)
    assert me.queue in me.url
    assert "wrong" not in caplog.text


async def test_another_s_queue_is_refused(servers: Servers, broker: Broker, me: Subscribed) -> None:
    async with subscribed(servers, broker, "other") as other:
        with pytest.raises(NotSubscribed, match="the broker refuses"):
            async for _ in subscribe(me.url, queue=other.queue):
                pass


async def test_a_queue_that_is_deleted_ends_it(broker: Broker, publisher: Publisher, me: Subscribed) -> None:
    await announce(publisher, event())

    async def listen() -> None:
        async for _ in subscribe(me.url):
            await forget(broker, me.queue)

    with pytest.raises(NotSubscribed, match="there is no such queue"):
        await asyncio.wait_for(listen(), 60)


async def test_what_cannot_be_read_holds_nothing_up(
    broker: Broker, publisher: Publisher, me: Subscribed, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "scribeline.client"):
        for body in (b"", b"\xff\x00", b"{}", b'{"type": "job.accepted", "data": []}', b"[" * 100_000):
            await publisher.publish(routes.PUBLIC, "job.accepted.acme", Message(body))
        [good] = await announce(publisher, event())
        assert [each.id for each in await taken(me.url, 1)] == [good]
    assert caplog.text.count("a message that is dropped") == 5
    assert await waiting(broker, me.queue) == 0


async def test_an_event_of_a_newer_server_is_a_dictionary(publisher: Publisher, me: Subscribed) -> None:
    body = event().encode().replace(b'"job.accepted"', b'"job.admired"')
    later = event().encode().replace(b'"dataversion":1', b'"dataversion":2')
    for each in (body, later):
        await publisher.publish(routes.PUBLIC, "job.admired.acme", Message(each))
    admired, changed = await taken(me.url, 2)
    assert isinstance(admired.data, dict)
    assert (admired.type, admired.data["status"]) == ("job.admired", "queued")
    assert isinstance(changed.data, dict)


async def test_who_joins_late_reads_back_what_was_announced_and_goes_on(
    servers: Servers, broker: Broker, publisher: Publisher, me: Subscribed
) -> None:
    now = datetime.now(UTC)
    old, young = event(1, time=now - 2 * HOUR), event(2, time=now - HOUR / 2)
    before = [young, *several(120)]
    await announce(publisher, old, *before)
    found: list[UUID] = []
    live: list[UUID] = []

    async def go_on(queue: str) -> None:
        await eventually(lambda: is_waiting(broker, queue, 0))  # it is read now, and the overlap dropped
        live.extend(await announce(publisher, event()))

    async with subscribed(servers, broker) as late, asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        meanwhile = await announce(publisher, event())
        assert await waiting(broker, late.queue) == 1
        tasks.create_task(go_on(late.queue))
        async with subscribe(late.url, since=HOUR) as events:
            async for each in events:
                found.append(each.id)
                if len(found) == 123:
                    break
        assert await waiting(broker, late.queue) == 0
    assert found == [*(each.id for each in before), *meanwhile, *live]


async def test_reading_back_ends_though_announcing_never_does(
    servers: Servers, broker: Broker, publisher: Publisher, me: Subscribed
) -> None:
    """What is announced meanwhile comes from the queue, which has a bound."""
    sent = await announce(publisher, *several(30))
    found: list[UUID] = []

    async def listen(url: str) -> None:
        async with subscribe(url, since=HOUR, prefetch=10) as events:
            async for each in events:
                found.append(each.id)
                if each.id == last.id:
                    break

    last = event()
    async with subscribed(servers, broker) as late, asyncio.timeout(60):
        async with never_pausing(publisher) as more:
            await eventually(lambda: len(more) > 5)
            listening = asyncio.create_task(listen(late.url))
            await eventually(lambda: is_waiting(broker, late.queue, 0))
        await announce(publisher, last)
        await listening
    assert found == [*sent, *more, last.id]


async def test_reading_back_goes_on_where_the_connection_was_lost(
    servers: Servers, publisher: Publisher, me: Subscribed, caplog: pytest.LogCaptureFixture
) -> None:
    sent = await announce(publisher, *several(60))
    assert len(await taken(me.url, 60)) == 60
    found: list[UUID] = []
    async with asyncio.timeout(60), subscribe(me.url, since=HOUR, prefetch=10) as events:
        async for each in events:
            found.append(each.id)
            if len(found) == 25:
                await cut_off(servers, me.queue)
            if len(found) == 60:
                break
    assert found == sent


async def test_nobody_reads_another_tenant_s_log(servers: Servers, broker: Broker, me: Subscribed) -> None:
    async with subscribed(servers, broker, "other") as other:
        with pytest.raises(NotSubscribed, match="refuses"):
            async for _ in subscribe(me.url, queue=other.queue, since=HOUR):
                pass


@pytest.mark.parametrize(
    ("url", "since", "told"),
    [
        ("http://a:b@c/", None, "amqp://USER:PASSWORD@HOST"),
        ("amqp://host/", None, "amqp://USER:PASSWORD@HOST"),
        ("amqp://guest:guest@host/", HOUR, "leave out `since`"),
        ("amqp://scribeline.sub.acme.crm:x@host/", datetime(2026, 1, 1), "time zone"),  # noqa: DTZ001
    ],
)
def test_what_cannot_work_is_said_at_once(url: str, since: datetime | timedelta | None, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        subscribe(url, since=since)


HANDLER = """
import asyncio, os
from scribeline.client import subscribe

async def main():
    async for event in subscribe(os.environ["SUBSCRIBER_URL"]):
        print(event.id, flush=True)

asyncio.run(main())
"""


@asynccontextmanager
async def killed_afterwards(url: str) -> AsyncIterator[asyncio.StreamReader]:
    """What the handler prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        HANDLER,
        env={**os.environ, "SUBSCRIBER_URL": url},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


async def test_killed_and_revived_it_misses_nothing(
    broker: Broker, publisher: Publisher, me: Subscribed
) -> None:
    """`kill -9` in the middle, five times: each event is handled at least once, under its own id."""
    seen: list[str] = []
    sent: list[str] = []
    for _ in range(5):
        sent += map(str, await announce(publisher, *several(40)))
        async with killed_afterwards(me.url) as lines:
            enough = len(seen) + 13
            while len(seen) < enough:
                seen.append((await lines.readline()).decode().strip())
        seen += (await lines.read()).decode().split()  # printed before it died
    rest = len(sent) - len(set(seen))
    while set(seen) != set(sent):
        seen += [str(each.id) for each in await taken(me.url, 1)]
    assert rest > 0
    assert set(seen) == set(sent)
    await eventually(lambda: is_waiting(broker, me.queue, 0))

"""Queues of others on the public exchange, full, slow, stuck or gone: nothing of ours waits or is lost."""

import asyncio
from collections import Counter
from collections.abc import MutableMapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psutil
import pytest
from aio_pika.abc import AbstractIncomingMessage
from structlog.testing import capture_logs

from deploy.local.ports import free_port
from notifier import apart, strangers
from notifier.announcement import Announcement
from scribeline.contracts import routes
from scribeline.contracts.envelope import Envelope
from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import message
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.topology import dead_queue
from tests.support.births import NORMALISED
from tests.support.brokers import depth
from tests.support.checker import nothing_was_lost
from tests.support.foreign import Foreign, announce, event, foreign_queue
from tests.support.forwarding import CountingBroker, count, forwarded, forwarding
from tests.support.pipeline import SECRET, pipeline
from tests.support.processes import beside
from tests.support.proxy import Mode, proxy_to
from tests.support.rabbitmqctl import MEMORY, rabbitmqctl, under_alarm
from tests.support.servers import Servers
from tests.support.waiting import eventually
from tests.support.workers import Workers, working

PUBLISHER = "notifier public publisher"
EVENTS = 60
HOSTILE: dict[str, dict[str, Any]] = {
    "full": {"queue_type": "quorum", "max_length": 1, "overflow": "reject-publish"},
    "full, classic": {"max_length": 1, "overflow": "reject-publish"},
    "full of bytes": {"queue_type": "quorum", "max_length_bytes": 100, "overflow": "reject-publish"},
    "dropping its head": {"queue_type": "quorum", "max_length": 2, "overflow": "drop-head"},
    "forgetting at once": {"message_ttl": 0},
    "exclusive": {"exclusive": True},
    "a stream": {"queue_type": "stream", "max_length_bytes": 1000},
}


def several(number: int = EVENTS) -> list[Envelope]:
    return [event(n + 1) for n in range(number)]


def arrived(told: Sequence[Envelope], taken: Sequence[AbstractIncomingMessage]) -> bool:
    return {str(each.id) for each in told} <= {each.message_id for each in taken}


async def nothing_of_ours_suffered(broker: Broker, told: Sequence[Envelope]) -> None:
    await forwarded(broker)
    assert await depth(broker, dead_queue(routes.FORWARDER_QUEUE)) == 0
    assert await depth(broker, routes.WEBHOOKS_QUEUE) == len(told)  # where nobody takes them here


@pytest.mark.parametrize("kind", HOSTILE)
async def test_what_is_bound_beside_it_keeps_no_event_from_a_queue_that_is_well(
    kind: str, broker: Broker, publisher: Publisher
) -> None:
    told, counting = several(), CountingBroker.like(broker)
    async with (
        foreign_queue(broker, **HOSTILE[kind]),
        foreign_queue(broker, queue_type="quorum") as well,
        forwarding(counting, size=4) as forwarder,
    ):
        await announce(publisher, *told)
        await well.take(partial(arrived, told))
        assert forwarder.ready.is_set()
    assert well.ids == [each.id for each in told]
    assert counting.made[PUBLISHER] == 1, "a refusal costs no connection"
    await nothing_of_ours_suffered(broker, told)


async def test_what_a_full_queue_refuses_is_counted_and_it_gets_what_comes_once_it_has_room(
    broker: Broker, publisher: Publisher
) -> None:
    before = count("refused")
    async with foreign_queue(broker, **HOSTILE["full"]) as full, forwarding(broker):
        await announce(publisher, *several())
        await eventually(lambda: count("refused") >= before + EVENTS / 2)
        await forwarded(broker)
        await full.take(len)
        last: list[UUID] = []

        async def heard_again() -> bool:
            """An event that was announced after it had been emptied: the queue may refuse a few first."""
            told = event()
            last.append(told.id)
            await announce(publisher, told)
            await full.take(lambda _: True)
            return bool(set(last) & set(full.ids))

        await eventually(heard_again)


async def test_a_channel_that_was_refused_something_is_given_up_after_a_while(
    broker: Broker, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strangers, "REFUSALS_STAND_SECONDS", 0.0)
    counting = CountingBroker.like(broker)
    async with foreign_queue(broker, **HOSTILE["full"]), forwarding(counting):

        async def made_anew() -> bool:
            await announce(publisher, event())
            return counting.made[PUBLISHER] > 1

        await eventually(made_anew)


async def test_a_queue_that_goes_while_events_come_costs_nobody_anything(
    broker: Broker, publisher: Publisher
) -> None:
    told = several()
    async with (
        foreign_queue(broker) as going,
        foreign_queue(broker) as unbound,
        foreign_queue(broker) as well,
        forwarding(broker),
    ):
        await announce(publisher, *told[:20])
        await going.channel.queue_delete(going.name)
        await announce(publisher, *told[20:40])
        await unbound.queue.unbind(broker.topology.name(routes.PUBLIC), "*.*.*")
        await announce(publisher, *told[40:])
        await well.take(partial(arrived, told))
    assert well.ids == [each.id for each in told]
    await nothing_of_ours_suffered(broker, told)


async def test_a_consumer_that_acks_nothing_holds_up_only_itself(
    broker: Broker, publisher: Publisher
) -> None:
    told = several()

    async def hold(_: AbstractIncomingMessage) -> None:
        await asyncio.Event().wait()

    async with foreign_queue(broker, queue_type="quorum") as slow, foreign_queue(broker) as well:
        await slow.channel.set_qos(prefetch_count=1)
        await slow.queue.consume(hold)
        async with forwarding(broker):
            await announce(publisher, *told)
            await well.take(partial(arrived, told))
    await nothing_of_ours_suffered(broker, told)


async def suspend(servers: Servers, queue: Foreign, what: str = "suspend") -> None:
    """Its process answers nothing, as a queue does that has no leader."""
    await rabbitmqctl(servers, "eval", f"sys:{what}('%2F_{queue.name}').")


async def test_a_queue_that_answers_nothing_is_passed_over_and_all_others_get_every_event(
    movable: Servers, broker: Broker, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue that the broker comes to after that one gets its copies late, and all of them."""
    monkeypatch.setattr(strangers, "CONFIRM_SECONDS", 2.0)
    monkeypatch.setattr(strangers, "AGAIN_SECONDS", 0.5)
    told, before = several(), count("unknown")
    async with (
        foreign_queue(broker, queue_type="quorum") as stuck,
        foreign_queue(broker) as well,
        foreign_queue(broker, queue_type="stream"),
        foreign_queue(broker, queue_type="quorum") as one,
        foreign_queue(broker, queue_type="quorum") as another,
        foreign_queue(broker, queue_type="quorum") as third,
    ):
        await announce(publisher, *told)
        await suspend(movable, stuck)
        try:
            async with forwarding(broker) as forwarder:
                await well.take(partial(arrived, told), within=30)
                await nothing_of_ours_suffered(broker, told)
                await eventually(lambda: count("unknown") == before + EVENTS)
                assert forwarder.ready.is_set()
                await suspend(movable, stuck, "resume")
                for behind in (one, another, third):  # in whichever order the broker comes to them
                    await behind.take(partial(arrived, told))
        finally:
            await suspend(movable, stuck, "resume")


@pytest.mark.parametrize(
    ("channels", "connections"), [pytest.param(256, 1, marks=pytest.mark.thorough), (4, 10)]
)
async def test_while_a_queue_answers_nothing_each_later_event_reaches_the_others_at_once(
    channels: int,
    connections: int,
    movable: Servers,
    broker: Broker,
    publisher: Publisher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One event after the other, each a batch of its own: also where more is held up than the bound."""
    monkeypatch.setattr(strangers, "CONFIRM_SECONDS", 2.0)
    monkeypatch.setattr(strangers, "AGAIN_SECONDS", 0.1)
    monkeypatch.setattr(apart, "CHANNELS", channels)
    counting = CountingBroker.like(broker)
    async with foreign_queue(broker, queue_type="quorum") as stuck, foreign_queue(broker) as well:
        await suspend(movable, stuck)
        try:
            async with forwarding(counting):
                for told in several(40):
                    await announce(publisher, told)
                    await well.take(partial(arrived, [told]), within=10)
        finally:
            await suspend(movable, stuck, "resume")
    assert counting.made["notifier public apart"] == connections


async def test_a_shared_connection_that_is_dead_loses_nothing_that_comes_after(
    movable: Servers, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told from one that a queue holds up by its opening no channel."""
    monkeypatch.setattr(apart, "OPEN_SECONDS", 1.0)
    at = urlsplit(broker.url)
    async with (
        foreign_queue(broker, queue_type="quorum") as stuck,
        proxy_to(str(at.hostname), at.port or 5672) as proxy,
    ):
        through = at._replace(netloc=at.netloc.replace(f":{at.port}", f":{proxy.port}")).geturl()
        sending = apart.Apart(Broker(through, broker.topology), "somebody")
        one = [Announcement("job.accepted.acme", message(b"{}", "1"))]
        await suspend(movable, stuck)
        try:
            assert [type(each) for each in await sending.send(one, 0.2)] == [TimeoutError]
            proxy.mode = Mode.BLACKHOLE
            with pytest.raises(DependencyDown):
                await sending.send(one, 0.2)
            proxy.mode = Mode.PASS
            assert [type(each) for each in await sending.send(one, 0.2)] == [TimeoutError]
        finally:
            await suspend(movable, stuck, "resume")
            await sending.close()


@pytest.mark.thorough
async def test_under_an_alarm_nothing_is_passed_over_and_little_is_sent_twice(
    movable: Servers, broker: Broker, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strangers, "CONFIRM_SECONDS", 1.0)
    told, unknown = several(), count("unknown")
    async with foreign_queue(broker, queue_type="quorum") as theirs, AsyncExitStack() as stack:
        await announce(publisher, *told)
        async with under_alarm(movable, broker, MEMORY):
            with capture_logs() as logs:
                await stack.enter_async_context(forwarding(broker))
                waits = partial(tries, logs)
                await eventually(lambda: waits() >= 3, within=60)
        await theirs.take(partial(arrived, told), within=60)
        await nothing_of_ours_suffered(broker, told)
    assert count("unknown") == unknown
    assert max(Counter(each.message_id for each in theirs.taken).values()) <= 2


def tries(logs: Sequence[MutableMapping[str, Any]]) -> int:
    return sum(entry["event"] == "waiting with a batch in hand" for entry in logs)


async def test_jobs_complete_while_every_kind_of_queue_is_bound(
    movable: Servers, broker: Broker, database_url: str, models_dir: Path
) -> None:
    workers, jobs = Workers(broker), 24
    without = {"transcriber", "analyzer"}
    async with (
        working(workers.all),
        foreign_queue(broker, **HOSTILE["full"]),
        foreign_queue(broker, **HOSTILE["full, classic"]),
        foreign_queue(broker, queue_type="quorum") as stuck,
        foreign_queue(broker, "job.completed.*") as well,
    ):
        await suspend(movable, stuck)
        try:
            async with pipeline(movable, broker, database_url, models_dir, without=without) as system:
                await system.store.put(NORMALISED, b"of all jobs")
                ids = [await system.submit(bytes(100)) for _ in range(jobs)]
                for id_ in ids:
                    await system.ended(id_, within=30)
                await well.take(lambda taken: len({each.message_id for each in taken}) == jobs, within=120)
                await nothing_was_lost(system, ids)
        finally:
            await suspend(movable, stuck, "resume")


@pytest.mark.parametrize(
    "events",
    [pytest.param(1500), pytest.param(10_000, marks=[pytest.mark.thorough, pytest.mark.timeout(600)])],
)
async def test_a_notifiers_memory_stays_flat_however_many_events_it_forwards(
    events: int, servers: Servers, broker: Broker, database_url: str, tmp_path: Path, publisher: Publisher
) -> None:
    environment = {
        **servers.environment(),
        "SCRIBELINE_DATABASE_URL": database_url,
        "SCRIBELINE_AMQP_PREFIX": broker.topology.prefix,
        "SCRIBELINE_WEBHOOK_SECRET": SECRET,
        "SCRIBELINE_HEALTH_PORT": str(free_port()),
    }
    seen = 0

    async def see(_: AbstractIncomingMessage) -> None:
        nonlocal seen
        seen += 1

    async with (
        foreign_queue(broker, queue_type="quorum") as theirs,
        foreign_queue(broker, **HOSTILE["full"]),
        beside("notifier", environment, tmp_path) as notifier,
    ):
        await theirs.queue.consume(see, no_ack=True)
        await notifier.start()
        await flood(publisher, 500)
        await eventually(lambda: seen >= 500, within=120)
        before = psutil.Process(notifier.pid).memory_info().rss
        await flood(publisher, events)
        await eventually(lambda: seen >= 500 + events, within=400)
        grown = (psutil.Process(notifier.pid).memory_info().rss - before) / 2**20
    assert seen == 500 + events
    assert grown < 16, f"grown by {grown:.1f} MB"


async def flood(publisher: Publisher, events: int, at_once: int = 100) -> None:
    """Events of 8 KiB, as fast as the broker takes them."""
    for _ in range(events // at_once):
        batch = [event(metadata="x" * 8000) for _ in range(at_once)]
        await asyncio.gather(
            *(
                publisher.publish(routes.EVENTS, f"{e.type}.{e.tenant}", message(e.encode(), str(e.id)))
                for e in batch
            )
        )

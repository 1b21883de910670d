"""What the broker lost is sent again, and never what merely waits: real broker, real database."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from sqlmodel import col, select

from result_writer import recovery
from result_writer.handler import Rules, store_results
from result_writer.recovery import SENT_AGAIN_AT_MOST, Recovery
from scribeline.contracts import routes
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.job import JobStatus
from scribeline.contracts.unit import Stage, UnitStatus
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import message
from scribeline.messaging.management import Held, Management
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.topology import retry_exchange
from scribeline.relay import Relay
from scribeline.storage import pauses
from scribeline.storage.database import Database
from scribeline.storage.models import JobRow, UnitRow
from tests.support.births import born, planned
from tests.support.brokers import depth, take_all
from tests.support.roles import as_gateway, as_writer
from tests.support.scrapes import sample
from tests.support.servers import Servers
from tests.support.waiting import eventually
from tests.support.writers import hear

WINDOW = 1000


@dataclass
class Site:
    """A writer's recovery, and what it works on."""

    broker: Broker
    database: Database
    relay: Relay
    management: Management
    recovery: Recovery

    async def told(self, queue: str, ready: int) -> None:
        """Once the management API tells that so many messages are ready, and of all queues."""

        async def so() -> bool:
            held = await self.management.held()
            everywhere = {*routes.WORK_QUEUES, *recovery.ON_THE_WAY} <= held.keys()
            return everywhere and held[queue].ready == ready

        await eventually(so, within=60)

    async def units(self) -> Sequence[UnitRow]:
        async with self.database.transaction() as session:
            return (await session.exec(select(UnitRow))).all()

    async def job(self, id_: UUID) -> JobRow:
        async with self.database.transaction() as session:
            return (await session.exec(select(JobRow).where(col(JobRow.id) == id_))).one()

    async def purge(self, queue: str) -> None:
        connection = await self.broker.connect("an operator's mistake")
        channel = await connection.channel()
        found = await channel.get_queue(self.broker.topology.name(queue), ensure=False)
        await found.purge()
        await connection.close()


@pytest.fixture
def site(servers: Servers, broker: Broker, publisher: Publisher, database: Database) -> Site:
    if not servers.management_url:
        pytest.skip("the given broker has no management API")
    relay = Relay(as_gateway(database), publisher)
    management = Management(servers.management_url, broker.url, broker.topology)
    return Site(
        broker,
        database,
        relay,
        management,
        Recovery(as_writer(database), management.held, WINDOW, committed=lambda: None),
    )


async def test_five_hundred_jobs_that_nobody_takes_are_never_sent_again(site: Site) -> None:
    for _ in range(500):
        await born(site.database, Stage.SHORT, window=WINDOW)
    while await site.relay.send_due():
        pass
    await site.told(routes.SHORT_QUEUE, 500)

    for _ in range(10):
        assert await site.recovery.look() == 0
        await site.recovery.release_waiting()

    assert {(unit.status, unit.releases) for unit in await site.units()} == {(UnitStatus.RELEASED, 1)}
    assert await depth(site.broker, routes.SHORT_QUEUE) == 500


async def test_what_the_broker_lost_is_sent_again_once_it_was_missed_twice(site: Site) -> None:
    jobs = [await born(site.database, Stage.SHORT) for _ in range(3)]
    await site.relay.send_due()
    await site.told(routes.SHORT_QUEUE, 3)
    await site.purge(routes.SHORT_QUEUE)
    await site.told(routes.SHORT_QUEUE, 0)

    assert [await site.recovery.look() for _ in range(4)] == [0, 3, 0, 0]  # in the outbox, they are not lost
    await site.relay.send_due()

    commands = await take_all(site.broker, routes.SHORT_QUEUE)
    assert len({command.message_id for command in commands}) == len(commands) == 3
    assert {(unit.job, unit.releases) for unit in await site.units()} == {(job.id, 2) for job in jobs}


async def test_what_waits_to_be_tried_again_is_not_lost(site: Site, publisher: Publisher) -> None:
    job = await born(site.database, Stage.SHORT)
    await site.relay.send_due()
    [command] = await take_all(site.broker, routes.SHORT_QUEUE)
    later = message(command.body, str(command.message_id))
    await publisher.publish(retry_exchange(3600), routes.SHORT_QUEUE, later)
    await site.told(retry_exchange(3600), 1)

    assert [await site.recovery.look() for _ in range(3)] == [0, 0, 0]
    assert [(unit.job, unit.releases) for unit in await site.units()] == [(job.id, 1)]


@pytest.fixture
def forgetful(site: Site) -> Site:
    """Its broker loses all that it is given."""

    async def nothing() -> dict[str, Held]:
        return dict.fromkeys((*routes.WORK_QUEUES, *recovery.ON_THE_WAY), Held(0, 0))

    site.recovery.held = nothing
    return site


async def test_a_unit_that_is_lost_again_and_again_fails_its_job(forgetful: Site) -> None:
    job = await born(forgetful.database, Stage.SHORT)
    lost = 'scribeline_lost_units_total{outcome="failed"}'
    sent, before = [], sample(lost)
    for _ in range(2 * SENT_AGAIN_AT_MOST + 2):
        await forgetful.relay.send_due()
        sent.append(await forgetful.recovery.look())
        await hear(forgetful.database)

    assert sum(sent) == SENT_AGAIN_AT_MOST
    assert sample(lost) > before
    row = await forgetful.job(job.id)
    assert (row.status, (row.error or {})["code"]) == (JobStatus.FAILED, "unit_lost")
    [unit] = await forgetful.units()
    assert (unit.status, unit.releases) == (UnitStatus.FAILED, 1 + SENT_AGAIN_AT_MOST)


async def test_what_was_lost_is_sent_again_however_much_it_is(
    forgetful: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "AT_ONCE", 5)
    for _ in range(12):
        await born(forgetful.database, Stage.SHORT)
    await forgetful.relay.send_due()

    assert [await forgetful.recovery.look() for _ in range(2)] == [0, 12]


async def test_only_what_was_sent_before_the_first_look_is_missed(forgetful: Site) -> None:
    await forgetful.recovery.look()
    await born(forgetful.database, Stage.SHORT)
    await forgetful.relay.send_due()

    assert await forgetful.recovery.look() == 0


async def test_what_has_an_outcome_is_not_lost(forgetful: Site) -> None:
    job = await born(forgetful.database)
    await forgetful.relay.send_due()
    await forgetful.recovery.look()
    await store_results(
        [planned(job.id, 0)], database=as_writer(forgetful.database), rules=Rules(), committed=lambda: None
    )

    assert await forgetful.recovery.look() == 0
    assert (await forgetful.job(job.id)).run == 1


async def test_two_writers_send_what_was_lost_once(forgetful: Site) -> None:
    other = replace(forgetful.recovery)
    await born(forgetful.database, Stage.SHORT)
    await forgetful.relay.send_due()

    looks = [await each.look() for each in (forgetful.recovery, other, forgetful.recovery, other)]

    assert sum(looks) == 1


async def test_without_a_management_api_nothing_counts_as_lost(forgetful: Site) -> None:
    await born(forgetful.database, Stage.SHORT)
    await forgetful.relay.send_due()
    forgetful.recovery.held = None

    assert [await forgetful.recovery.look() for _ in range(3)] == [0, 0, 0]


async def test_a_management_api_that_does_not_answer_is_the_brokers_trouble(site: Site) -> None:
    away = Management("http://user:secret@127.0.0.1:9", site.broker.url, site.broker.topology)
    with pytest.raises(DependencyDown) as told:
        await away.held()
    assert "secret" not in str(told.value)


async def test_units_that_nobody_released_are_released(site: Site) -> None:
    """Whoever should have done so looked while the queue was paused, and committed after the pause."""
    async with site.database.transaction() as session:
        await pauses.pause(session, routes.SHORT_QUEUE)
    await born(site.database, Stage.SHORT)
    assert [unit.status for unit in await site.units()] == [UnitStatus.WAITING]
    async with site.database.transaction() as session:
        await pauses.end_pause(session, routes.SHORT_QUEUE)

    await site.recovery.release_waiting()

    assert [unit.status for unit in await site.units()] == [UnitStatus.RELEASED]

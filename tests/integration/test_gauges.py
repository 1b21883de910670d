"""What is measured of database and broker: true, cheap, and not shown when nobody can tell."""

from math import isnan

import pytest
from sqlalchemy import text

from notifier.gauges import Gauges as NotifierGauges
from result_writer.gauges import Gauges
from scribeline.contracts import routes
from scribeline.contracts.unit import Stage
from scribeline.messaging.broker import Broker, declare
from scribeline.messaging.codec import message
from scribeline.messaging.management import Management
from scribeline.messaging.publisher import Publisher
from scribeline.storage import backlog
from scribeline.storage.database import EVERYBODY, Database
from tests.support.births import born
from tests.support.notifying import announce, event, hook
from tests.support.roles import as_notifier, as_writer
from tests.support.scrapes import sample
from tests.support.servers import Servers
from tests.support.waiting import eventually

SHORT = routes.SHORT_QUEUE


@pytest.fixture
def management(servers: Servers, broker: Broker) -> Management:
    if not servers.management_url:
        pytest.skip("the given broker has no management API")
    return Management(servers.management_url, broker.url, broker.topology)


async def test_units_are_shown_by_stage_whether_they_wait_or_were_sent_and_since_when(
    database: Database,
) -> None:
    for _ in range(3):
        await born(database, Stage.SHORT, window=2)
    ago = "now() - interval '90 s'"
    async with database.transaction() as session:
        await session.run(text(f"UPDATE unit SET released_at = {ago} WHERE status = 'released'"))

    await Gauges(as_writer(database), None).measure()

    assert sample('scribeline_units{stage="short",state="waiting"}') == 1
    assert sample('scribeline_units{stage="short",state="released"}') == 2
    assert sample('scribeline_oldest_unit_seconds{stage="short"}') == pytest.approx(90, abs=30)
    assert sample('scribeline_units{stage="merge",state="waiting"}') == 0


async def test_a_database_that_is_away_leaves_no_old_numbers(database: Database) -> None:
    await born(database, Stage.SHORT)
    await Gauges(as_writer(database), None).measure()
    assert sample('scribeline_units{stage="short",state="released"}') == 1

    nowhere = Database("postgresql://127.0.0.1:1/nobody")
    await Gauges(nowhere, None).measure()
    await NotifierGauges(nowhere).measure()
    await nowhere.close()

    assert sample('scribeline_units{stage="short",state="released"}') == 0
    assert isnan(sample("scribeline_deliveries_waiting"))


async def test_queues_are_shown_with_what_is_in_them_and_their_dead_letters(
    database: Database, broker: Broker, publisher: Publisher, management: Management
) -> None:
    gauges = Gauges(as_writer(database), management)
    await publisher.publish(routes.JOBS, SHORT, message(b"{}", "1"))
    await publisher.publish(routes.DEAD, SHORT, message(b"{}", "2"))

    async def told() -> bool:
        await gauges.measure()
        return (
            sample(f'scribeline_queue_messages{{queue="{SHORT}",state="ready"}}') == 1
            and sample(f'scribeline_dead_letters_waiting{{queue="{SHORT}"}}') == 1
        )

    await eventually(told, within=60)
    assert sample(f'scribeline_queue_messages{{queue="{SHORT}",state="unacked"}}') == 0
    assert sample("scribeline_topology_differences") == 0


async def test_a_binding_that_somebody_took_away_is_told(
    database: Database, broker: Broker, publisher: Publisher, management: Management
) -> None:
    await publisher.ping()  # declares everything
    gauges = Gauges(as_writer(database), management)
    await gauges.topology(management)
    assert sample("scribeline_topology_differences") == 0

    connection = await broker.connect("an operator's mistake")
    channel = await connection.channel()
    queue = await channel.get_queue(broker.topology.name(SHORT), ensure=False)
    await queue.unbind(broker.topology.name(routes.JOBS), broker.topology.name(SHORT))
    await channel.queue_delete(broker.topology.name(routes.EVENTS_LOG))
    await channel.exchange_delete(broker.topology.name(routes.STRAY))
    found = await management.differences()
    await declare(channel, broker.topology)
    await connection.close()

    short, log, stray = (broker.topology.name(name) for name in (SHORT, routes.EVENTS_LOG, routes.STRAY))
    assert f"queue {short} is not bound to {broker.topology.name(routes.JOBS)} with {short!r}" in found
    assert f"queue {log} is missing" in found
    assert f"exchange {stray} is missing" in found
    assert len(found) == 5  # and what was bound to the two
    assert await management.differences() == []


async def test_a_management_api_that_is_away_leaves_no_old_numbers(
    database: Database, broker: Broker, publisher: Publisher, management: Management
) -> None:
    ready = f'scribeline_queue_messages{{queue="{SHORT}",state="ready"}}'
    gauges = Gauges(as_writer(database), management)
    await publisher.publish(routes.JOBS, SHORT, message(b"{}", "1"))

    async def told() -> bool:
        await gauges.measure()
        return sample(ready) == 1

    await eventually(told, within=60)
    assert not isnan(sample("scribeline_topology_differences"))

    nobody = Management("http://127.0.0.1:1", broker.url, broker.topology)
    await Gauges(as_writer(database), nobody).measure()

    assert isnan(sample("scribeline_topology_differences"))
    assert sample(ready) == 0  # not shown


async def test_deliveries_are_counted_but_not_those_that_a_paused_webhook_holds(database: Database) -> None:
    await hook(database)
    await hook(database, status="paused")
    await announce(database, event(), event())
    async with database.transaction(EVERYBODY) as session:
        await session.run(text("UPDATE delivery SET next_attempt_at = now() - interval '90 s'"))

    await NotifierGauges(as_notifier(database)).measure()

    assert sample("scribeline_deliveries_waiting") == 2
    assert sample("scribeline_deliveries_oldest_seconds") == pytest.approx(90, abs=30)


async def test_measuring_reads_what_is_open_and_not_the_whole_tables(database: Database) -> None:
    """Fifty thousand units and deliveries that have ended cost nothing."""
    job = await born(database)
    async with database.transaction(EVERYBODY) as session:
        await session.run(text(MANY_UNITS), {"job": job.id, "status": "done"})
        await session.run(text("ANALYZE unit"))
        plan = await session.run(text("EXPLAIN " + backlog.OPEN_UNITS))
        told = "\n".join(str(row[0]) for row in plan)
    assert "Seq Scan" not in told, told
    assert "unit_waiting" in told
    assert "unit_released" in told


async def test_counting_many_waiting_units_does_not_read_their_rows(database: Database) -> None:
    job = await born(database)
    async with database.transaction(EVERYBODY) as session:
        await session.run(text(MANY_UNITS), {"job": job.id, "status": "waiting"})
    async with database.engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(text("VACUUM ANALYZE unit"))
    async with as_writer(database).transaction(EVERYBODY) as session:
        plan = await session.run(text("EXPLAIN " + backlog.OPEN_UNITS))
        told = "\n".join(str(row[0]) for row in plan)
        waiting = {each.stage: each.count for each in await backlog.open_units(session)}
    assert "Index Only Scan using unit_waiting" in told, told
    assert "Index Only Scan using unit_released" in told, told
    assert waiting["chunk"] == 50000


async def test_measuring_deliveries_reads_only_the_pending_ones(database: Database) -> None:
    there = await hook(database)
    async with database.transaction(EVERYBODY) as session:
        await session.run(text(MANY_DELIVERIES), {"webhook": there.id})
        await session.run(text("ANALYZE delivery"))
        plan = await session.run(text("EXPLAIN " + backlog.PENDING_DELIVERIES))
        told = "\n".join(str(row[0]) for row in plan)
    assert "Seq Scan on delivery" not in told, told
    assert "delivery_due" in told


MANY_DELIVERIES = """
    INSERT INTO delivery (id, tenant, webhook, lane, event, job, type, status, attempts, tries,
                          next_attempt_at, replays, created_at, ended_at)
    SELECT gen_random_uuid(), 'acme', :webhook, 'x', gen_random_uuid(), gen_random_uuid(), 'job.completed',
           'delivered', 1, '[]', now(), 0, now(), now()
    FROM generate_series(1, 50000) AS n
"""


MANY_UNITS = """
    INSERT INTO unit (job, stage, index, run, tenant, queue, status, command, releases, handed_back, gaps,
                      pieces, created_at)
    SELECT :job, 'chunk', 1000 + n, 1, 'acme', 'transcriber.chunks', :status,
           json_build_object('prompt', repeat('x', 1000)), 1, false, '[]', '[]',
           now()
    FROM generate_series(1, 50000) AS n
"""

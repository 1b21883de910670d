"""The result-writer's composition root."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from aio_pika.abc import AbstractIncomingMessage

from result_writer.gauges import Gauges
from result_writer.handler import Rules, store_results
from result_writer.orphans import Guard
from result_writer.recovery import Recovery
from result_writer.retention import Retention
from result_writer.settings import SERVICE, WriterSettings
from result_writer.sweep import Sweep
from scribeline.contracts import routes
from scribeline.contracts.catalogue import REQUESTS, RESULTS
from scribeline.contracts.envelope import Envelope
from scribeline.messaging.batch_worker import BatchWorker
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import read
from scribeline.messaging.consumer import Consumer
from scribeline.messaging.management import Management
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.reply import obituary
from scribeline.messaging.service import Runnable, run_service
from scribeline.relay import Relay
from scribeline.settings import load
from scribeline.storage.database import Database
from scribeline.storage.objects import ObjectStore
from scribeline.storage.s3 import S3Store


def read_result(delivery: AbstractIncomingMessage) -> Envelope:
    return read(delivery, [*RESULTS.values(), *REQUESTS.values()])


def compose(
    settings: WriterSettings, broker: Broker, database: Database
) -> tuple[BatchWorker[Envelope], Relay]:
    """The writer and its relay; tests compose it with other parts in one process."""
    publisher = Publisher(broker, SERVICE)
    relay = Relay(database, publisher)
    rules = Rules(settings.window, settings.analysis_part_tokens)
    worker = BatchWorker(
        {routes.RESULTS_QUEUE: read_result, routes.DEATHS_QUEUE: obituary},
        partial(store_results, database=database, rules=rules, committed=relay.wake),
        service=SERVICE,
        broker=broker,
        publisher=publisher,
        probes={"database": database.ping},
        size=settings.writer_batch,
    )
    return worker, relay


def management_of(settings: WriterSettings, broker: Broker) -> Management | None:
    url = settings.amqp_management_url.get_secret_value()
    return Management(url, broker.url, broker.topology, broker.certificates) if url else None


def recovery_of(settings: WriterSettings, broker: Broker, database: Database, relay: Relay) -> Recovery:
    management = management_of(settings, broker)
    return Recovery(database, management.held if management else None, settings.window, relay.wake)


def sweeps(settings: WriterSettings, database: Database, store: ObjectStore) -> list[Runnable]:
    """None when it is turned off."""
    age = timedelta(hours=settings.sweep_hours)
    sweep = Sweep(database, store, age, Guard(confirmed=settings.sweep_confirmed))
    return [sweep.run] if age else []


def main() -> None:
    settings = load(WriterSettings)
    database = Database(
        settings.database_url.get_secret_value(),
        settings.database_pool,
        settings.database_role,
        settings.certificates,
    )
    store = S3Store(settings)

    async def build() -> tuple[Sequence[Consumer], Sequence[Runnable]]:
        broker = Broker.of(settings, SERVICE)
        worker, relay = compose(settings, broker, database)
        retention = Retention(database, store, relay.wake, settings.retention_days)
        recovery = recovery_of(settings, broker, database, relay)
        gauges = Gauges(database, management_of(settings, broker))
        others = [relay.run, retention.run, recovery.run, gauges.run]
        return [worker], [*others, *sweeps(settings, database, store)]

    run_service(SERVICE, settings, build, {"database": database.ping})


if __name__ == "__main__":
    main()

"""The notifier's composition root."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from aio_pika.abc import AbstractIncomingMessage

from notifier.clock import DatabaseClock
from notifier.deliverer import Deliverer, Places
from notifier.fan_out import fan_out
from notifier.forwarder import Forwarder
from notifier.gauges import Gauges
from notifier.housekeeping import Housekeeping
from notifier.outgoing import Send
from notifier.sender import Sender
from notifier.settings import SERVICE, NotifierSettings
from scribeline.contracts import routes
from scribeline.contracts.catalogue import PUBLIC
from scribeline.contracts.envelope import Envelope
from scribeline.messaging.batch_worker import BatchWorker
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import read
from scribeline.messaging.consumer import Consumer
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.service import Runnable, run_service
from scribeline.settings import load
from scribeline.storage.database import Database
from scribeline.telemetry.health import Check


def read_event(delivery: AbstractIncomingMessage) -> Envelope:
    return read(delivery, list(PUBLIC.values()))


@dataclass(frozen=True)
class Parts:
    """Its consumers, what runs beside them, and how to ask whether that does."""

    consumers: Sequence[Consumer]
    others: Sequence[Runnable]
    checks: Mapping[str, Check]


def compose(
    settings: NotifierSettings,
    broker: Broker,
    database: Database,
    *,
    send: Send | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Parts:
    """Tests compose it with other services in one process."""
    clock = clock or DatabaseClock()
    deliverer = deliverer_of(settings, database, send or Sender.of(settings), clock)
    housekeeping = Housekeeping(database, clock, settings.webhook_log_days)
    forwarder = Forwarder(broker, settings.public_events, settings.notifier_batch)
    webhooks = BatchWorker(
        {routes.WEBHOOKS_QUEUE: read_event},
        partial(fan_out, database=database, clock=clock, committed=deliverer.wake),
        service=f"{SERVICE} webhooks",
        broker=broker,
        publisher=Publisher(broker, f"{SERVICE} webhooks"),
        probes={"database": database.ping},
        size=settings.notifier_batch,
    )
    return Parts(
        [forwarder, webhooks],
        [deliverer.run, housekeeping.run, Gauges(database).run],
        {"webhooks' deliverer": deliverer.check},
    )


def deliverer_of(
    settings: NotifierSettings, database: Database, send: Send, clock: Callable[[], datetime]
) -> Deliverer:
    total = settings.webhooks_in_flight
    places = Places(
        total, settings.webhooks_per_endpoint, max(1, int(total * settings.webhooks_tenant_share))
    )
    return Deliverer(
        database,
        send,
        settings.webhook_secret.get_secret_value(),
        clock=clock,
        places=places,
        seconds=settings.webhook_seconds,
        shutdown_seconds=settings.shutdown_seconds,
    )


def main() -> None:
    settings = load(NotifierSettings)
    database = Database(
        settings.database_url.get_secret_value(),
        settings.database_pool,
        settings.database_role,
        settings.certificates,
    )

    checks: dict[str, Check] = {"database": database.ping}

    async def build() -> tuple[Sequence[Consumer], Sequence[Runnable]]:
        parts = compose(settings, Broker.of(settings, SERVICE), database)
        checks.update(parts.checks)
        return parts.consumers, parts.others

    run_service(SERVICE, settings, build, checks)


if __name__ == "__main__":
    main()

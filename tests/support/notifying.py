"""Webhooks as the gateway makes them, events as they were announced, and a notifier's engine between."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from uuid_utils.compat import uuid7

from gateway.auth import Principal, Scope
from notifier.deliverer import Deliverer, Places
from notifier.fan_out import fan_out
from notifier.outgoing import Send
from scribeline.contracts.envelope import Envelope, wrap
from scribeline.storage import events
from scribeline.storage.database import EVERYBODY, Database
from scribeline.storage.jobs import ensure_tenant
from scribeline.storage.models import DeliveryRow, WebhookRow
from tests.support.golden import EXAMPLES
from tests.support.receivers import Receiver
from tests.support.roles import as_gateway, as_notifier
from tests.support.waiting import eventually

SECRET = "a secret for tests only"
OPERATOR = Principal("acme", None, frozenset(Scope), None)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def on(self, **by: float) -> None:
        self.at += timedelta(**by)


async def hook(database: Database, url: str = "http://127.0.0.1:1/", **given: Any) -> WebhookRow:
    """A webhook of tenant acme; one of a job where `job` is given."""
    id_, tenant = given.pop("id", None) or uuid7(), given.pop("tenant", "acme")
    lane = given.pop("lane", None) or (f"callback/{tenant}/127.0.0.1:1" if given.get("job") else str(id_))
    row = WebhookRow(id=id_, tenant=tenant, url=url, lane=lane, **given)
    async with as_gateway(database).transaction(tenant) as session:
        await ensure_tenant(session, tenant)
        session.add(row)
    return row


def event(type_: str = "job.completed", tenant: str = "acme", **given: Any) -> Envelope:
    """One that is not announced yet, of a job of its own."""
    job, id_ = given.pop("job", None) or uuid7(), given.pop("id", None) or uuid7()
    owner = given.pop("owner", None)
    return wrap(EXAMPLES[type_], id=id_, job=job, tenant=tenant, owner=owner, source="test", **given)


async def announce(database: Database, *told: Envelope, clock: Callable[[], datetime] | None = None) -> None:
    """They are stored, and reach the notifier."""
    async with database.transaction(EVERYBODY) as session:
        for each in told:
            events.record(session, each)
    await reach(database, told, clock=clock)


async def reach(
    database: Database, told: Sequence[Envelope], *, clock: Callable[[], datetime] | None = None
) -> None:
    await fan_out(told, database=as_notifier(database), clock=clock or (lambda: START), committed=_nobody)


def _nobody() -> None:
    pass


async def deliveries(database: Database, webhook: UUID | None = None) -> list[DeliveryRow]:
    """Oldest first."""
    async with database.transaction(EVERYBODY) as session:
        wanted = select(DeliveryRow).order_by(col(DeliveryRow.id))
        if webhook is not None:
            wanted = wanted.where(col(DeliveryRow.webhook) == webhook)
        return list((await session.exec(wanted)).all())


async def found(database: Database, webhook: UUID) -> WebhookRow:
    async with database.transaction(EVERYBODY) as session:
        row = await session.get(WebhookRow, webhook)
        assert row is not None
        return row


async def ended(database: Database, webhook: UUID | None = None) -> bool:
    """Nothing is pending, of one webhook or of all."""
    rows = await deliveries(database, webhook)
    return bool(rows) and all(row.status != "pending" for row in rows)


async def attempts(database: Database) -> int:
    """Tries that were written down."""
    return sum(row.attempts for row in await deliveries(database))


def deliverer(database: Database, send: Send, clock: Callable[[], datetime], **given: Any) -> Deliverer:
    places, secret = given.pop("places", Places()), given.pop("secret", SECRET)
    return Deliverer(as_notifier(database), send, secret, clock=clock, places=places, **given)


@asynccontextmanager
async def delivering(*those: Deliverer) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = [asyncio.create_task(each.run(stop)) for each in those]
    try:
        yield
    finally:
        stop.set()
        for each in those:
            each.wake()
        await asyncio.gather(*running)


async def tried(database: Database, times: int) -> None:
    async def look() -> bool:
        return await attempts(database) >= times and not await under_way(database)

    await eventually(look)


def others(there: Receiver, before: int) -> bool:
    return any(each.path == "/other" for each in there.received[before:])


async def under_way(database: Database) -> int:
    return sum(row.claimed_until is not None for row in await deliveries(database))


async def set_status(database: Database, webhook: UUID, status: str) -> None:
    async with database.transaction(EVERYBODY) as session:
        change = "UPDATE webhook SET status = :status WHERE id = :id"
        await session.run(text(change), {"id": webhook, "status": status})


async def has_ended(database: Database, delivery: UUID) -> bool:
    return any(row.id == delivery and row.status != "pending" for row in await deliveries(database))


async def exhaust(database: Database, clock: Clock) -> None:
    """Ten tries, each when it is due."""
    for number in range(1, 11):
        await tried(database, number)
        clock.on(hours=27)

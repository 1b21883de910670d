"""The notifier as it is put together: from a commit to the receiver, and what its role may do."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from notifier.main import compose
from notifier.outgoing import Answer, Outgoing
from notifier.settings import NotifierSettings
from scribeline.contracts import routes
from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.broker import Broker
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.service import Runnable
from scribeline.relay import Relay
from scribeline.storage import events
from scribeline.storage.database import EVERYBODY, Database
from scribeline.storage.deliveries import spread
from scribeline.storage.outbox import post
from tests.support.notifying import SECRET, START, Clock, deliverer, deliveries, ended, event, hook
from tests.support.receivers import plain_sender, receiver
from tests.support.roles import as_gateway, as_notifier
from tests.support.waiting import eventually


@asynccontextmanager
async def running(*runs: Runnable) -> AsyncIterator[None]:
    stop = asyncio.Event()
    tasks = [asyncio.ensure_future(run(stop)) for run in runs]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


def parts(broker: Broker, database: Database, **given: object) -> Sequence[Runnable]:
    settings = NotifierSettings(webhook_secret=SecretStr(SECRET), shutdown_seconds=5)
    made = compose(settings, broker, as_notifier(database), **given)  # type: ignore[arg-type]
    return [*(each.run for each in made.consumers), *made.others]


async def test_what_a_commit_announced_reaches_the_webhook(database: Database, broker: Broker) -> None:
    async with receiver() as there, plain_sender() as send:
        await hook(database, there.url())
        told = [event() for _ in range(5)]
        async with database.transaction(EVERYBODY) as session:
            for each in told:
                post(session, routes.EVENTS, f"{each.type}.{each.tenant}", each)
                events.record(session, each)
        relay = Relay(as_gateway(database), Publisher(broker, "gateway"))
        two = [*parts(broker, database, send=send), *parts(broker, database, send=send)]
        async with running(relay.run, *two):
            await eventually(partial(ended, database))
        assert sorted(there.ids) == sorted(str(each.id) for each in told)


async def test_a_database_that_is_away_when_an_answer_comes_is_waited_for(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, real, sent = 2, as_notifier(database).transaction, []

    async def send(what: Outgoing) -> Answer:
        sent.append(what.id)
        monkeypatch.setattr(as_notifier(database), "transaction", failing)
        return Answer(200, None, "", 0.1, None)

    def failing(tenant: str | None = None) -> object:
        nonlocal away
        if away == 0:
            return real(tenant)
        away -= 1
        raise DependencyDown("database", "away")

    await hook(database)
    what = event()
    async with database.transaction(EVERYBODY) as session:
        events.record(session, what)
    engine = deliverer(database, send, Clock())
    async with as_notifier(database).transaction(EVERYBODY) as session:
        await spread(session, [what], START)
    async with running(engine.run):
        await eventually(partial(ended, database))
    assert sent == [str(what.id)]
    assert [row.status for row in await deliveries(database)] == ["delivered"]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1 FROM job",
        "SELECT 1 FROM segment",
        "SELECT 1 FROM api_key",
        "SELECT body FROM outbox",
        "DELETE FROM outbox",
        "UPDATE event SET body = ''",
        "DELETE FROM event",
        "UPDATE tenant SET callback_generation = 2",
        "UPDATE webhook SET url = 'http://elsewhere/'",
        "UPDATE webhook SET tenant = 'beta'",
        "UPDATE webhook SET generation = 2",
        "INSERT INTO webhook SELECT * FROM webhook",
    ],
)
async def test_the_notifier_may_do_nothing_else(database: Database, statement: str) -> None:
    with pytest.raises(DependencyDown, match="permission denied"):
        async with as_notifier(database).transaction(EVERYBODY) as session:
            await session.run(text(statement))

"""What happens to a webhook while a try is under way, and tries that go wrong in the notifier itself."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from gateway.webhooks import log, rows
from gateway.webhooks.sending import ping
from notifier.clock import DatabaseClock
from notifier.outgoing import Answer, Outgoing
from notifier.schedule import STANDARD
from notifier.settling import Try, settle
from scribeline.storage import claims
from scribeline.storage.claims import Due
from scribeline.storage.database import EVERYBODY, Database
from scribeline.storage.models import DeliveryRow, WebhookRow
from tests.support.notifying import (
    OPERATOR,
    START,
    TRACE,
    Clock,
    announce,
    deliverer,
    deliveries,
    delivering,
    ended,
    event,
    found,
    hook,
)
from tests.support.outboxes import announced
from tests.support.roles import as_gateway, as_notifier
from tests.support.waiting import eventually

FINE = Answer(204, None, "", 0.1, None)
GONE = Answer(410, "Answered 410.", "", 0.1, None)
BROKEN = Answer(500, "Answered 500.", "", 0.1, None)
NOT_SENT = "It could not be sent: an error of this server."


async def claim(database: Database, at: datetime) -> Due:
    bounds: dict[str, Any] = {"limit": 1, "per_lane": 1, "per_tenant": 1, "held": {}}
    async with as_notifier(database).transaction(EVERYBODY) as session:
        [due] = await claims.claim(session, at, lease=timedelta(minutes=1), **bounds)
        return due


async def answer(database: Database, due: Due, what: Answer, at: datetime = START) -> None:
    await settle(as_notifier(database), due, Try(what, at, at), schedule=STANDARD, random=0.5)


async def change(database: Database, to: WebhookRow, **changes: str) -> None:
    await rows.change(as_gateway(database), OPERATOR, str(to.id), changes)


async def tenth(database: Database) -> None:
    """The next try is the last one."""
    log_ = "(SELECT jsonb_agg(jsonb_build_object('at', CAST(:at AS text))) FROM generate_series(1, 9))"
    async with database.transaction(EVERYBODY) as session:
        statement = text(f"UPDATE delivery SET attempts = 9, tries = {log_}")
        await session.run(statement, {"at": START.isoformat()})


async def only(database: Database) -> DeliveryRow:
    [row] = await deliveries(database)
    return row


async def test_the_old_address_that_is_gone_disables_no_new_one(database: Database) -> None:
    to = await hook(database)
    await announce(database, event())
    due = await claim(database, START)
    await change(database, to, url="https://new.example/")
    with capture_logs() as logs:
        await answer(database, due, GONE)
    row, now = await only(database), await found(database, to.id)
    assert (row.status, row.attempts, row.next_attempt_at) == ("pending", 1, START + timedelta(seconds=5))
    assert (now.status, now.reason, now.failing_since) == ("active", None, None)
    assert (await announced(database), logs) == ([], [])


async def test_the_last_try_of_the_old_address_pauses_no_new_one(database: Database) -> None:
    to = await hook(database)
    await announce(database, event())
    await tenth(database)
    due = await claim(database, START)
    await change(database, to, url="https://new.example/")
    await answer(database, due, BROKEN)
    row = await only(database)
    assert (row.status, row.reason) == ("failed", "tries_exhausted")
    assert (await found(database, to.id)).status == "active"
    assert await announced(database) == []


async def test_what_the_old_address_took_says_nothing_of_the_new_one(database: Database) -> None:
    to = await hook(database)
    await announce(database, event())
    due = await claim(database, START)
    await change(database, to, url="https://new.example/")
    await answer(database, due, FINE)
    assert (await only(database)).status == "delivered"
    assert (await found(database, to.id)).succeeded_at is None


async def test_a_webhook_is_stopped_once(database: Database) -> None:
    to = await hook(database)
    await announce(database, event(), event())
    first, second = await claim(database, START), await claim(database, START + timedelta(hours=1))
    await answer(database, first, GONE)
    async with database.transaction(EVERYBODY) as session:  # one that was made right before, and taken
        claimed = text("UPDATE delivery SET status = 'pending', claimed_until = :claim WHERE id = :id")
        await session.run(claimed, {"claim": second.claimed_until, "id": second.id})
    with capture_logs() as logs:
        await answer(database, second, GONE)
    assert (await found(database, to.id)).status == "disabled"
    assert len(await announced(database)) == 1
    assert logs == []


@pytest.mark.parametrize("pinged", [False, True])
async def test_a_webhook_that_is_resumed_is_not_paused_by_a_try_from_before(
    database: Database, pinged: bool
) -> None:
    to = await hook(database)
    if pinged:
        await ping(as_gateway(database), OPERATOR, str(to.id), TRACE)
    else:
        await announce(database, event())
    await tenth(database)
    at = datetime.now(UTC) + timedelta(seconds=1) if pinged else START
    due = await claim(database, at)
    async with database.transaction(EVERYBODY) as session:
        await session.run(text("UPDATE webhook SET status = 'paused'"))
    await change(database, to, status="active")
    await answer(database, due, BROKEN)
    row = await only(database)
    assert (row.status, row.attempts, row.claimed_until) == ("pending", 0, None)
    assert (await found(database, to.id)).status == "active"


async def test_a_replay_is_not_put_off_by_a_try_from_before(database: Database) -> None:
    await hook(database)
    await announce(database, event("job.deleted"))
    due = await claim(database, START)
    await log.replay(as_gateway(database), OPERATOR, str(due.id))
    await answer(database, due, BROKEN)
    row = await only(database)
    assert (row.status, row.attempts, row.next_attempt_at) == ("pending", 0, START)
    assert (await claim(database, START)).event == due.event, "with the same id, at once"


async def test_a_notifier_whose_host_is_ahead_takes_nothing_of_another(database: Database) -> None:
    async def fine(what: Outgoing) -> Answer:
        sent.append(what.id)
        return FINE

    sent: list[str] = []
    await hook(database)
    await announce(database, event())
    now = datetime.now(UTC)  # of the database, too
    theirs = await claim(database, now)
    beta = await hook(database, tenant="beta")
    await announce(database, other := event(tenant="beta"))
    ahead = DatabaseClock()
    ahead.learn(now + timedelta(hours=1))
    async with delivering(deliverer(database, fine, ahead)):
        await eventually(partial(ended, database, beta.id))
    assert sent == [str(other.id)]
    [row] = await deliveries(database, theirs.webhook.id)
    assert row.claimed_until == theirs.claimed_until
    [done] = await deliveries(database, beta.id)
    assert done.ended_at is not None
    assert abs(done.ended_at - now) < timedelta(minutes=1)


async def test_an_error_of_the_notifier_is_a_failed_try(database: Database) -> None:
    async def broken(_: Outgoing) -> Answer:
        raise RuntimeError("with a secret in it")

    await hook(database)
    await announce(database, event())
    clock = Clock()

    async def tried(times: int) -> bool:
        return (await only(database)).attempts == times

    with capture_logs() as logs:
        async with delivering(deliverer(database, broken, clock)):
            await eventually(partial(tried, 1))
            row = await only(database)
            assert (row.status, row.tries[0]["error"], row.tries[0]["status"]) == ("pending", NOT_SENT, None)
            assert row.next_attempt_at > clock.at
            for number in range(2, 11):
                clock.on(hours=27)
                await eventually(partial(tried, number))
    row = await only(database)
    assert (row.status, row.reason) == ("failed", "tries_exhausted")
    assert sum(each["log_level"] == "error" for each in logs) == 10


async def test_an_answer_that_cannot_be_written_down_is_a_failed_try(
    database: Database,
) -> None:
    async def odd(_: Outgoing) -> Answer:
        return Answer(2**70, "not a status", "", float("nan"), None)

    await hook(database)
    await announce(database, event())
    async with delivering(deliverer(database, odd, Clock())):

        async def tried() -> bool:
            return (await only(database)).attempts == 1

        await eventually(tried)
    assert not await ended(database)


async def test_who_comes_too_late_with_an_answer_changes_nothing_of_the_claim_after_it(
    database: Database, clock: Clock
) -> None:
    await hook(database)
    await announce(database, event())
    late = await claim(database, clock())
    now = await claim(database, clock() + timedelta(hours=1))
    await answer(database, late, FINE)
    [row] = await deliveries(database)
    assert (row.status, row.tries, row.claimed_until) == ("pending", [], now.claimed_until)
    await answer(database, now, FINE)
    assert await ended(database)

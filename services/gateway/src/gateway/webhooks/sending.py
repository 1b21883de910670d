"""What is sent to a webhook because its owner asked: a ping, and what was told before."""

from uuid_utils.compat import uuid7

from gateway.auth import Principal
from gateway.records import SOURCE
from gateway.webhooks import rows
from gateway.webhooks.asked import Replay
from scribeline.contracts.envelope import Envelope, wrap
from scribeline.contracts.webhook import WebhookPing
from scribeline.storage import events, webhooks
from scribeline.storage.database import Database
from scribeline.storage.models import DeliveryRow, WebhookRow
from scribeline.storage.webhooks import STEP, Span


async def ping(database: Database, principal: Principal, id_: str, traceparent: str) -> DeliveryRow:
    """To this webhook alone, whatever types it is told of. Raises Problem: NOT_FOUND, WEBHOOK_DISABLED."""
    async with database.transaction(principal.tenant) as session:
        webhook = rows.not_disabled(await rows.found(session, principal, id_, lock=True))
        event = _ping(webhook, traceparent)
        events.record(session, event)
        moment = await session.clock()
        delivery = DeliveryRow(
            id=uuid7(),
            tenant=webhook.tenant,
            owner=webhook.owner,
            webhook=webhook.id,
            lane=f"ping/{webhook.tenant}",  # not behind what a paused one holds
            event=event.id,
            job=webhook.id,
            type=event.type,
            next_attempt_at=moment,
            created_at=moment,
        )
        session.add(delivery)
        return delivery


def _ping(webhook: WebhookRow, traceparent: str) -> Envelope:
    return wrap(
        WebhookPing(webhook=webhook.id),
        id=uuid7(),
        job=webhook.id,
        tenant=webhook.tenant,
        owner=webhook.owner,
        source=SOURCE,
        traceparent=traceparent,
    )


async def replay(database: Database, principal: Principal, id_: str, asked: Replay) -> int:
    """How many are sent again, or for the first time. Raises Problem: NOT_FOUND, WEBHOOK_DISABLED.

    Each `STEP` of events is a transaction of its own, so that none takes long, and no lock is held for long:
    where one fails, those before it stay, and asked again they are passed over while they are pending.
    """
    status = None if asked.status == "any" else asked.status
    span = Span(asked.since, asked.until, frozenset(asked.types), status)
    async with database.transaction(principal.tenant) as session:
        webhook = rows.not_disabled(await rows.found(session, principal, id_))
        where = await webhooks.positions(session, webhook.tenant, span)
    sent = 0
    for first in range(where.start, where.stop, STEP):
        async with database.transaction(principal.tenant) as session:
            webhook = rows.not_disabled(await rows.found(session, principal, id_, lock=True))
            sent += await webhooks.replay(session, webhook, span, range(first, min(first + STEP, where.stop)))
    return sent

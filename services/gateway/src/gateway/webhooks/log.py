"""The log of deliveries. A webhook's belong to whom the webhook does."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from gateway.auth import Principal
from gateway.problems import Problem
from gateway.webhooks import rows
from gateway.webhooks.asked import DeliveryFilter
from scribeline.contracts.catalogue import EVENTS
from scribeline.contracts.codes import Code
from scribeline.storage import webhooks
from scribeline.storage.database import Database, Session
from scribeline.storage.models import DeliveryRow, WebhookRow


async def page(database: Database, principal: Principal, asked: DeliveryFilter) -> list[DeliveryRow]:
    """The newest first, and one more than asked for if there is."""
    wanted = visible(principal).order_by(col(DeliveryRow.id).desc()).limit(asked.limit + 1)
    if asked.webhook is not None:
        wanted = wanted.where(DeliveryRow.webhook == asked.webhook)
    if asked.job is not None:
        wanted = wanted.where(DeliveryRow.job == asked.job, col(DeliveryRow.type).in_(EVENTS))
    if asked.status:
        wanted = wanted.where(col(DeliveryRow.status).in_(asked.status))
    if asked.type:
        wanted = wanted.where(col(DeliveryRow.type).in_(asked.type))
    if asked.cursor is not None:
        wanted = wanted.where(col(DeliveryRow.id) < asked.cursor)
    async with database.transaction(principal.tenant) as session:
        return list((await session.exec(wanted)).all())


async def find(database: Database, principal: Principal, id_: str) -> DeliveryRow:
    """Raises Problem(NOT_FOUND), also for what is no id at all."""
    async with database.transaction(principal.tenant) as session:
        return await _found(session, principal, id_)


async def replay(database: Database, principal: Principal, id_: str) -> DeliveryRow:
    """It is due now, again if it had ended. Raises Problem: NOT_FOUND, WEBHOOK_DISABLED, EVENT_GONE."""
    async with database.transaction(principal.tenant) as session:
        row = await _found(session, principal, id_)
        # the webhook before its deliveries, as whoever disables it locks them
        rows.not_disabled(await rows.found(session, principal, str(row.webhook), lock=True))
        if not await webhooks.is_kept(session, row.tenant, row.event):
            raise Problem(Code.EVENT_GONE)
        await webhooks.again(session, row.id)
        await session.refresh(row)
        return row


async def _found(session: Session, principal: Principal, id_: str) -> DeliveryRow:
    try:
        named = visible(principal).where(DeliveryRow.id == UUID(id_))
    except ValueError:
        raise Problem(Code.NOT_FOUND) from None
    row = (await session.exec(named)).one_or_none()
    if row is None:
        raise Problem(Code.NOT_FOUND)
    return row


def visible(principal: Principal) -> "SelectOfScalar[DeliveryRow]":
    """The deliveries that there are for this key."""
    every = select(DeliveryRow).where(DeliveryRow.tenant == principal.tenant)
    if principal.owner is None:
        return every
    own = select(WebhookRow.id).where(
        WebhookRow.tenant == principal.tenant, WebhookRow.owner == principal.owner
    )
    return every.where(col(DeliveryRow.webhook).in_(own))

"""Webhooks in the database. What another tenant or owner has is not there.

Those of single jobs (`webhook_url`) can be read and changed by their id, but are not listed.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from gateway.auth import Principal
from gateway.problems import Problem, invalid
from scribeline.contracts.api.webhooks import WebhookStatus
from scribeline.contracts.codes import Code
from scribeline.signing import Generations
from scribeline.storage import webhooks
from scribeline.storage.database import Database, Session
from scribeline.storage.models import TenantRow, WebhookRow

BY_OWNER = "Disabled by its owner."
AT_ONCE = 10_000
"""Deliveries that one transaction deletes."""
PARTS = 4
"""One owner has one of so many parts of what its tenant may have, and one webhook at least."""


async def add(database: Database, row: WebhookRow, most: int) -> None:
    """Commit it. Raises Problem(TOO_MANY_WEBHOOKS).

    The tenant's row is locked meanwhile, so that two at once cannot both become the last one.
    """
    async with database.transaction(row.tenant) as session:
        tenant = select(TenantRow).where(TenantRow.name == row.tenant).with_for_update(key_share=True)
        (await session.exec(tenant)).one()
        await _need_room(session, row, most)
        row.created_at = await session.clock()
        session.add(row)


async def _need_room(session: Session, row: WebhookRow, most: int) -> None:
    count = select(func.count()).select_from(WebhookRow)
    others = count.where(WebhookRow.tenant == row.tenant, col(WebhookRow.job).is_(None))
    if (await session.exec(others)).one() >= most:
        raise Problem(Code.TOO_MANY_WEBHOOKS, f"There are {most} already.")
    if row.owner is None:
        return
    part = max(1, most // PARTS)
    if (await session.exec(others.where(WebhookRow.owner == row.owner))).one() >= part:
        raise Problem(Code.TOO_MANY_WEBHOOKS, f"Of one owner there are {part} already.")


async def listed(database: Database, principal: Principal) -> list[WebhookRow]:
    """The newest first; a tenant has few."""
    async with database.transaction(principal.tenant) as session:
        theirs = visible(principal).where(col(WebhookRow.job).is_(None))
        return list((await session.exec(theirs.order_by(col(WebhookRow.id).desc()))).all())


async def find(database: Database, principal: Principal, id_: str) -> WebhookRow:
    """Raises Problem(NOT_FOUND), also for what is no id at all."""
    async with database.transaction(principal.tenant) as session:
        return await found(session, principal, id_)


async def change(database: Database, principal: Principal, id_: str, changes: dict[str, Any]) -> WebhookRow:
    """The columns that are named; `status` with what follows from it. Raises as `find`; and
    Problem(INVALID_PARAMETER) for another address of a job's, which is as the job says."""
    async with database.transaction(principal.tenant) as session:
        row = await found(session, principal, id_, lock=True)
        if row.job is not None and "url" in changes:
            raise invalid("url", "is a job's webhook_url, which stays as it is")
        status = changes.pop("status", None)
        if status is not None and status != row.status:
            await _become(session, row, WebhookStatus(status))
        for name, value in changes.items():
            setattr(row, name, value)
        return row


async def _become(session: Session, row: WebhookRow, status: WebhookStatus) -> None:
    row.status, row.failing_since = status, None
    row.reason = None if status is WebhookStatus.ACTIVE else BY_OWNER
    if status is WebhookStatus.ACTIVE:
        await webhooks.resume(session, row.id)
    else:
        await webhooks.cancel_pending(session, row.id, await session.clock())


async def rotate(database: Database, principal: Principal, id_: str, overlap: timedelta) -> WebhookRow:
    """The next secret signs, and for so long those before it, too. Raises as `find`; and
    Problem(INVALID_PARAMETER) for a job's, which has no secret of its own."""
    async with database.transaction(principal.tenant) as session:
        row = await found(session, principal, id_, lock=True)
        if row.job is not None:
            raise invalid("id", "is a job's webhook_url, signed with the tenant's callback secret")
        before = Generations(row.generation, row.oldest_generation, row.previous_until)
        now = before.rotated(await session.clock(), overlap)
        row.generation, row.oldest_generation, row.previous_until = now.newest, now.oldest, now.until
        return row


async def delete(database: Database, principal: Principal, id_: str) -> None:
    """With the log of its deliveries. Raises as `find`.

    However many these are, no transaction takes long, nor holds up others' events: it is disabled first, so
    that none are made any more. Where it ends early it is done again, and goes on.
    """
    async with database.transaction(principal.tenant) as session:
        row = await found(session, principal, id_, lock=True)
        row.status, row.reason = WebhookStatus.DISABLED, BY_OWNER
    more = True
    while more:
        async with database.transaction(principal.tenant) as session:
            row = await found(session, principal, id_, lock=True)
            more = await webhooks.forget(session, row.id, AT_ONCE) == AT_ONCE
    async with database.transaction(principal.tenant) as session:
        await session.delete(await found(session, principal, id_, lock=True))


async def found(session: Session, principal: Principal, id_: str, *, lock: bool = False) -> WebhookRow:
    try:
        named = visible(principal).where(WebhookRow.id == UUID(id_))
    except ValueError:
        raise Problem(Code.NOT_FOUND) from None
    row = (await session.exec(named.with_for_update(key_share=True) if lock else named)).one_or_none()
    if row is None:
        raise Problem(Code.NOT_FOUND)
    return row


def visible(principal: Principal) -> "SelectOfScalar[WebhookRow]":
    every = select(WebhookRow).where(WebhookRow.tenant == principal.tenant)
    return every if principal.owner is None else every.where(WebhookRow.owner == principal.owner)


def not_disabled(row: WebhookRow) -> WebhookRow:
    """Raises Problem(WEBHOOK_DISABLED)."""
    if row.status == WebhookStatus.DISABLED:
        raise Problem(Code.WEBHOOK_DISABLED)
    return row

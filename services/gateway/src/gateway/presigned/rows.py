"""Uploads in the database. What another tenant or owner has is not there, nor what has expired."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from gateway.auth import Principal
from gateway.limits.quotas import check
from gateway.problems import Problem
from scribeline.contracts.codes import Code
from scribeline.storage import uploads
from scribeline.storage.database import Database, Session
from scribeline.storage.models import JobRow, TenantRow, UploadRow

GONE = "There is no such upload, or its time is over."

AGAIN_SECONDS = 60
"""What `Retry-After` suggests while others are open: each takes a while."""


async def check_room(database: Database, principal: Principal, size: int, most: int) -> None:
    """Before anything is begun; `add` looks again, and the job's birth at its quotas. Raises Problem:
    TOO_MANY_OPEN_UPLOADS, QUOTA_EXCEEDED."""
    async with database.transaction(principal.tenant) as session:
        await _check_room(session, principal.tenant, most)
        if principal.limits.has_quota:
            await check(session, principal.tenant, jobs=0, size=size)


async def add(database: Database, row: UploadRow, keep: timedelta, most: int) -> None:
    """Commit it, with its times. Raises Problem(TOO_MANY_OPEN_UPLOADS).

    The tenant's row is locked meanwhile, so that two at once cannot both become the last one.
    """
    async with database.transaction(row.tenant) as session:
        tenant = select(TenantRow).where(TenantRow.name == row.tenant).with_for_update(key_share=True)
        (await session.exec(tenant)).one()
        await _check_room(session, row.tenant, most)
        row.created_at = await session.clock()
        row.expires_at = row.created_at + keep
        session.add(row)


async def _check_room(session: Session, tenant: str, most: int) -> None:
    open_ = select(func.count()).select_from(UploadRow).where(UploadRow.tenant == tenant, *_open())
    if (await session.exec(open_)).one() >= most:
        again = {"Retry-After": str(AGAIN_SECONDS)}
        raise Problem(Code.TOO_MANY_OPEN_UPLOADS, f"At most {most} may be open at a time.", headers=again)


async def find(database: Database, principal: Principal, id_: str) -> UploadRow:
    """Raises Problem(NOT_FOUND), also for what is no id at all."""
    async with database.transaction(principal.tenant) as session:
        return await _found(session, principal, id_)


async def open_ones(database: Database, principal: Principal) -> list[UploadRow]:
    """The newest first; a tenant has few."""
    async with database.transaction(principal.tenant) as session:
        found = _visible(principal).where(*_open()).order_by(col(UploadRow.id).desc())
        return list((await session.exec(found)).all())


async def end(database: Database, principal: Principal, id_: str) -> UploadRow:
    """From now on it is not there. Raises Problem: NOT_FOUND, UPLOAD_USED."""
    async with database.transaction(principal.tenant) as session:
        row = await _found(session, principal, id_, lock=True)
        if row.job is not None:
            raise Problem(Code.UPLOAD_USED, f"It is the job {row.job}: delete that.")
        row.expires_at = await session.clock()
        return row


async def _found(session: Session, principal: Principal, id_: str, *, lock: bool = False) -> UploadRow:
    try:
        named = _visible(principal).where(UploadRow.id == UUID(id_))
    except ValueError:
        raise Problem(Code.NOT_FOUND, GONE) from None
    there = named.where(uploads.is_there())
    row = (await session.exec(there.with_for_update() if lock else there)).one_or_none()
    if row is None or (row.job is not None and not await _is_there(session, row.tenant, row.job)):
        raise Problem(Code.NOT_FOUND, GONE)
    return row


async def _is_there(session: Session, tenant: str, job: UUID) -> bool:
    """A deleted job is not."""
    found = select(JobRow.id).where(
        JobRow.tenant == tenant, JobRow.id == job, col(JobRow.deleted_at).is_(None)
    )
    return (await session.exec(found)).one_or_none() is not None


def _visible(principal: Principal) -> "SelectOfScalar[UploadRow]":
    found = select(UploadRow).where(UploadRow.tenant == principal.tenant)
    return found if principal.owner is None else found.where(UploadRow.owner == principal.owner)


def _open() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(UploadRow.job).is_(None), col(UploadRow.expires_at) > func.clock_timestamp()

"""The tenants of the installation, as their operator makes and changes them."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from scribeline.storage.database import EVERYBODY, Database, Session
from scribeline.storage.models import TenantRow

KEPT_BESIDE = frozenset({"retention_days"})
"""Settings that have a column of their own; the others are the tenant's limits."""


async def tenants(database: Database) -> list[TenantRow]:
    """By name."""
    async with database.transaction(EVERYBODY) as session:
        return list((await session.exec(select(TenantRow).order_by(col(TenantRow.name)))).all())


async def tenant(database: Database, name: str) -> TenantRow | None:
    async with database.transaction(name) as session:
        return await session.get(TenantRow, name)


async def make(database: Database, name: str, settings: dict[str, Any]) -> TenantRow | None:
    """None when there is one of this name."""
    async with database.transaction(name) as session:
        new = insert(TenantRow).values(name=name).on_conflict_do_nothing().returning(col(TenantRow.name))
        if (await session.run(new)).first() is None:
            return None
        return await _changed(session, name, settings)


async def change(database: Database, name: str, settings: dict[str, Any]) -> TenantRow | None:
    """What is not named stays as it is, None is the default again. None without such a tenant."""
    async with database.transaction(name) as session:
        return await _changed(session, name, settings)


async def _changed(session: Session, name: str, settings: dict[str, Any]) -> TenantRow | None:
    found = select(TenantRow).where(TenantRow.name == name).with_for_update(key_share=True)
    row = (await session.exec(found)).one_or_none()
    if row is not None:
        for setting in KEPT_BESIDE & settings.keys():
            setattr(row, setting, settings[setting])
        limits = {**row.limits, **{n: v for n, v in settings.items() if n not in KEPT_BESIDE}}
        row.limits = {limit: value for limit, value in limits.items() if value is not None}
    return row

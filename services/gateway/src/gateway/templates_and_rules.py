"""Templates and rules that a tenant has made for its jobs, and their SQL."""

from typing import Protocol

from sqlalchemy import delete, func
from sqlmodel import col, select

from scribeline.contracts.rules import TenantRules
from scribeline.storage.database import Database, Session
from scribeline.storage.models import TemplateRow, TenantRow, now


class TemplatesAndRules(Protocol):
    """Every method is one transaction and raises DependencyDown("database") when it is away."""

    async def templates(self, tenant: str) -> list[TemplateRow]:
        """By name."""

    async def template(self, tenant: str, name: str) -> TemplateRow | None: ...

    async def put_template(self, given: TemplateRow, *, most: int) -> TemplateRow | None:
        """Make or replace it; None when the tenant has `most` others already."""

    async def delete_template(self, tenant: str, name: str) -> bool:
        """False when there is none."""

    async def rules(self, tenant: str) -> TenantRules: ...

    async def put_rules(self, tenant: str, given: TenantRules) -> None: ...


class PostgresTemplatesAndRules:
    """Implements `TemplatesAndRules`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def templates(self, tenant: str) -> list[TemplateRow]:
        async with self._database.transaction(tenant) as session:
            found = select(TemplateRow).where(TemplateRow.tenant == tenant).order_by(col(TemplateRow.name))
            return list((await session.exec(found)).all())

    async def template(self, tenant: str, name: str) -> TemplateRow | None:
        async with self._database.transaction(tenant) as session:
            return await session.get(TemplateRow, (tenant, name))

    async def put_template(self, given: TemplateRow, *, most: int) -> TemplateRow | None:
        """The tenant's row is locked meanwhile, so that two at once cannot both become the last one."""
        async with self._database.transaction(given.tenant) as session:
            await _locked(session, given.tenant)
            row = await session.get(TemplateRow, (given.tenant, given.name))
            if row is not None:
                return _replaced(row, given)
            count = select(func.count()).select_from(TemplateRow).where(TemplateRow.tenant == given.tenant)
            if (await session.exec(count)).one() >= most:
                return None
            session.add(given)
            return given

    async def delete_template(self, tenant: str, name: str) -> bool:
        async with self._database.transaction(tenant) as session:
            this = delete(TemplateRow).where(col(TemplateRow.tenant) == tenant, col(TemplateRow.name) == name)
            return bool((await session.run(this.returning(col(TemplateRow.name)))).first())

    async def rules(self, tenant: str) -> TenantRules:
        async with self._database.transaction(tenant) as session:
            row = await session.get(TenantRow, tenant)
            return TenantRules.model_validate(row.rules if row else {})

    async def put_rules(self, tenant: str, given: TenantRules) -> None:
        async with self._database.transaction(tenant) as session:
            row = await _locked(session, tenant)
            row.rules = given.model_dump(mode="json")


async def _locked(session: Session, tenant: str) -> TenantRow:
    """There is one: keys refer to it. Foreign keys to it are not held up."""
    found = select(TenantRow).where(TenantRow.name == tenant).with_for_update(key_share=True)
    return (await session.exec(found)).one()


def _replaced(row: TemplateRow, given: TemplateRow) -> TemplateRow:
    row.description, row.prompt, row.answer_schema = given.description, given.prompt, given.answer_schema
    row.updated_at = now()
    return row

"""A database of an earlier version comes to this one with all that it holds, and back."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlmodel import SQLModel, select

from scribeline.contracts.transcription import Gap
from scribeline.contracts.unit import Stage
from scribeline.storage.database import Database
from scribeline.storage.migrate import config, migrate
from scribeline.storage.models import AnalysisRow, JobRow, TenantRow, UnitRow
from scribeline.storage.results import gaps
from tests.support import databases
from tests.support.births import analysis, born
from tests.support.servers import Servers
from tests.support.waiting import eventually


async def to(database: Database, revision: str) -> None:
    def move(connection: Connection) -> None:
        settings = config()
        settings.attributes["connection"] = connection
        current = MigrationContext.configure(connection).get_current_revision()
        (command.upgrade if (current or "") < revision else command.downgrade)(settings, revision)

    async with database.engine.begin() as connection:
        await connection.run_sync(move)


async def fill(database: Database) -> dict[str, Any]:
    """A job with a unit and an analysis; gives what of it every version knows."""
    job = await born(database, Stage.SHORT)
    async with database.transaction() as session:
        body = analysis("All is well.").model_dump(mode="json")
        session.add(
            AnalysisRow(job=job.id, stage=Stage.ANALYZE, index=0, run=1, tenant="acme", final=True, body=body)
        )
    return await held(database)


async def held(database: Database) -> dict[str, Any]:
    async with database.transaction() as session:
        job = (await session.exec(select(JobRow))).one()
        unit = (await session.exec(select(UnitRow))).one()
        made = (await session.exec(select(AnalysisRow))).one()
        tenant = (await session.exec(select(TenantRow))).one()
    return {
        "job": job.id,
        "options": job.options,
        "command": unit.command,
        "body": made.body,
        "tenant": tenant.name,
    }


async def test_rows_outlive_the_way_back_to_the_first_schema_and_forth_again(database: Database) -> None:
    before = await fill(database)
    await to(database, "0001")
    async with database.transaction() as session:
        kind = (
            "SELECT data_type FROM information_schema.columns"
            " WHERE table_name = 'unit' AND column_name = 'command'"
        )
        assert (await session.run(text(kind))).scalar_one() == "jsonb"
    await to(database, "head")
    assert await held(database) == before


async def test_the_migrations_make_the_tables_that_the_models_describe(database: Database) -> None:
    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), SQLModel.metadata))

    async with database.engine.connect() as connection:
        found = await connection.run_sync(differences)
    assert found == []


async def test_gaps_before_a_recording_move_beside_their_job_and_back(database: Database) -> None:
    job = await born(database, Stage.SHORT)
    gap = {"start": 1.0, "end": 2.0, "reason": "silence", "speaker": None}
    await to(database, "0013")
    async with database.transaction() as session:
        await session.run(
            text("UPDATE job SET gaps_before = CAST(:gaps AS jsonb)"), {"gaps": json.dumps([gap])}
        )
    await to(database, "head")
    async with database.transaction() as session:
        assert await gaps(session, job.id, 1) == [Gap.model_validate(gap)]
    await to(database, "0013")
    async with database.transaction() as session:
        kept = (await session.run(text("SELECT gaps_before ->> 0 FROM job"))).scalar_one()
    assert json.loads(kept) == gap


async def test_several_who_migrate_at_once_do_no_harm(servers: Servers) -> None:
    name = f"empty_{secrets.token_hex(4)}"
    await databases.create(servers.database_url, name)
    url = databases.named(servers.database_url, name)
    await asyncio.gather(*(migrate(url) for _ in range(3)))
    database = Database(url)
    assert await columns_of_units(database) > {"command", "attempts"}
    await database.close()
    await databases.drop(servers.database_url, name)


async def test_a_migrated_table_is_free_while_the_next_migration_waits(
    database: Database, database_url: str
) -> None:
    """Units are used as before while the index on jobs, which somebody is writing, cannot be built yet."""
    await to(database, "0016")
    async with asyncio.TaskGroup() as tasks, locked(database, "job IN ROW EXCLUSIVE MODE"):
        migration = tasks.create_task(migrate(database_url))
        await eventually(lambda: waits(database, "job"), within=30)
        assert "attempts" in await columns_of_units(database)
        await read_units(database)
        assert not migration.done()
    assert await columns_of_units(database) > {"attempts"}


async def test_a_migration_that_waits_for_a_table_lets_others_read_it(
    database: Database, database_url: str
) -> None:
    """As while a backup reads all tables, which may take hours."""
    await to(database, "0016")
    async with asyncio.TaskGroup() as tasks, locked(database, "unit IN ACCESS SHARE MODE"):
        migration = tasks.create_task(migrate(database_url))
        await eventually(lambda: waits(database, "unit"), within=30)
        await read_units(database)
        assert not migration.done()
    assert "attempts" in await columns_of_units(database)


@asynccontextmanager
async def locked(database: Database, what: str) -> AsyncIterator[None]:
    async with database.transaction() as session:
        await session.run(text(f"LOCK TABLE {what}"))
        yield


async def waits(database: Database, table: str) -> bool:
    """Somebody for a lock on it."""
    asked = "SELECT count(*) FROM pg_locks WHERE relation = CAST(:table AS regclass) AND NOT granted"
    async with database.transaction() as session:
        return bool((await session.run(text(asked), {"table": table})).scalar_one())


async def read_units(database: Database) -> None:
    async with database.transaction() as session:
        await session.run(text("SET LOCAL lock_timeout = '30s'"))
        await session.run(text("SELECT count(*) FROM unit"))


async def columns_of_units(database: Database) -> set[str]:
    asked = "SELECT attname FROM pg_attribute WHERE attrelid = 'unit'::regclass AND NOT attisdropped"
    async with database.transaction() as session:
        return set((await session.run(text(asked))).scalars())

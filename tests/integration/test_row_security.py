"""Row-level security as the database holds it, whatever a service asks: one connection, many tenants."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import ClauseElement, Executable, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.compiler import compiles
from sqlmodel import col, select

from gateway import reads
from gateway.auth import Principal
from gateway.filters import Page
from gateway.templates_and_rules import PostgresTemplatesAndRules
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.unit import Stage
from scribeline.storage.database import EVERYBODY, Database, Session
from scribeline.storage.jobs import ensure_tenant
from scribeline.storage.models import JobRow, SegmentRow, TemplateRow, TenantRow, UnitRow
from scribeline.storage.roles import GATEWAY, NOTIFIER, WRITER
from tests.support.births import born
from tests.support.roles import Unbound

A, B, NOBODY = "acme", "beta", None
NOT_ALLOWED = "42501"


@pytest.fixture
async def jobs(database: Database) -> dict[str, UUID]:
    """One job of each tenant."""
    return {tenant: (await born(database, Stage.SHORT, tenant=tenant)).id for tenant in (A, B)}


@pytest.fixture
async def one(database_url: str) -> AsyncIterator[Database]:
    """The gateway's database, with a single connection that everybody takes in turn."""
    narrow = Database(database_url, pool=1, role=GATEWAY)
    yield narrow
    await narrow.close()


async def seen(database: Database, tenant: str | None) -> list[str]:
    """Whose jobs, units, messages and tenants there are, asked without any condition."""
    async with database.transaction(tenant) as session:
        return await seen_in(session)


async def seen_in(session: Session) -> list[str]:
    found = "SELECT tenant FROM job UNION SELECT tenant FROM unit UNION SELECT tenant FROM outbox"
    rows = await session.run(text(f"{found} UNION SELECT name FROM tenant ORDER BY 1"))
    return list(rows.scalars())


async def everybody_sees_their_own(database: Database) -> None:
    for tenant, theirs in ((A, [A]), (B, [B]), (NOBODY, []), (EVERYBODY, [A, B]), (NOBODY, []), ("", [])):
        assert await seen(database, tenant) == theirs


@pytest.mark.usefixtures("jobs")
async def test_one_connection_shows_each_tenant_its_own_and_nobody_nothing(one: Database) -> None:
    for _ in range(4):  # prepared statements are planned anew for some rounds, and then once for all
        await everybody_sees_their_own(one)


@pytest.mark.usefixtures("jobs")
async def test_an_error_in_the_middle_leaves_no_tenant_behind(one: Database) -> None:
    with pytest.raises(DBAPIError):
        async with one.transaction(A) as session:
            await session.run(text("SELECT 1 / 0"))
    assert await seen(one, NOBODY) == []
    with pytest.raises(RuntimeError):
        async with one.transaction(EVERYBODY):
            raise RuntimeError("in the middle")
    await everybody_sees_their_own(one)


@pytest.mark.usefixtures("jobs")
async def test_a_savepoint_that_is_rolled_back_leaves_the_tenant_as_it_was(one: Database) -> None:
    async with one.transaction(A) as session:
        with pytest.raises(DBAPIError):
            async with session.begin_nested():
                await session.run(text("SELECT 1 / 0"))
        assert await seen_in(session) == [A]


@pytest.mark.usefixtures("jobs")
async def test_a_cancelled_task_leaves_no_tenant_behind(one: Database) -> None:
    begun = asyncio.Event()

    async def work() -> None:
        async with one.transaction(A) as session:
            begun.set()
            await session.run(text("SELECT pg_sleep(60)"))

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await everybody_sees_their_own(one)


@pytest.mark.usefixtures("jobs")
async def test_a_connection_keeps_its_role_whatever_happens_on_it(one: Database) -> None:
    for statement in ("RESET ROLE", "RESET ALL", "DISCARD PLANS", "SET SESSION AUTHORIZATION DEFAULT"):
        async with one.transaction() as session:
            await session.run(text(statement))
            role = (await session.run(text("SELECT current_user"))).scalar_one()
        assert role == GATEWAY, statement
        assert await seen(one, NOBODY) == [], statement


async def test_a_row_for_another_tenant_is_refused(one: Database, jobs: dict[str, UUID]) -> None:
    event = f"SELECT gen_random_uuid(), '{jobs[B]}', 'beta', 'x', '', now()"
    for statement in (
        f"INSERT INTO event (id, job, tenant, type, body, created_at) {event}",
        "INSERT INTO tenant (name, created_at) SELECT 'gamma', now()",
        "INSERT INTO template SELECT 'beta', 'x', '', NULL, NULL, now(), now()",
    ):
        with pytest.raises(DependencyDown, match="row-level security"):
            async with one.transaction(A) as session:
                await session.run(text(statement))


async def test_what_another_tenant_has_is_neither_changed_nor_deleted(
    one: Database, database: Database, jobs: dict[str, UUID]
) -> None:
    """Not even by a statement without any condition."""
    await PostgresTemplatesAndRules(one).put_template(TemplateRow(tenant=B, name="theirs"), most=9)
    async with one.transaction(A) as session:
        for statement in (
            "UPDATE job SET deleted_at = now() RETURNING tenant",
            "UPDATE unit SET status = 'waiting' RETURNING tenant",
            "UPDATE tenant SET retention_days = 1 RETURNING name",
            "DELETE FROM outbox RETURNING tenant",
        ):
            assert set((await session.run(text(statement))).scalars()) == {A}, statement
        assert (await session.run(text("DELETE FROM template RETURNING tenant"))).all() == []
    async with database.transaction() as session:
        job = await session.get(JobRow, jobs[B])
        assert job is not None
        assert job.deleted_at is None
        assert await session.get(TemplateRow, (B, "theirs")) is not None
        tenant = await session.get(TenantRow, B)
        assert tenant is not None
        assert tenant.retention_days is None


@pytest.mark.usefixtures("jobs")
async def test_a_row_cannot_be_handed_to_another_tenant(one: Database) -> None:
    with pytest.raises(DependencyDown, match="row-level security"):
        async with one.transaction(A) as session:
            await session.run(text("UPDATE outbox SET tenant = 'beta'"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE segment SET text = 'x'",
        "DELETE FROM segment",
        "UPDATE analysis SET final = true",
        "DELETE FROM analysis",
        "UPDATE job SET source_key = 'acme/another/source'",
        "UPDATE job SET tenant = 'beta'",
        "DELETE FROM job",
        "UPDATE unit SET error = NULL",
        "DELETE FROM unit",
        "UPDATE api_key SET scopes = '{admin}'",
        "DELETE FROM api_key",
        "DELETE FROM tenant",
        "TRUNCATE job CASCADE",
        "ALTER TABLE job DISABLE ROW LEVEL SECURITY",
    ],
)
async def test_the_gateway_changes_no_outcomes_and_forges_no_keys(one: Database, statement: str) -> None:
    assert await refusal(one, statement) == NOT_ALLOWED


@pytest.mark.parametrize(
    "statement",
    ["SELECT * FROM api_key", "SELECT * FROM template", "INSERT INTO job DEFAULT VALUES", "DELETE FROM unit"],
)
async def test_the_writer_neither_reads_keys_nor_begins_jobs(database: Unbound, statement: str) -> None:
    assert await refusal(database.writer, statement) == NOT_ALLOWED


async def refusal(database: Database, statement: str) -> str | None:
    """A grant that is missing is no fault of the data: whoever asked waits for it, and loses nothing."""
    with pytest.raises(DependencyDown) as refused:
        async with database.transaction(EVERYBODY) as session:
            await session.run(text(statement))
    cause = refused.value.__cause__
    return getattr(cause.orig, "sqlstate", None) if isinstance(cause, DBAPIError) else None


@pytest.mark.usefixtures("jobs")
async def test_the_writer_and_whoever_migrates_see_all_rows(database: Unbound) -> None:
    assert await seen(database.writer, NOBODY) == [A, B]
    assert await seen(database, NOBODY) == [A, B]


async def test_a_unit_or_segment_never_stands_under_another_tenants_job(
    database: Unbound, jobs: dict[str, UUID]
) -> None:
    """Also where no policy binds."""
    of_a: dict[str, Any] = {"job": jobs[A], "tenant": B}
    unit = UnitRow(**of_a, stage=Stage.CHUNK, index=7, queue="q", command={})
    numbers: dict[str, Any] = {"run": 1, "piece": 0, "id": 0, "start": 0.0, "end": 1.0}
    segment = SegmentRow(**of_a, **numbers, text="x", confidence=1.0, avg_logprob=0.0, no_speech_prob=0.0)
    for row in (unit, segment):
        with pytest.raises(IntegrityError, match="violates foreign key"):
            async with database.writer.transaction() as session:
                session.add(row)


async def test_tenants_are_told_apart_while_they_write_at_the_same_time(database: Unbound) -> None:
    async def write(tenant: str) -> list[str]:
        async with database.gateway.transaction(tenant) as session:
            await ensure_tenant(session, tenant)
            await session.flush()
            return list((await session.exec(select(TenantRow.name).order_by(col(TenantRow.name)))).all())

    names = [f"t{n}" for n in range(24)]
    assert await asyncio.gather(*map(write, names)) == [[name] for name in names]


async def test_every_table_with_a_tenant_is_protected_for_both_roles(database: Database) -> None:
    """A new one is so by one line of its migration: see `storage.policies.protect`."""
    async with database.transaction() as session:
        tables = await session.run(
            text("""
                SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS bound,
                       coalesce((SELECT array_agg(DISTINCT role::text ORDER BY role::text)
                                 FROM pg_policies p, unnest(p.roles) AS role
                                 WHERE p.tablename = c.relname AND p.cmd = 'ALL'), '{}') AS roles
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p') AND n.nspname = current_schema() AND (c.relname = 'tenant'
                   OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant'))
            """)
        )
        found = {row.relname: (row.bound, list(row.roles)) for row in tables}
    assert found.keys() >= {"tenant", "job", "unit", "segment", "analysis", "outbox", "event"}
    open_ = sorted(
        name
        for name, state in found.items()
        if (state[0], sorted({*state[1]} - {NOTIFIER})) != (True, [GATEWAY, WRITER])
    )
    assert open_ == [], "protect() is missing in the migration that made it"


async def test_nothing_is_granted_to_everybody(database: Database) -> None:
    async with database.transaction() as session:
        granted = await session.run(
            text("""
                SELECT c.relname, (aclexplode(c.relacl)).grantee FROM pg_class c
                JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema()
            """)
        )
        assert [row.relname for row in granted if row.grantee == 0] == []


class Explain(Executable, ClauseElement):
    """How a statement would be run."""

    inherit_cache = False

    def __init__(self, statement: Any) -> None:
        self.statement = statement


@compiles(Explain)
def _explained(explain: Explain, compiler: Any, **options: Any) -> str:
    return "EXPLAIN " + str(compiler.process(explain.statement, **options))


async def fill(database: Database) -> None:
    """Jobs of some tenants, as many as make an index worth while."""
    async with database.transaction() as session:
        await session.run(
            text("""
                INSERT INTO job SELECT (jsonb_populate_record(job, jsonb_build_object(
                    'id', gen_random_uuid(), 'tags', ARRAY['tag' || n],
                    'metadata', jsonb_build_object('customer', n)))).*
                FROM job, generate_series(1, 2000) n
            """)
        )
        await session.run(text("ANALYZE job"))


@pytest.mark.usefixtures("jobs")
@pytest.mark.parametrize(
    ("page", "index"),
    [
        (Page(), "job_"),
        (Page(owner="ann"), "job_by_owner"),
        (Page(tag=["tag7"]), "job_by_tags"),
        (Page(metadata='{"customer": 7}'), "job_by_metadata"),
    ],
    ids=("all", "owner", "tag", "metadata"),
)
async def test_lists_of_jobs_are_read_by_their_indexes(database: Unbound, page: Page, index: str) -> None:
    await fill(database)
    statement = reads.listed(Principal(A, None, frozenset()), page)
    async with database.gateway.transaction(A) as session:
        plan = "\n".join((await session.run(Explain(statement))).scalars())
    assert index in plan
    assert "Seq Scan" not in plan


@pytest.mark.usefixtures("jobs")
async def test_what_jobs_are_sought_by_is_the_tenants_own(one: Database) -> None:
    for tenant, rows in ((A, 1), (B, 1), (NOBODY, 0), (EVERYBODY, 0)):
        async with one.transaction(tenant) as session:
            assert (await session.run(text("SELECT count(*) FROM job_sought"))).scalar_one() == rows

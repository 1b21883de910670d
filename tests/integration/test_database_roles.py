"""The roles of row-level security: made by whoever migrates first, taken by each service."""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection, text
from yarl import URL

from scribeline.contracts.failures import DependencyDown
from scribeline.storage.database import Database, engine_for
from scribeline.storage.roles import GATEWAY, MissingRoles, ensure
from tests.support import databases
from tests.support.births import born
from tests.support.servers import Servers

NO_SUCH = "scribeline_nobody"


async def run(url: str, *statements: str) -> None:
    database = Database(url, pool=1)
    async with database.transaction() as session:
        for statement in statements:
            await session.run(text(statement))
    await database.close()


@pytest.fixture
async def login(servers: Servers, database_url: str) -> AsyncIterator[str]:
    """The test's database, with a login that may nothing yet; `login_of` tells its name."""
    name = f"login_{secrets.token_hex(4)}"
    await run(servers.database_url, f"CREATE ROLE {name} LOGIN PASSWORD 'x'")
    yield str(URL(database_url).with_user(name).with_password("x"))
    await run(servers.database_url, f"DROP ROLE {name}")


def login_of(url: str) -> str:
    return URL(url).user or ""


async def test_several_who_migrate_at_once_make_each_role_once(servers: Servers) -> None:
    names = [f"role_{secrets.token_hex(4)}" for _ in range(2)]

    async def make() -> None:
        engine = engine_for(servers.database_url, pool=1)
        async with engine.begin() as connection:
            await connection.run_sync(lambda here: ensure(here, names))
        await engine.dispose()

    await asyncio.gather(*(make() for _ in range(8)))
    await run(servers.database_url, *(f"SET ROLE {name}" for name in names))
    await run(servers.database_url, *(f"DROP ROLE {name}" for name in names))


async def test_a_login_that_may_make_no_roles_is_told_what_to_run(servers: Servers, login: str) -> None:
    names, me = [f"role_{n}_{secrets.token_hex(4)}" for n in (1, 2)], login_of(login)
    with pytest.raises(MissingRoles) as told:
        await ensured(login, names)
    assert (
        f"`CREATE ROLE {names[0]} NOLOGIN; CREATE ROLE {names[1]} NOLOGIN; "
        f"GRANT {names[0]}, {names[1]} TO {me};`"
    ) in str(told.value)
    await run(servers.database_url, *str(told.value).split("`")[1].rstrip(";").split(";"))
    await ensured(login, names)
    await run(servers.database_url, *(f"DROP ROLE {name}" for name in names))


async def ensured(url: str, names: list[str]) -> None:
    def make(connection: Connection) -> None:
        ensure(connection, names)

    engine = engine_for(url, pool=1)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(make)
    finally:
        await engine.dispose()


async def test_migrating_with_such_a_login_ends_with_that_sentence_alone(
    servers: Servers, login: str
) -> None:
    name = f"empty_{secrets.token_hex(4)}"
    await databases.create(servers.database_url, name)
    migration = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "scribeline.storage.migrate"),
        env={**servers.environment(), "SCRIBELINE_DATABASE_URL": databases.named(login, name), **path()},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await migration.communicate()
    await databases.drop(servers.database_url, name)
    assert migration.returncode == 1
    assert said.decode().startswith(f"The login {login_of(login)} may not make the roles")
    assert said.count(b"\n") == 1


def path() -> dict[str, str]:
    return {"PYTHONPATH": ":".join(sys.path)}


@pytest.mark.parametrize("role", [GATEWAY, NO_SUCH])
async def test_a_service_that_may_not_take_its_role_waits_and_says_why(login: str, role: str) -> None:
    database = Database(login, pool=1, role=role)
    with pytest.raises(DependencyDown, match=f"refuses the role {role}") as told:
        await database.ping()
    assert told.value.dependency == "database"
    assert "GRANT" in str(told.value)
    await database.close()


async def test_a_service_gets_on_as_soon_as_its_login_is_granted_the_role(
    servers: Servers, login: str
) -> None:
    database = Database(login, pool=1, role=GATEWAY)
    with pytest.raises(DependencyDown):
        await database.ping()
    await run(servers.database_url, f"GRANT {GATEWAY} TO {login_of(login)}")
    await database.ping()
    await database.close()


async def test_a_login_of_the_gateways_own_is_bound_without_taking_a_role(
    servers: Servers, login: str, database: Database
) -> None:
    await run(servers.database_url, f"GRANT {GATEWAY} TO {login_of(login)}")
    await born(database)
    own = Database(login, pool=1)
    for tenant, rows in ((None, 0), ("acme", 1), ("beta", 0)):
        async with own.transaction(tenant) as session:
            assert (await session.run(text("SELECT count(*) FROM job"))).scalar_one() == rows
    await own.close()

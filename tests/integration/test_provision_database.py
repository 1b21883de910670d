"""An administrator of the database who lacks a right: what is told, and what the server writes down."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg
import pytest
from yarl import URL

from scribeline.provision.secret_files import LOGINS
from scribeline.storage.roles import ROLES
from tests.support.installation import Installation, command
from tests.support.servers import Servers


@pytest.fixture
async def without_createrole(servers: Servers, new: Installation) -> AsyncIterator[str]:
    """The address of one who owns the database and may make no roles, where others made the logins."""
    url = URL(new.settings.database_url.get_secret_value())
    name, password = f"l{secrets.token_hex(4)}", secrets.token_hex(8)
    logins = [URL(new.secret(service, "database_url")).user for service in LOGINS]
    async with _connected(servers.database_url) as administrator:
        await administrator.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        await administrator.execute(f"GRANT {name} TO CURRENT_USER")
        for role in ROLES:  # of the whole server: they may be there already
            with suppress(asyncpg.DuplicateObjectError):
                await administrator.execute(f"CREATE ROLE {role} NOLOGIN")
            await administrator.execute(f"GRANT {role} TO {name}")
        await administrator.execute(f"ALTER DATABASE {url.path[1:]} OWNER TO {name}")
        for login in logins:
            await administrator.execute(f"CREATE ROLE {login}")
    yield str(url.with_user(name).with_password(password))
    async with _connected(str(url)) as administrator:
        await administrator.execute(f"REASSIGN OWNED BY {name} TO CURRENT_USER")
        await administrator.execute(f"DROP OWNED BY {name}")
        await administrator.execute(f"DROP ROLE {name}")


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def test_a_right_that_is_missing_is_told_at_once_and_no_password_is_written_down(
    servers: Servers, new: Installation, without_createrole: str
) -> None:
    environment = {
        "SCRIBELINE_SECRETS_DIR": str(new.folder),
        "SCRIBELINE_DATABASE_URL": without_createrole,
    }
    status, told = await command("database", environment)
    assert status == 1
    assert told.startswith("NotAllowed: ")
    assert "to make roles (CREATEROLE)" in told
    if servers.database is None:
        pytest.skip("the log of a database that was given is not ours to read")
    log = servers.database.log.read_text(errors="replace")
    assert "ALTER ROLE" in log, "what failed is what holds the secret"
    for service in LOGINS:
        assert str(URL(new.secret(service, "database_url")).password) not in log


async def test_a_password_that_clients_may_change_is_not_taken(provisioned: Installation) -> None:
    file = provisioned.folder / "notifier" / "database_url"
    url = URL(file.read_text())
    file.chmod(0o600)
    file.write_text(str(url.with_password("pässword")))
    environment = {
        "SCRIBELINE_SECRETS_DIR": str(provisioned.folder),
        "SCRIBELINE_DATABASE_URL": provisioned.settings.database_url.get_secret_value(),
    }
    assert await command("database", environment) == (
        1,
        "Unusable: a password of the database may have printable ASCII characters only\n",
    )
    await (await asyncpg.connect(str(url))).close()

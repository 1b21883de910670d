"""The database: its tables, and one login for each service that may take that service's role.

Whoever migrates owns the tables, and makes the roles and logins: a superuser, or one with CREATEROLE.
Raises MissingRoles, NotAllowed, DependencyDown and Unusable.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from scribeline.contracts.failures import DependencyDown
from scribeline.provision.accounts import Account, of_url, with_file
from scribeline.provision.scram import verifier
from scribeline.provision.settings import ProvisionSettings
from scribeline.storage.database import engine_for, reachable
from scribeline.storage.migrate import migrate
from scribeline.storage.roles import GATEWAY, NOTIFIER, WRITER

ROLE_OF = {"gateway": GATEWAY, "result-writer": WRITER, "notifier": NOTIFIER}

# A statement that makes a role takes no parameters. One that fails stands in the server's log, so what is
# given here is no password.
_LET_IN = """
    DO $$
    DECLARE login text := current_setting('provision.login');
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = login) THEN
            EXECUTE format('CREATE ROLE %I', login);
        END IF;
        EXECUTE format('ALTER ROLE %I WITH LOGIN PASSWORD %L', login, current_setting('provision.verifier'));
        EXECUTE format('GRANT %I TO %I', current_setting('provision.role'), login);
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), login);
    END $$
"""
_SHUT_OUT = """
    DO $$ BEGIN
        EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    END $$
"""


_NEEDED = (
    "The login of SCRIBELINE_DATABASE_URL must own the database, have the right to make roles (CREATEROLE),"
    " and have the admin option of roles and logins that others made"
)


class NotAllowed(Exception):
    """The administrator lacks a right. It is not waited for: somebody has to give it."""


async def provision(settings: ProvisionSettings) -> None:
    url = settings.database_url.get_secret_value()
    folder = settings.secrets_dir
    logins = {
        service: of_url(folder, service, "database_url") for service in with_file(folder, "database_url")
    }
    async with _allowed():
        await migrate(url, settings.certificates)
        engine = engine_for(url, pool=1, certificates=settings.certificates)
        try:
            async with reachable(), engine.begin() as connection:
                await connection.execute(text(_SHUT_OUT))
                for service, account in logins.items():
                    await _let_in(connection, account, ROLE_OF[service])
        finally:
            await engine.dispose()


@asynccontextmanager
async def _allowed() -> AsyncIterator[None]:
    try:
        yield
    except DependencyDown as down:
        error = getattr(down.__cause__, "orig", None)
        refused = getattr(error, "__cause__", None)
        if not isinstance(refused, asyncpg.InsufficientPrivilegeError):
            raise
        raise NotAllowed(f"{refused.args[0]}. {_NEEDED}.") from None


async def _let_in(connection: AsyncConnection, account: Account, role: str) -> None:
    given = {"login": account.user, "verifier": verifier(account.password), "role": role}
    for name, value in given.items():
        await connection.execute(
            text("SELECT set_config(:name, :value, true)"), {"name": f"provision.{name}", "value": value}
        )
    await connection.execute(text(_LET_IN))

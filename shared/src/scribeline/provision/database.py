"""The database: its tables, and one login for each service that may take that service's role.

Whoever migrates owns the tables, and makes the roles and logins: a superuser, or one with CREATEROLE.
Raises MissingRoles, DependencyDown and Unusable.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from scribeline.provision.accounts import Account, of_url, with_file
from scribeline.provision.settings import ProvisionSettings
from scribeline.storage.database import engine_for, reachable
from scribeline.storage.migrate import migrate
from scribeline.storage.roles import GATEWAY, NOTIFIER, WRITER

ROLE_OF = {"gateway": GATEWAY, "result-writer": WRITER, "notifier": NOTIFIER}

# A statement that makes a role takes no parameters; within a block, the password stands in no log.
_LET_IN = """
    DO $$
    DECLARE login text := current_setting('provision.login');
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = login) THEN
            EXECUTE format('CREATE ROLE %I', login);
        END IF;
        EXECUTE format('ALTER ROLE %I WITH LOGIN PASSWORD %L', login, current_setting('provision.password'));
        EXECUTE format('GRANT %I TO %I', current_setting('provision.role'), login);
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), login);
    END $$
"""
_SHUT_OUT = """
    DO $$ BEGIN
        EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    END $$
"""


async def provision(settings: ProvisionSettings) -> None:
    url = settings.database_url.get_secret_value()
    folder = settings.secrets_dir
    logins = {
        service: of_url(folder, service, "database_url") for service in with_file(folder, "database_url")
    }
    await migrate(url, settings.certificates)
    engine = engine_for(url, pool=1, certificates=settings.certificates)
    try:
        async with reachable(), engine.begin() as connection:
            await connection.execute(text(_SHUT_OUT))
            for service, account in logins.items():
                await _let_in(connection, account, ROLE_OF[service])
    finally:
        await engine.dispose()


async def _let_in(connection: AsyncConnection, account: Account, role: str) -> None:
    given = {"login": account.user, "password": account.password, "role": role}
    for name, value in given.items():
        await connection.execute(
            text("SELECT set_config(:name, :value, true)"), {"name": f"provision.{name}", "value": value}
        )
    await connection.execute(text(_LET_IN))

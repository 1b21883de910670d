"""Bring a database to the newest schema: `python -m scribeline.storage.migrate`.

Safe to run by several at once: an advisory lock lets one work, the others find nothing to do. Each migration
is a transaction of its own, so that what it locks is free again while the next one builds an index; one that
fails leaves those before it done.
"""

import asyncio
import sys
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from scribeline.settings import DatabaseSettings, load
from scribeline.storage.database import engine_for, reachable
from scribeline.storage.roles import MissingRoles, ensure
from scribeline.trust import SYSTEM, Certificates

LOCK = 7_273_747_264_101
"""Any number that no other program on this database uses as an advisory lock."""
LOCK_SECONDS = 3
"""For how long a migration asks for a table: whoever comes after it waits as well, if only to read."""
AGAIN_SECONDS = 2.0
"""For how long it lets them all pass then."""
NOT_IN_TIME = "55P03"

log = structlog.get_logger(__name__)


def config() -> Config:
    here = Config()
    here.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    here.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return here


def _prepare(connection: Connection) -> None:
    """Nobody else migrates from here on until the connection is closed."""
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
    ensure(connection)
    connection.execute(text(f"SET lock_timeout = '{LOCK_SECONDS}s'"))
    connection.commit()


def _upgraded(connection: Connection) -> bool:
    """False when a table was in use: a backup may read all of them for hours."""
    settings = config()
    settings.attributes["connection"] = connection
    try:
        command.upgrade(settings, "head")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != NOT_IN_TIME:
            raise
        connection.rollback()
        return False
    return True


async def migrate(url: str, certificates: Certificates = SYSTEM) -> None:
    """Raises DependencyDown("database") when it does not answer, and MissingRoles."""
    # no bound: an index of a large table takes its time
    engine = engine_for(url, pool=1, statement_seconds=None, certificates=certificates)
    try:
        async with reachable(), engine.connect() as connection:
            await connection.run_sync(_prepare)
            while not await connection.run_sync(_upgraded):
                log.warning("a table is in use: its migration will be tried again")
                await asyncio.sleep(AGAIN_SECONDS)
    finally:
        await engine.dispose()


def main() -> None:
    settings = load(DatabaseSettings)
    try:
        asyncio.run(migrate(settings.database_url.get_secret_value(), settings.certificates))
    except MissingRoles as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()

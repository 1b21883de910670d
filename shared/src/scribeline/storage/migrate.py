"""Bring a database to the newest schema: `python -m scribeline.storage.migrate`.

Safe to run by several at once: an advisory lock lets one work, the others find nothing to do.
"""

import asyncio
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from scribeline.settings import DatabaseSettings, load
from scribeline.storage.database import engine_for, reachable
from scribeline.storage.roles import MissingRoles
from scribeline.trust import SYSTEM, Certificates

LOCK = 7_273_747_264_101
"""Any number that no other program on this database uses as an advisory lock."""


def config() -> Config:
    here = Config()
    here.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    here.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return here


def _upgrade(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    settings = config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


async def migrate(url: str, certificates: Certificates = SYSTEM) -> None:
    """Raises DependencyDown("database") when it does not answer, and MissingRoles."""
    # no bound: an index of a large table takes its time
    engine = engine_for(url, pool=1, statement_seconds=None, certificates=certificates)
    try:
        async with reachable(), engine.begin() as connection:
            await connection.run_sync(_upgrade)
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

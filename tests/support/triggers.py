"""A real database that refuses what a test tells it to, with any SQLSTATE."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import text

from scribeline.storage.database import Database


@asynccontextmanager
async def refusing(
    database: Database,
    table: str,
    sqlstate: str,
    *,
    on: str = "INSERT",
    job: UUID | None = None,
    times: int = 0,
) -> AsyncIterator[None]:
    """Rows of that table (of that job only) are refused until the block ends, or so many `times`.

    A refused transaction leaves nothing, so a sequence counts: nextval() is never rolled back.
    """
    row = "OLD" if on == "DELETE" else "NEW"
    whose = f"WHEN ({row}.job = '{job}')" if job else ""
    still = f"nextval('refusals') <= {times}" if times else "true"
    made = (
        "CREATE SEQUENCE refusals",
        f"""CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
            IF {still} THEN RAISE EXCEPTION 'the test says so' USING ERRCODE = '{sqlstate}'; END IF;
            RETURN {row}; END $$""",
        f"CREATE TRIGGER refused BEFORE {on} ON {table} FOR EACH ROW {whose} EXECUTE FUNCTION refuse()",
    )
    await _run(database, *made)
    try:
        yield
    finally:
        await _run(database, "DROP FUNCTION refuse CASCADE", "DROP SEQUENCE refusals")


async def _run(database: Database, *statements: str) -> None:
    async with database.transaction() as session:
        for statement in statements:
            await session.run(text(statement))

"""Databases of a test's own, cloned from a template."""

import asyncpg
from yarl import URL


def named(url: str, name: str) -> str:
    """The same server, another database."""
    return str(URL(url).with_path(f"/{name}"))


async def create(url: str, name: str, template: str = "template1") -> None:
    await run(url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


async def drop(url: str, name: str) -> None:
    try:
        await run(url, f'DROP DATABASE "{name}" WITH (FORCE)')
    except asyncpg.InsufficientPrivilegeError:
        # FORCE may not end an autovacuum that works there just then; without it, PostgreSQL does.
        await run(url, f'DROP DATABASE "{name}"')


async def run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()

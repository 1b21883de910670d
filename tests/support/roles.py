"""One database as its owner sees it, and as each service does."""

from scribeline.storage.database import Database
from scribeline.storage.roles import GATEWAY, NOTIFIER, WRITER


class Unbound(Database):
    """The owner's, who sees all rows: for what a test prepares and looks at. What a service does goes through
    `gateway` or `writer`, so that whatever forgets its tenant, or lacks a right, fails."""

    def __init__(self, url: str, pool: int = 10) -> None:
        super().__init__(url, pool)
        self.gateway = Database(url, pool, GATEWAY)
        self.writer = Database(url, pool, WRITER)
        self.notifier = Database(url, pool, NOTIFIER)

    async def close(self) -> None:
        await self.gateway.close()
        await self.writer.close()
        await self.notifier.close()
        await super().close()


def as_gateway(database: Database) -> Database:
    """The same database as the gateway has it; one that is somebody's already stays so."""
    return database.gateway if isinstance(database, Unbound) else database


def as_writer(database: Database) -> Database:
    """The same database as the result-writer has it."""
    return database.writer if isinstance(database, Unbound) else database


def as_notifier(database: Database) -> Database:
    """As `as_gateway`."""
    return database.notifier if isinstance(database, Unbound) else database

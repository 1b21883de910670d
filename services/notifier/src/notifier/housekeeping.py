"""The log of deliveries is kept for its days, and nothing waits for what is forgotten or told to the end."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown
from scribeline.storage import callbacks, ended_deliveries, events
from scribeline.storage.database import EVERYBODY, Database, Session

EVERY_SECONDS = 60.0
AT_ONCE = 1_000
"""Rows of one transaction."""
BATCHES = 100
"""Most transactions of one kind before the others have their turn."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Housekeeping:
    """`run(stop)` cleans until stopped. Several may: they pass over each other's rows."""

    database: Database
    clock: Callable[[], datetime]
    log_days: int = 30

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.clean(stop)
            except DependencyDown as down:
                log.warning("nothing is cleaned now", dependency=down.dependency, reason=str(down))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY_SECONDS)

    async def clean(self, stop: asyncio.Event) -> None:
        """Raises DependencyDown."""
        for clean in (self._cancel_forgotten, self._forget_callbacks, self._forget_ended):
            await self._in_batches(clean, stop)

    async def _cancel_forgotten(self, session: Session) -> int:
        now = self.clock()
        return await ended_deliveries.cancel_forgotten(
            session, now - events.KEPT, now, Code.EVENT_GONE, AT_ONCE
        )

    async def _forget_ended(self, session: Session) -> int:
        kept_since = self.clock() - timedelta(days=self.log_days)
        return await ended_deliveries.forget_ended(session, kept_since, AT_ONCE)

    async def _forget_callbacks(self, session: Session) -> int:
        return await callbacks.forget_told(session, AT_ONCE)

    async def _in_batches(self, clean: Callable[[Session], Awaitable[int]], stop: asyncio.Event) -> None:
        for _ in range(BATCHES):
            if stop.is_set():
                return
            async with self.database.transaction(EVERYBODY) as session:
                if await clean(session) < AT_ONCE:
                    return

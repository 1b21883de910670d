"""How many deliveries wait, and for how long."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from math import nan

import structlog

from scribeline.contracts.failures import DependencyDown
from scribeline.storage import backlog
from scribeline.storage.database import EVERYBODY, Database
from scribeline.telemetry.metrics.webhooks import DELIVERIES_OLDEST_SECONDS, DELIVERIES_WAITING

EVERY_SECONDS = 15.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Gauges:
    """`run(stop)` measures until stopped. What cannot be asked now is not shown as it was."""

    database: Database

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.measure()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY_SECONDS)

    async def measure(self) -> None:
        found: tuple[float, float]
        try:
            async with self.database.transaction(EVERYBODY) as session:
                found = await backlog.pending_deliveries(session)
        except DependencyDown as down:
            found = (nan, nan)
            log.warning("cannot measure", dependency=down.dependency, reason=str(down))
        DELIVERIES_WAITING.set(found[0])
        DELIVERIES_OLDEST_SECONDS.set(found[1])

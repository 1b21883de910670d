"""What an operator wants to see of database and broker, measured here because the writer is always there."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from math import nan

import structlog

from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.routes import CONSUMED
from scribeline.contracts.unit import UnitStatus
from scribeline.messaging.management import Management
from scribeline.messaging.topology import dead_queue
from scribeline.storage import backlog
from scribeline.storage.database import EVERYBODY, Database
from scribeline.telemetry.metrics.broker import (
    DEAD_LETTERS_WAITING,
    QUEUE_CONSUMERS,
    QUEUE_MESSAGES,
    TOPOLOGY_DIFFERENCES,
)
from scribeline.telemetry.metrics.results import OLDEST_UNIT_SECONDS, STAGES, UNITS

EVERY_SECONDS = 15.0
TOPOLOGY_EVERY = 4
"""Rounds between two looks at the topology."""

log = structlog.get_logger(__name__)


@dataclass
class Gauges:
    """`run(stop)` measures until stopped. What cannot be asked now is not shown as it was."""

    database: Database
    management: Management | None
    rounds: int = 0
    told: tuple[str, ...] = ()
    """Differences that the log has."""

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.measure()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY_SECONDS)

    async def measure(self) -> None:
        await _or_nothing(self.units, _no_units)
        if self.management is not None:
            await _or_nothing(partial(self.queues, self.management), _no_queues)
            if self.rounds % TOPOLOGY_EVERY == 0:
                await _or_nothing(
                    partial(self.topology, self.management), lambda: TOPOLOGY_DIFFERENCES.set(nan)
                )
        self.rounds += 1

    async def units(self) -> None:
        """Raises DependencyDown."""
        async with self.database.transaction(EVERYBODY) as session:
            found = {(each.stage, each.status): each for each in await backlog.open_units(session)}
        for stage in STAGES:
            for status in (UnitStatus.WAITING, UnitStatus.RELEASED):
                each = found.get((stage, status))
                UNITS.labels(stage, status.value).set(each.count if each else 0)
            sent = found.get((stage, UnitStatus.RELEASED))
            OLDEST_UNIT_SECONDS.labels(stage).set(sent.oldest_seconds if sent else 0)

    async def queues(self, management: Management) -> None:
        """Raises DependencyDown. A queue that the broker does not tell of is not shown."""
        held = await management.held()
        _no_queues()
        for queue in CONSUMED:
            if queue in held:
                QUEUE_MESSAGES.labels(queue, "ready").set(held[queue].ready)
                QUEUE_MESSAGES.labels(queue, "unacked").set(held[queue].unacked)
                QUEUE_CONSUMERS.labels(queue).set(held[queue].consumers)
            if dead_queue(queue) in held:
                letters = held[dead_queue(queue)]
                DEAD_LETTERS_WAITING.labels(queue).set(letters.ready + letters.unacked)

    async def topology(self, management: Management) -> None:
        """Raises DependencyDown."""
        found = tuple(await management.differences())
        TOPOLOGY_DIFFERENCES.set(len(found))
        if found and found != self.told:
            log.error("the broker's topology is not as it should be", differences=found)
        self.told = found


async def _or_nothing(measure: Callable[[], Awaitable[None]], nothing: Callable[[], None]) -> None:
    try:
        await measure()
    except DependencyDown as down:
        nothing()
        log.warning("cannot measure", dependency=down.dependency, reason=str(down))


def _no_units() -> None:
    UNITS.clear()
    OLDEST_UNIT_SECONDS.clear()


def _no_queues() -> None:
    for gauge in (QUEUE_MESSAGES, QUEUE_CONSUMERS, DEAD_LETTERS_WAITING):
        gauge.clear()

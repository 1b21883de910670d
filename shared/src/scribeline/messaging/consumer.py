"""What Worker and BatchWorker share: consume, and begin again after a dependency was away."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from time import monotonic
from typing import Any

import stamina
import structlog

from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.broker import Broker
from scribeline.messaging.publisher import Publisher

Probe = Callable[[], Awaitable[None]]
"""Returns when a dependency answers, raises DependencyDown while it does not."""

STEADY_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 30.0

log = structlog.get_logger(__name__)


async def either(*waits: Coroutine[Any, Any, Any]) -> None:
    """Returns, or raises, as soon as one of them does; the others are cancelled."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Consumer(ABC):
    """Runs until told to stop. `ready` is set while it consumes."""

    def __init__(
        self, name: str, broker: Broker, publisher: Publisher, probes: Mapping[str, Probe] | None
    ) -> None:
        self.name = name
        self.broker = broker
        self.publisher = publisher
        self.ready = asyncio.Event()
        self._away: DependencyDown | None = None
        self._probes = {"broker": publisher.ping, **(probes or {})}

    @abstractmethod
    async def consume(self, stop: asyncio.Event) -> None:
        """One subscription, from connecting to the last ack. Raises DependencyDown to be begun again."""

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop` is set, however often a dependency goes away in between."""
        pauses = 0
        async with self.publisher:
            while not stop.is_set():
                began = monotonic()
                away = await self._consume_until_away(stop)
                if away is None:
                    continue
                self._away = away
                log.warning("paused", consumer=self.name, dependency=away.dependency, reason=str(away))
                # each round may count as a delivery: one that answers probes and fails work is not hurried
                pauses = pauses + 1 if monotonic() - began < STEADY_SECONDS else 0
                wait = min(FIRST_PAUSE_SECONDS * 2**pauses, LONGEST_PAUSE_SECONDS)
                await either(stop.wait(), self._until_back(away.dependency, wait))

    async def check(self) -> None:
        """For `/readyz`."""
        if not self.ready.is_set():
            raise self._away or DependencyDown("broker", f"{self.name} does not consume yet")

    async def _consume_until_away(self, stop: asyncio.Event) -> DependencyDown | None:
        try:
            await self.consume(stop)
        except DependencyDown as down:
            return down
        finally:
            self.ready.clear()
        return None

    async def _until_back(self, dependency: str, wait: float) -> None:
        await asyncio.sleep(wait)
        probe = self._probes.get(dependency, self.publisher.ping)
        async for attempt in stamina.retry_context(
            on=DependencyDown, attempts=None, timeout=None, wait_initial=0.5, wait_max=5.0
        ):
            with attempt:
                await probe()
        log.info("resumed", consumer=self.name, dependency=dependency)

"""Models that nobody asks for give their memory back."""

import asyncio
import ctypes
import ctypes.util
import gc
from contextlib import suppress

import structlog

from transcriber.engine import Engines

CHECKS = 4
"""Times in each idle period: a model goes at most a quarter of it late."""
LEAST_SECONDS, MOST_SECONDS = 0.1, 60.0
"""Between two checks."""

log = structlog.get_logger(__name__)


async def drop_idle_models(stop: asyncio.Event, *, engines: Engines, seconds: float) -> None:
    """Until `stop` is set. Off the event loop: freeing gigabytes takes a while."""
    pause = min(MOST_SECONDS, max(LEAST_SECONDS, seconds / CHECKS))
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
        dropped = await asyncio.to_thread(engines.drop_idle, seconds)
        if dropped:
            await asyncio.to_thread(give_back)
            log.info("models unloaded", models=dropped, idle_seconds=seconds)


def give_back() -> None:
    """What was freed goes back to the system: glibc keeps it otherwise (malloc_trim(3))."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(ctypes.util.find_library("c")).malloc_trim(0)

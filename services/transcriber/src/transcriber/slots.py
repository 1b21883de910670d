"""Slots: how many units of a lane compute at once, each in a thread that outlives whoever asked for it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import perf_counter
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Slots:
    """A thread per slot; work waits for a free one.

    A slot is free again when its thread is, not when the caller stops waiting: a cancelled caller, too, comes
    back only after its thread has ended (or never began), so two runs of a unit never compute side by side.
    """

    def __init__(self, count: int, name: str) -> None:
        self.count = count
        self._threads = ThreadPoolExecutor(count, thread_name_prefix=name)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run blocking work off the event loop."""
        running = self._threads.submit(partial(work, *args, **kwargs))
        future = asyncio.wrap_future(running)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            if not running.cancel():
                await asyncio.wait([future])
                future.exception()  # seen: nobody is left to be told
            raise

    def close(self) -> None:
        """Accept no more work, and forget what has not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class Lane:
    """The threads of one queue: `prepare` has one more than `compute`, so that the next unit's download and
    decoding overlap with the engine's work on this one."""

    def __init__(self, name: str, slots: int) -> None:
        self.prepare = Slots(slots + 1, f"{name}-prepare")
        self.compute = Slots(slots, f"{name}-compute")

    def close(self) -> None:
        self.prepare.close()
        self.compute.close()


def timed(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> tuple[T, float]:
    """What the work returns, and the seconds it took, without the wait for a slot."""
    started = perf_counter()
    result = work(*args, **kwargs)
    return result, perf_counter() - started

"""Waiting for something to become true, never for a while."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any


async def eventually(
    check: Callable[[], Any | Awaitable[Any]], within: float = 30.0, every: float = 0.05
) -> Any:
    """The first truthy answer of `check`; AssertionError when there is none in time."""
    deadline = monotonic() + within
    while True:
        answer = check()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return answer
        assert monotonic() < deadline, f"still {answer!r} after {within} s"
        await asyncio.sleep(every)

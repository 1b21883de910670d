"""Asking something that may hang, be away or be broken, within a bound."""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from scribeline.contracts.failures import DependencyDown

SECONDS = 3.0

T = TypeVar("T")


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What came, or why nothing did, after so many seconds."""

    value: T | None
    trouble: str | None
    seconds: float


_given_up: set["asyncio.Task[Any]"] = set()


async def ask(work: Coroutine[Any, Any, T], seconds: float = SECONDS) -> Answer[T]:
    """Never raises. What takes longer is cancelled and left behind: ending it may take a while, too."""
    begun = time.monotonic()
    task = asyncio.create_task(work)
    _given_up.add(task)
    task.add_done_callback(_gone)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()
    took = round(time.monotonic() - begun, 3)
    if not task.done():
        return Answer(None, f"It did not answer within {seconds:g} s.", took)
    if task.cancelled():
        return Answer(None, "It hung up.", took)
    error = task.exception()
    return Answer(task.result() if error is None else None, _told(error), took)


def _gone(task: "asyncio.Task[Any]") -> None:
    _given_up.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, so that asyncio does not complain of it


def _told(error: BaseException | None) -> str | None:
    """Only what was foreseen is quoted: other texts are a library's own."""
    if error is None:
        return None
    told = str(error) if isinstance(error, DependencyDown) else f"It failed ({type(error).__name__})."
    return " ".join(told.encode(errors="replace").decode().split())[:300]

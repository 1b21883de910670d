"""How long to leave a broker alone that is away."""

import random
from collections.abc import Callable
from time import monotonic

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY = 60.0
"""Seconds after which a connection was a good one, though nothing came."""


class Away(Exception):
    """The broker cannot be reached just now, or the connection broke: try again."""


class Patience:
    """For ever: longer and longer, and never all at the same time."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._pause = FIRST_PAUSE
        self._opened: float | None = None

    def opened(self) -> None:
        self._opened = self._now()

    def over(self) -> None:
        """Something came."""
        self._pause = FIRST_PAUSE

    def pause(self) -> float:
        """Seconds."""
        if self._opened is not None and self._now() - self._opened >= STEADY:
            self.over()
        self._opened = None
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE)
        return pause * random.uniform(0.5, 1.0)  # noqa: S311 - no secret

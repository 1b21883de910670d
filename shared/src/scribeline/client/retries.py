"""What is tried again by itself, and when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypedDict

from scribeline.client.errors import Refused, Unreachable

TRY_AGAIN = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class Retries:
    """Only calls that may be sent twice: those that read, and uploads, which carry an idempotency key. The
    first pause is 0.1 s, each further one twice as long, or what the server says."""

    attempts: int = 5
    """Of one call; 1 is never again."""
    seconds: float = 60.0
    """After which no further attempt of a call begins."""
    longest_pause: float = 30.0
    """Where a server says to come back later than that, its answer is the caller's."""

    def decide(self, error: Exception) -> bool | timedelta:
        if isinstance(error, Refused) and error.status in TRY_AGAIN:
            if error.retry_after is None:
                return True
            return error.retry_after <= self.longest_pause and timedelta(seconds=error.retry_after)
        return isinstance(error, Unreachable)

    def limits(self, *, repeatable: bool) -> "Limits":
        """For stamina."""
        on = self.decide if repeatable and self.attempts > 1 else _never
        return {"on": on, "attempts": self.attempts, "timeout": self.seconds, "wait_jitter": 0.2}


class Limits(TypedDict):
    on: Callable[[Exception], bool | timedelta]
    attempts: int
    timeout: float
    wait_jitter: float


def _never(error: Exception) -> bool:  # noqa: ARG001 - as stamina asks
    return False

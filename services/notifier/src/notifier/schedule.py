"""When a webhook is tried, and tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.outgoing import Answer

ASKED_TO_WAIT = frozenset({429, 503})
"""Answers whose `Retry-After` is about the receiver's load. https://www.rfc-editor.org/rfc/rfc9110#name-retry-after"""

MINUTE, HOUR = 60, 3600


@dataclass(frozen=True)
class Schedule:
    """Delays before each try, in seconds: each counts from the end of the try before it."""

    delays: tuple[float, ...] = (
        0,
        5,
        5 * MINUTE,
        30 * MINUTE,
        2 * HOUR,
        5 * HOUR,
        10 * HOUR,
        14 * HOUR,
        20 * HOUR,
        24 * HOUR,
    )
    """As Standard Webhooks recommends, spec/standard-webhooks.md, "Deliverability and reliability"."""
    jitter: float = 0.1
    """Part of a delay by which it is longer or shorter: what failed together does not come back together."""
    longest_asked: float = HOUR
    """A receiver is not left alone for longer because it asks so."""

    def again(self, attempts: int, answer: Answer, now: datetime, random: float) -> datetime | None:
        """When to try again after so many failed attempts; None: not any more. `random` is in [0, 1)."""
        if attempts >= len(self.delays):
            return None
        wait = self.delays[attempts] * (1 + self.jitter * (2 * random - 1))
        return now + timedelta(seconds=max(wait, self._asked(answer)))

    def _asked(self, answer: Answer) -> float:
        if answer.status not in ASKED_TO_WAIT or answer.retry_after is None:
            return 0
        return min(max(answer.retry_after, 0), self.longest_asked)


STANDARD = Schedule()

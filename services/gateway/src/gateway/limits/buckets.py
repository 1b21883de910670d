"""Token buckets, as many as there are keys or addresses, in bounded memory.

Each is one moment: when it will be full again (the generic cell rate algorithm: ITU-T I.371, annex A).
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from math import ceil, floor

SLACK = 1e-6
"""Seconds, against rounding."""


@dataclass(frozen=True)
class Rate:
    per_second: float
    """`contracts.api.tenants.SLOWEST` or more."""
    burst: int
    """At once, when nothing came for a while; 1 or more."""

    @property
    def window(self) -> float:
        """Seconds in which an empty bucket fills."""
        return self.burst / self.per_second


@dataclass(frozen=True)
class Verdict:
    allowed: bool
    left: int
    """More that may come at once."""
    full_in: float
    """Seconds until all of the burst may come again."""
    next_in: float
    """Seconds until another one may come."""


def decide(full_in: float, rate: Rate) -> Verdict:
    """Whether one more may come where the bucket is full so many seconds from now: of another rate, when it
    was another one until now, which leaves at most an empty bucket."""
    full_in = min(full_in, rate.window)
    each = 1 / rate.per_second
    allowed = full_in + each <= rate.window + SLACK
    after = full_in + each if allowed else full_in
    left = max(0, floor((rate.window - after + SLACK) / each))
    return Verdict(allowed, left, after, 0.0 if left else max(0.0, after + each - rate.window))


class Buckets:
    """Where there are too many, those that were asked about longest ago are forgotten, and so are full."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._full_at: OrderedDict[Hashable, float] = OrderedDict()

    def take(self, key: Hashable, rate: Rate) -> Verdict:
        """Count one, if it may come."""
        now = self._clock()
        verdict = decide(max(0.0, self._full_at.pop(key, now) - now), rate)
        self._full_at[key] = now + verdict.full_in
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
        return verdict

    def look(self, key: Hashable, rate: Rate) -> Verdict:
        """What `take` would say; nothing is counted."""
        now = self._clock()
        return decide(max(0.0, self._full_at.get(key, now) - now), rate)


def retry_after(verdict: Verdict) -> str:
    return str(max(1, ceil(verdict.next_in)))

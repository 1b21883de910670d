"""How much one process does at once, and that no tenant takes all of it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.problems import Problem
from scribeline.contracts.codes import Code

KEPT = 8
"""One place in so many is kept for tenants that hold none: slow clients of one cannot lock the others out."""


class Places:
    """Of one process. Nobody waits for a place: a client that is told to come back holds nothing here."""

    def __init__(self, most: int, full: Code, retry_after: int) -> None:
        self._full = full
        self._free = most
        self._kept = most // KEPT
        self._retry_after = retry_after
        self._held = Counter[str]()

    @contextmanager
    def taken(self, tenant: str) -> Iterator[None]:
        """Hold a place within the block. Raises Problem when there is none."""
        if self._free <= (self._kept if self._held[tenant] else 0):
            raise Problem(self._full, headers={"Retry-After": str(self._retry_after)})
        self._free -= 1
        self._held[tenant] += 1
        try:
            yield
        finally:
            self._free += 1
            self._held[tenant] -= 1
            if not self._held[tenant]:
                del self._held[tenant]

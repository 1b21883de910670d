"""How many uploads are taken in at once: each may hold three parts of 8 MiB in memory."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.problems import Problem
from scribeline.contracts.codes import Code

KEPT = 8
"""One place in so many is kept for tenants that have no upload under way: slow ones of one tenant cannot
lock the others out."""


class UploadPlaces:
    """Of one process. Nobody waits for a place: a client that is told to come back holds nothing here."""

    def __init__(self, most: int, retry_after: int) -> None:
        self._free = most
        self._kept = most // KEPT
        self._retry_after = retry_after
        self._held = Counter[str]()

    @contextmanager
    def taken(self, tenant: str) -> Iterator[None]:
        """Hold a place within the block. Raises Problem(TOO_MANY_UPLOADS) when there is none."""
        if self._free <= (self._kept if self._held[tenant] else 0):
            raise Problem(Code.TOO_MANY_UPLOADS, headers={"Retry-After": str(self._retry_after)})
        self._free -= 1
        self._held[tenant] += 1
        try:
            yield
        finally:
            self._free += 1
            self._held[tenant] -= 1
            if not self._held[tenant]:
                del self._held[tenant]

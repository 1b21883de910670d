"""How much of what holds a connection to the database for long one process does at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from gateway.problems import Problem
from scribeline.contracts.codes import Code

SHARE = 0.4
"""Of the connections that there are; some more may be at uploads that are joined."""
PATIENCE_SECONDS = 2.0


class Turns:
    """Of one process. What is quick only waits for its turn; behind what is slow, a client is told to come
    back."""

    def __init__(self, connections: int, full: Code, retry_after: int) -> None:
        self.most = max(1, int(connections * SHARE))
        self.of_one = max(1, self.most // 2)
        """Of one tenant: the others find their turn whatever it asks."""
        self._full = full
        self._retry_after = retry_after
        self._free = asyncio.Semaphore(self.most)
        self._of_tenant = WeakValueDictionary[str, asyncio.Semaphore]()
        """Only of those that hold one, or wait."""

    @asynccontextmanager
    async def taken(self, tenant: str) -> AsyncIterator[None]:
        """Have a turn within the block. Raises Problem when none came in time."""
        own = self._of_tenant.setdefault(tenant, asyncio.Semaphore(self.of_one))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS) as patience, own, self._free:
                patience.reschedule(None)
                yield
        except TimeoutError:
            if patience.expired():
                raise Problem(self._full, headers={"Retry-After": str(self._retry_after)}) from None
            raise

"""The lookup of one try, which goes on when the try is given up: its thread cannot be stopped."""

import asyncio

from scribeline.outbound.addresses import Address
from scribeline.outbound.resolver import Resolve


class Lookup:
    """Implements `Resolve`."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._looking: asyncio.Future[list[Address]] | None = None

    async def __call__(self, host: str, port: int) -> list[Address]:
        self._looking = asyncio.ensure_future(self._resolve(host, port))
        self._looking.add_done_callback(_heard)
        return await asyncio.shield(self._looking)

    @property
    def pending(self) -> asyncio.Future[list[Address]] | None:
        return self._looking if self._looking and not self._looking.done() else None


def _heard(looked_up: asyncio.Future[list[Address]]) -> None:
    """Of a name that is unknown after all, asyncio would complain that nobody was there to be told."""
    if not looked_up.cancelled():
        looked_up.exception()

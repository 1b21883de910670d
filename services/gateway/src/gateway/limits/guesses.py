"""Wrong keys, counted by where they come from, so that guessing costs the guesser time, and us no queries.

A key that was right before is no guess: those who share an address with a guesser keep working.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv6Address, ip_address, ip_network

from fastapi import Request

from gateway.limits.buckets import Buckets, Rate, retry_after
from gateway.problems import Problem
from gateway.settings import GatewaySettings
from scribeline.contracts.codes import Code

ADDRESSES = 10_000
"""Buckets in memory."""
EVERYWHERE = "everywhere"
AT_ONCE = 4
"""Unknown keys that are looked up at a time, in turn: more than a budget allows are at most so many."""
NEIGHBOURS = 64
"""Leading bits of an IPv6 address: whoever has one has all of its /64 (RFC 6177)."""


class Guesses:
    def __init__(self, settings: GatewaySettings, buckets: Buckets | None = None) -> None:
        self._buckets = buckets or Buckets(ADDRESSES)
        self._each = _per_minute(settings.wrong_keys_per_minute)
        self._all = _per_minute(settings.wrong_keys_per_minute_in_all)
        self._turns = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def one_more(self, address: str) -> AsyncIterator[None]:
        """A key that is not known may be looked up within the block. Raises Problem(RATE_LIMITED)."""
        async with self._turns:
            for key, rate in self._budgets(address):
                verdict = self._buckets.look(key, rate)
                if not verdict.allowed:
                    told = "Too many wrong keys came from your address, or from everywhere."
                    raise Problem(Code.RATE_LIMITED, told, headers={"Retry-After": retry_after(verdict)})
            yield

    def was_wrong(self, address: str) -> None:
        for key, rate in self._budgets(address):
            self._buckets.take(key, rate)

    def _budgets(self, address: str) -> list[tuple[str, Rate]]:
        both = [(address, self._each), (EVERYWHERE, self._all)]
        return [(key, rate) for key, rate in both if rate is not None]


def _per_minute(most: int) -> Rate | None:
    return Rate(most / 60, most) if most else None


def address_of(request: Request) -> str:
    """Of the client, or of its network where that has as many addresses as it likes."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host[:64]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(ip_network((address, NEIGHBOURS), strict=False))
        address = address.ipv4_mapped
    return str(address)

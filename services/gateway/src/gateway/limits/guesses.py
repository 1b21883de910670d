"""Wrong keys, counted by where they come from, and keys that are not known yet looked up a few at a time.

A right key is never refused for others' wrong ones: each is looked up, and guessers only wait for each other.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv6Address, ip_address, ip_network

from fastapi import Request

from gateway.leaving import has_left
from gateway.limits.buckets import Buckets, Rate, Verdict, retry_after
from gateway.places import Places
from gateway.problems import Problem
from gateway.settings import GatewaySettings
from scribeline.contracts.codes import Code

ADDRESSES = 10_000
"""Buckets in memory."""
EVERYWHERE = "everywhere"
AT_ONCE = 4
"""Unknown keys that are looked up at a time, in turn; from where too many wrong ones came, one."""
WAITING = 256
"""Requests that may wait for their turn: a second or so. One address leaves some places to others."""
AGAIN = 1
"""Seconds, where all places are taken."""
NEIGHBOURS = 64
"""Leading bits of an IPv6 address: whoever has one has all of its /64 (RFC 6177)."""


class Guesses:
    def __init__(self, settings: GatewaySettings, buckets: Buckets | None = None) -> None:
        self._buckets = buckets or Buckets(ADDRESSES)
        self._each = _per_minute(settings.wrong_keys_per_minute)
        self._all = _per_minute(settings.wrong_keys_per_minute_in_all)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._turns_of_guessers = asyncio.Semaphore(1)
        self._places = Places(WAITING, Code.RATE_LIMITED, AGAIN)

    @asynccontextmanager
    async def one_more(self, request: Request) -> AsyncIterator[None]:
        """A key that is not known may be looked up within the block. Raises Problem(RATE_LIMITED) when too
        many wait for that, and for a client that left meanwhile."""
        address = address_of(request)
        turns = self._turns if self._over(address) is None else self._turns_of_guessers
        with self._places.taken(address):
            async with turns:
                if has_left(request):
                    raise Problem(Code.RATE_LIMITED, "The client left.")
                yield

    def was_wrong(self, request: Request) -> None:
        """Counts it. Raises Problem(RATE_LIMITED) when that is one too many."""
        address = address_of(request)
        if over := self._over(address):
            told = "This key is wrong, and so were too many from your address, or from everywhere."
            raise Problem(Code.RATE_LIMITED, told, headers={"Retry-After": retry_after(over)})
        for key, rate in self._budgets(address):
            self._buckets.take(key, rate)

    def _over(self, address: str) -> Verdict | None:
        verdicts = (self._buckets.look(key, rate) for key, rate in self._budgets(address))
        return next((verdict for verdict in verdicts if not verdict.allowed), None)

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

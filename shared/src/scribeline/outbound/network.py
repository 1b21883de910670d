"""Connections to addresses that were checked, and to no others.

The check sits where a connection is made: below HTTP, TLS and redirects, which go on knowing the host by its
name (`Host`, SNI, certificate). A name is resolved once for each connection, and what was checked is what is
connected to, so that a name server that changes its mind gains nothing. No proxy of the environment is used.
"""

import asyncio
from collections.abc import Iterable
from ssl import SSLContext

from httpcore2 import (
    SOCKET_OPTION,
    AnyIOBackend,
    AsyncConnectionPool,
    AsyncNetworkBackend,
    AsyncNetworkStream,
    ConnectError,
    ConnectTimeout,
    default_ssl_context,
)

from scribeline.outbound.addresses import Address, is_public
from scribeline.outbound.resolver import Resolve
from scribeline.outbound.rules import Rules

MOST_TRIED = 4
"""Addresses of one host; they share the time there is."""


class GuardedNetwork(AsyncNetworkBackend):
    """Whatever stands in the way of a connection, also our own refusal, is the same error without a reason:
    what it was would tell of the network inside."""

    def __init__(self, rules: Rules, resolve: Resolve, inner: AsyncNetworkBackend | None = None) -> None:
        self._rules = rules
        self._resolve = resolve
        self._inner = inner or AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as in AsyncNetworkBackend
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """Raises ConnectError."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._addresses(host, port)
                each = None if timeout is None else timeout / len(addresses)
                for address in addresses:
                    stream = await self._tried(address, port, each, local_address, socket_options)
                    if stream is not None:
                        return stream
        except (OSError, ValueError):  # also of the resolver, and the time is up
            pass
        raise ConnectError

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)

    async def _addresses(self, host: str, port: int) -> list[Address]:
        """Those to try. Raises ConnectError if any of them is not public."""
        found = await self._resolve(host, port)
        public = self._rules.trusts(host, port) or all(map(is_public, found))
        if not found or not public:
            raise ConnectError
        return found[:MOST_TRIED]

    async def _tried(
        self,
        address: Address,
        port: int,
        seconds: float | None,
        local_address: str | None,
        options: Iterable[SOCKET_OPTION] | None,
    ) -> AsyncNetworkStream | None:
        try:
            return await self._inner.connect_tcp(str(address), port, seconds, local_address, options)
        except (ConnectError, ConnectTimeout):
            return None


def pool(network: GuardedNetwork, ssl_context: SSLContext | None = None) -> AsyncConnectionPool:
    """HTTP/1.1 over that network; certificates are checked against the system's authorities."""
    return AsyncConnectionPool(ssl_context or default_ssl_context(), network_backend=network)

"""Connections that read so many bytes and no more: what comes without an end costs us a bounded time."""

from collections.abc import Iterable
from ssl import SSLContext
from typing import Any

from httpcore2 import SOCKET_OPTION, AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream, ReadError


class BudgetedNetwork(AsyncNetworkBackend):
    """Whatever the bytes are: heads, chunk sizes and interim answers count as well. TLS's own do not."""

    def __init__(self, most: int, inner: AsyncNetworkBackend | None = None) -> None:
        self._most = most
        self._inner = inner or AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as in AsyncNetworkBackend
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        stream = await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        return _Budgeted(stream, self._most)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class _Budgeted(AsyncNetworkStream):
    def __init__(self, stream: AsyncNetworkStream, left: int) -> None:
        self._stream = stream
        self._left = left

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Raises ReadError once the budget is spent."""
        if self._left <= 0:
            raise ReadError
        data = await self._stream.read(min(max_bytes, self._left), timeout)
        self._left -= len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._stream.write(buffer, timeout)

    async def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> AsyncNetworkStream:
        return _Budgeted(await self._stream.start_tls(ssl_context, server_hostname, timeout), self._left)

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

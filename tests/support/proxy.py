"""A network that misbehaves: a TCP proxy between a service and what it depends on."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum
from ssl import SSLContext

BLOCK = 1 << 14
SLOW_SECONDS = 0.05
"""Pause before each block of `BLOCK` bytes of a slow network: some 300 KB/s."""


class Mode(Enum):
    PASS = "pass"
    SLOW = "slow"
    BLACKHOLE = "blackhole"
    """Connections open and stay, and nothing arrives: a partition."""
    DOWN = "down"
    """Nobody is there: connections are refused by a reset."""


class Proxy:
    """Forwards `port` to the target, as its mode says, which may change at any time."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._open: set[asyncio.StreamWriter] = set()
        self._cut_after: int | None = None
        self._flowing = asyncio.Event()
        self.mode = Mode.PASS
        self.port = 0

    @property
    def mode(self) -> Mode:
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._mode = mode
        if mode is Mode.BLACKHOLE:
            self._flowing.clear()
        else:
            self._flowing.set()

    def cut(self) -> None:
        """Reset every connection there is; new ones are for the mode to decide."""
        for writer in self._open:
            reset(writer)

    def cut_after(self, sent: int) -> None:
        """Reset the connection that has the next so many bytes for the target, in the middle of a frame."""
        self._cut_after = sent

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode is Mode.DOWN:
            reset(writer)
            return
        there, back = await asyncio.open_connection(*self._target)
        self._open |= {writer, back}
        try:
            await asyncio.wait(
                [
                    asyncio.ensure_future(self._pump(reader, back, counted=True)),
                    asyncio.ensure_future(self._pump(there, writer, counted=False)),
                ],
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for one in (writer, back):
                self._open.discard(one)
                reset(one)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, counted: bool) -> None:
        with suppress(OSError):
            while block := await source.read(BLOCK):
                await self._flowing.wait()
                if self.mode is Mode.SLOW:
                    await asyncio.sleep(SLOW_SECONDS)
                if counted and self._cut_after is not None:
                    block, self._cut_after = block[: self._cut_after], self._left(len(block))
                sink.write(block)
                await sink.drain()
                if self._cut_after == 0:
                    self._cut_after = None
                    return

    def _left(self, sent: int) -> int:
        return max(0, (self._cut_after or 0) - sent)


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN: the other side loses what it has not read."""
    transport = writer.transport
    connection = transport.get_extra_info("socket")
    if connection is not None and not transport.is_closing():
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


@asynccontextmanager
async def proxy_to(host: str, port: int) -> AsyncIterator[Proxy]:
    """A proxy on a free port of the loopback interface."""
    async with serving(Proxy(host, port)) as proxy:
        yield proxy


@asynccontextmanager
async def serving(proxy: Proxy, tls: SSLContext | None = None) -> AsyncIterator[Proxy]:
    """It listens on a free port of the loopback interface, with TLS from the first byte on, if at all."""
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, ssl=tls)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.mode = Mode.PASS
        proxy.cut()

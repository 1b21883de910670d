"""An object store that answers with a refusal: its credentials changed, or it is full, or slow."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus

from yarl import URL

from tests.support.proxy import Proxy

HEAD_SECONDS = 10.0


@dataclass(frozen=True)
class Refusal:
    """An error answer of S3 (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html)."""

    status: int
    code: str
    to: frozenset[str] = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE"})
    """The methods that it is given to; all else is passed on."""
    of: bytes = b""
    """What the address that is asked for must hold."""

    def meets(self, head: bytes) -> bool:
        method, address, _ = head.split(b" ", 2)
        return method.decode() in self.to and self.of in address

    def answer(self, method: str) -> bytes:
        said = f"<Error><Code>{self.code}</Code><Message>the test says so</Message></Error>".encode()
        head = (
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\nContent-Type: application/xml\r\n"
            f"Content-Length: {len(said)}\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + (b"" if method == "HEAD" else said)


FORBIDDEN = Refusal(403, "InvalidAccessKeyId")
FULL = Refusal(507, "InsufficientStorage", frozenset({"PUT", "POST"}))
SLOW_DOWN = Refusal(503, "SlowDown")
BROKEN = Refusal(500, "InternalError")


class Door(Proxy):
    """What stands before the store. `refusal` may change at any time; connections there are begin anew."""

    refused = 0
    _refusal: Refusal | None = None

    @property
    def refusal(self) -> Refusal | None:
        return self._refusal

    @refusal.setter
    def refusal(self, refusal: Refusal | None) -> None:
        self._refusal = refusal
        self.cut()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        refusal = self._refusal
        if refusal is None:
            await super().serve(reader, writer)
            return
        with suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            async with asyncio.timeout(HEAD_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            if refusal.meets(head):
                await self._refuse(refusal.answer(head.split(b" ", 1)[0].decode()), reader, writer, head)
            else:
                await self._pass_on(head, reader, writer)
        writer.close()

    async def _refuse(
        self, answer: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes
    ) -> None:
        self.refused += 1
        await reader.readexactly(_length(head))  # answered before it was read, a body would break the answer
        writer.write(answer)
        await writer.drain()

    async def _pass_on(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, and its whole answer."""
        there, back = await asyncio.open_connection(*self._target)
        closing = head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        back.write(closing + await reader.readexactly(_length(head)))
        await back.drain()
        while block := await there.read(1 << 14):
            writer.write(block)
            await writer.drain()
        back.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


@asynccontextmanager
async def door_to(address: str) -> AsyncIterator[tuple[Door, str]]:
    """A door before the store at that address, and its own address."""
    url = URL(address)
    assert url.host is not None
    assert url.port is not None
    door = Door(url.host, url.port)
    server = await asyncio.start_server(door.serve, "127.0.0.1", 0)
    try:
        yield door, str(url.with_host("127.0.0.1").with_port(server.sockets[0].getsockname()[1])).rstrip("/")
    finally:
        server.close()
        door.cut()

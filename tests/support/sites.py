"""A web server of a few lines on loopback, which sends exactly the bytes that a test wants."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from ssl import SSLContext
from typing import Any

from tests.support.proxy import reset

LENGTH = re.compile(r"^content-length: *(\d+)\r$", re.MULTILINE | re.IGNORECASE)

Page = Callable[[asyncio.StreamWriter], Coroutine[Any, Any, None]]
"""Sends an answer. The connection is closed after it."""


class Site:
    """`pages` by path; `asked` holds the head of each request, `given` its body."""

    def __init__(self, pages: dict[str, Page]) -> None:
        self.pages = pages
        self.asked: list[str] = []
        self.given: list[bytes] = []
        self.port = 0
        self.connected = 0
        """Connections that are open."""

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected += 1
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = LENGTH.search(head)
                self.given.append(await reader.readexactly(int(length[1])) if length else b"")
                self.asked.append(head)
                await _while_there(reader, self.pages[head.split()[1].partition("?")[0]](writer))
        finally:
            self.connected -= 1
            writer.close()


async def _while_there(reader: asyncio.StreamReader, page: Coroutine[Any, Any, None]) -> None:
    """Until it is sent, or the client is gone."""
    sending, gone = asyncio.create_task(page), asyncio.create_task(reader.read())
    try:
        await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, gone):
            task.cancel()
        await asyncio.gather(sending, gone, return_exceptions=True)


@asynccontextmanager
async def site(pages: dict[str, Page], tls: SSLContext | None = None) -> AsyncIterator[Site]:
    at = Site(pages)
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        try:
            await at.serve(reader, writer)
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            serving.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    at.port = server.sockets[0].getsockname()[1]
    try:
        yield at
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


def raw(*parts: bytes) -> Page:
    async def send(writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()

    return send


def head(status: str = "200 OK", **headers: str) -> bytes:
    """`content_type` is the header Content-Type."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()


def recording(data: bytes, content_type: str = "audio/wav", **headers: str) -> Page:
    length = {"content_length": str(len(data))} | headers
    return raw(head(content_type=content_type, **length), data)


def status(line: str) -> Page:
    return raw(head(line, content_length="6"), b"secret")


def redirect(to: str, line: str = "302 Found") -> Page:
    return raw(head(line, location=to, content_length="0"))


def endless(start: bytes, part: bytes) -> Page:
    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(part)
            await writer.drain()

    return send


def dripping(start: bytes, part: bytes, every: float) -> Page:
    """A little now and then, without an end."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(every)

    return send


def silent(start: bytes = b"") -> Page:
    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        await writer.drain()
        await asyncio.Event().wait()

    return send


def resetting(start: bytes) -> Page:
    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        await writer.drain()
        reset(writer)

    return send

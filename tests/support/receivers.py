"""Receivers of webhooks on loopback: real HTTP, each request kept as it came."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpx2

from notifier.outgoing import Answer, Outgoing
from tests.support.sites import Page, head, raw


@dataclass(frozen=True)
class Received:
    """One request. Names of headers are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


def fine(_: Received) -> Page:
    return raw(head("204 No Content"))


def answering(line: str, **headers: str) -> Callable[[Received], Page]:
    """`answering("503 Service Unavailable", retry_after="7")`."""
    return lambda _: raw(head(line, content_length="4", **headers), b"told")


@dataclass
class Receiver:
    """Answers as `answer` says, any page of `tests.support.sites` among them; at first it takes everything.

    `down()` closes its port, and `up()` opens the same one again.
    """

    answer: Callable[[Received], Page] = fine
    received: list[Received] = field(default_factory=list)
    connected: int = 0
    """Connections that are open."""
    most: int = 0
    """Connections that were open at once."""
    port: int = 0
    _server: asyncio.Server | None = None
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def ids(self) -> list[str]:
        """Of the events, as they came; one that came twice stands there twice."""
        return [each.id for each in self.received]

    async def up(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self.connected += 1
        self.most = max(self.most, self.connected)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                request = await _read(reader)
                self.received.append(request)
                await _while_there(reader, self.answer(request)(writer))
        finally:
            self.connected -= 1
            self._serving.discard(task)
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Received:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = [line.partition(":") for line in lines[1:] if line]
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(lines[0].split()[1], headers, body)


async def _while_there(reader: asyncio.StreamReader, page: Any) -> None:
    """Until it is answered, or the sender is gone."""
    sending, gone = asyncio.create_task(page), asyncio.create_task(reader.read())
    try:
        await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, gone):
            task.cancel()
        await asyncio.gather(sending, gone, return_exceptions=True)


@asynccontextmanager
async def receiver(answer: Callable[[Received], Page] = fine) -> AsyncIterator[Receiver]:
    it = Receiver(answer)
    await it.up()
    try:
        yield it
    finally:
        await it.down()


@asynccontextmanager
async def plain_sender(seconds: float = 15.0) -> AsyncIterator[Callable[[Outgoing], Any]]:
    """Sends without a signature or a guard: for what concerns only when, and how often, something is sent."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx2.AsyncClient(timeout=seconds, trust_env=False, limits=limits) as client:

        async def send(what: Outgoing) -> Answer:
            began, headers = monotonic(), {"webhook-id": what.id}
            try:
                answer = await client.post(what.url, content=what.body, headers=headers)
            except httpx2.HTTPError as error:
                return Answer(None, type(error).__name__, "", monotonic() - began, None)
            wrong = None if answer.is_success else f"answered {answer.status_code}"
            after = answer.headers.get("retry-after")
            wait = float(after) if after else None
            return Answer(answer.status_code, wrong, answer.text, monotonic() - began, wait)

        yield send

"""The client library in tests: both clients by one name, servers of a few lines, time that costs nothing."""

import json
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Sequence
from inspect import isawaitable
from typing import Any

import httpx2

from gateway.views import job_view
from scribeline.client import AsyncScribeline, Scribeline
from scribeline.client.wires import Clock
from tests.support.gateway import job_row

KINDS = ("blocking", "asyncio")
Client = Any
"""One or the other: `told` and `each` take away the difference."""


async def told(answer: Any) -> Any:
    """What a method gives, awaited where it has to be."""
    return await answer if isawaitable(answer) else answer


async def each(items: Iterable[Any] | AsyncIterable[Any]) -> list[Any]:
    return [item async for item in items] if isinstance(items, AsyncIterable) else list(items)


class FakeTime:
    """Passes only by sleeping, or when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.clock = Clock(lambda: self.seconds, self._sleep, self._pause)

    def _sleep(self, seconds: float) -> None:
        self.seconds += seconds

    async def _pause(self, seconds: float) -> None:
        self.seconds += seconds


Answer = httpx2.Response | Exception | Callable[[httpx2.Request], httpx2.Response]


class Script(httpx2.MockTransport):
    """Answers in turn, the last one for ever, and remembers what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__(self._handle)
        self.answers = list(answers)
        self.requests: list[httpx2.Request] = []

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx2.Response):  # anew: whoever reads it changes it
            return httpx2.Response(answer.status_code, headers=answer.headers, content=answer.content)
        return answer(request)


def client_of(kind: str, transport: Any, time: FakeTime | None = None, **given: Any) -> Client:
    made = Scribeline if kind == "blocking" else AsyncScribeline
    clock = (time or FakeTime()).clock
    return made("http://gateway", "sl_secret", transport=transport, clock=clock, **given)


def job_json(status: str = "queued", **fields: Any) -> dict[str, Any]:
    """A job as the gateway shows it, but for what a test says."""
    shown: dict[str, Any] = json.loads(job_view(job_row()).model_dump_json())
    return {**shown, "status": status, **fields}


def said(body: Any, status: int = 200, **headers: str) -> httpx2.Response:
    return httpx2.Response(status, json=body, headers=headers)


def refused(status: int, code: str, **headers: str) -> httpx2.Response:
    passing = status == 429 or status >= 500
    problem = {"type": f"/errors/{code}", "title": code, "status": status, "code": code, "retryable": passing}
    return said(problem, status, **headers)


class _Stream(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    def __init__(self, pieces: Sequence[bytes | Exception]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in iter(self):
            yield piece


def streamed(*pieces: bytes | Exception) -> Callable[[httpx2.Request], httpx2.Response]:
    """Server-sent events; an exception breaks the connection."""
    kind = {"Content-Type": "text/event-stream; charset=utf-8"}
    return lambda request: httpx2.Response(200, headers=kind, stream=_Stream(pieces))


def sse(event: str, data: Any, id: str | None = None) -> bytes:  # noqa: A002 - as on the wire
    lines = [f"event: {event}", f"data: {json.dumps(data)}", *([f"id: {id}"] if id else [])]
    return ("\n".join(lines) + "\n\n").encode()

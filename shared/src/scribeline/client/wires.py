"""Carrying out what `steps` describe, over httpx: `Wire` for those who block, `AsyncWire` for asyncio."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, closing
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import httpx2
import stamina

from scribeline.client.answers import in_our_words, readable, refusal
from scribeline.client.errors import ScribelineError
from scribeline.client.parts import Put, stored
from scribeline.client.retries import Retries
from scribeline.client.steps import Call, Item, Listen, Next, Pause, Plan, Series, Step
from scribeline.client.uploads import File

T = TypeVar("T")

CONNECT_SECONDS = 10.0
PART_SECONDS = 60.0
"""That a store may take for some of a part, or to answer."""
LARGEST_EVENT = 16 * 2**20
"""Bytes."""
_PATIENCE = httpx2.Timeout(PART_SECONDS, connect=CONNECT_SECONDS)


@dataclass(frozen=True)
class Clock:
    """Time, so that tests need none."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep


def _request(http: httpx2.Client | httpx2.AsyncClient, call: Call[Any], file: File | None) -> httpx2.Request:
    return http.build_request(
        call.method,
        call.path,
        params=call.query or None,
        json=call.json,
        data=call.form,
        files=None if file is None else {"audio": file},
        headers=call.headers,
        timeout=httpx2.Timeout(CONNECT_SECONDS, read=call.seconds),
    )


class Wire:
    """To one server, with one key."""

    def __init__(self, http: httpx2.Client, url: str, retries: Retries, clock: Clock) -> None:
        self.http, self.url, self.clock = http, url, clock
        self._retries = retries

    def call(self, call: Call[T]) -> T:
        again = self._retries.limits(repeatable=call.repeatable)
        with call.opened() as file:
            for attempt in stamina.retry_context(**again):
                with attempt, in_our_words(self.url):
                    response = _checked(self.http.send(_request(self.http, call, file)))
                    with readable(self.url):
                        return call.read(response)
        raise AssertionError("the last attempt returns or raises")

    def put(self, part: Put) -> None:
        for attempt in stamina.retry_context(**self._retries.limits(repeatable=True)):
            with attempt, part.in_words():
                stored(self.http.send(part.request(_PATIENCE)))

    def plan(self, plan: Plan[T]) -> T:
        with closing(plan), _Ear(self) as ear:
            answer: Any = None
            ask = plan.send
            while True:
                try:
                    step = ask(answer)
                except StopIteration as end:
                    return end.value  # type: ignore[no-any-return]
                ask, answer = self._told(plan, step, ear)

    def series(self, series: Series[T]) -> Iterator[T]:
        with closing(series), _Ear(self) as ear:
            answer: Any = None
            ask = series.send
            while True:
                try:
                    step = ask(answer)
                except StopIteration:
                    return
                if isinstance(step, Item):
                    yield step.value
                    ask, answer = series.send, None
                else:
                    ask, answer = self._told(series, step, ear)

    def _told(self, steps: Plan[Any] | Series[Any], step: Step, ear: "_Ear") -> tuple[Any, Any]:
        """How to go on, and with what."""
        try:
            return steps.send, self._answer(step, ear)
        except ScribelineError as error:
            return steps.throw, error

    def _answer(self, step: Step, ear: "_Ear") -> Any:
        match step:
            case Call():
                return self.call(step)
            case Put():
                return self.put(step)
            case Pause():
                return self.clock.sleep(step.seconds)
            case Listen():
                return ear.open(step.call)
            case Next():
                return ear.next()


class _Ear:
    """The stream that a plan listens to."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._stack = ExitStack()
        self._events: Iterator[httpx2.ServerSentEvent] = iter(())

    def __enter__(self) -> "_Ear":
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def open(self, call: Call[Any]) -> bool:
        self._stack.close()
        http = self._wire.http
        with in_our_words(self._wire.url):
            response = http.send(_request(http, call, None), stream=True)
            self._stack.callback(response.close)
            if not response.is_success:
                response.read()
            _checked(response)
            self._events = iter(httpx2.EventSource(response, LARGEST_EVENT))
            return response.status_code != httpx2.codes.NO_CONTENT

    def next(self) -> httpx2.ServerSentEvent | None:
        with in_our_words(self._wire.url):
            return next(self._events, None)


class AsyncWire:
    """The same as `Wire`, for asyncio."""

    def __init__(self, http: httpx2.AsyncClient, url: str, retries: Retries, clock: Clock) -> None:
        self.http, self.url, self.clock = http, url, clock
        self._retries = retries

    async def call(self, call: Call[T]) -> T:
        again = self._retries.limits(repeatable=call.repeatable)
        with call.opened() as file:
            async for attempt in stamina.retry_context(**again):
                with attempt, in_our_words(self.url):
                    request = _request(self.http, call, file)
                    if file is not None:
                        request.stream = _InThread(request.stream)
                    response = _checked(await self.http.send(request))
                    with readable(self.url):
                        return call.read(response)
        raise AssertionError("the last attempt returns or raises")

    async def put(self, part: Put) -> None:
        async for attempt in stamina.retry_context(**self._retries.limits(repeatable=True)):
            with attempt, part.in_words():
                request = part.request(_PATIENCE)
                request.stream = _InThread(request.stream)
                stored(await self.http.send(request))

    async def plan(self, plan: Plan[T]) -> T:
        with closing(plan):
            async with _AsyncEar(self) as ear:
                answer: Any = None
                ask = plan.send
                while True:
                    try:
                        step = ask(answer)
                    except StopIteration as end:
                        return end.value  # type: ignore[no-any-return]
                    ask, answer = await self._told(plan, step, ear)

    async def series(self, series: Series[T]) -> AsyncIterator[T]:
        with closing(series):
            async with _AsyncEar(self) as ear:
                answer: Any = None
                ask = series.send
                while True:
                    try:
                        step = ask(answer)
                    except StopIteration:
                        return
                    if isinstance(step, Item):
                        yield step.value
                        ask, answer = series.send, None
                    else:
                        ask, answer = await self._told(series, step, ear)

    async def _told(self, steps: Plan[Any] | Series[Any], step: Step, ear: "_AsyncEar") -> tuple[Any, Any]:
        try:
            return steps.send, await self._answer(step, ear)
        except ScribelineError as error:
            return steps.throw, error

    async def _answer(self, step: Step, ear: "_AsyncEar") -> Any:
        match step:
            case Call():
                return await self.call(step)
            case Put():
                return await self.put(step)
            case Pause():
                return await self.clock.pause(step.seconds)
            case Listen():
                return await ear.open(step.call)
            case Next():
                return await ear.next()


class _AsyncEar:
    def __init__(self, wire: AsyncWire) -> None:
        self._wire = wire
        self._stack = AsyncExitStack()
        self._events: AsyncIterator[httpx2.ServerSentEvent]

    async def __aenter__(self) -> "_AsyncEar":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def open(self, call: Call[Any]) -> bool:
        await self._stack.aclose()
        http = self._wire.http
        with in_our_words(self._wire.url):
            response = await http.send(_request(http, call, None), stream=True)
            self._stack.push_async_callback(response.aclose)
            if not response.is_success:
                await response.aread()
            _checked(response)
            self._events = aiter(httpx2.EventSource(response, LARGEST_EVENT))
            return response.status_code != httpx2.codes.NO_CONTENT

    async def next(self) -> httpx2.ServerSentEvent | None:
        with in_our_words(self._wire.url):
            return await anext(self._events, None)


class _InThread(httpx2.AsyncByteStream):
    """A body that is read from a disk: the event loop does not wait for it."""

    def __init__(self, body: Any) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = partial(next, iter(self._body), None)
        while (piece := await asyncio.to_thread(read)) is not None:
            yield piece


def _checked(response: httpx2.Response) -> httpx2.Response:
    if not response.is_success:
        raise refusal(response)
    return response

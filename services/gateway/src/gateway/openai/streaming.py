"""A transcript as server-sent events: text as soon as it is there and nothing before it is missing."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from gateway.event_stream import EventStream
from gateway.openai.errors import body
from gateway.openai.shapes import TextDelta, TextDone, text_of
from gateway.openai.waiting import Waiter, ended_well
from gateway.problems import Problem, problem_of
from gateway.streams import HEARTBEAT_SECONDS
from gateway.views import stages_of
from scribeline.contracts.failures import DependencyDown, Fail
from scribeline.contracts.job import JobStatus
from scribeline.contracts.text import joined
from scribeline.storage.jobs import text_language
from scribeline.storage.models import JobRow


async def spoken(waiter: Waiter) -> AsyncGenerator[bytes, None]:
    """Deltas, then the whole text. Raises Problem of a job that failed; Stopping; DependencyDown."""
    context, principal, job = waiter.context, waiter.principal, waiter.row.id
    feed = _Feed(waiter)
    with context.hub.job(job, principal.tenant) as listener:
        row = await context.job(principal, str(job))
        while not JobStatus(row.status).terminal:
            if delta := await feed.more(row):
                yield _sent(TextDelta(delta=delta))
            if context.hub.closed:
                raise waiter.stopping()
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await listener.next()
            except TimeoutError:
                yield KEEPALIVE_COMMENT
            else:
                row = await context.job(principal, str(job))
    text, rest = await feed.all(ended_well(row))
    if rest:
        yield _sent(TextDelta(delta=rest))
    yield _sent(TextDone(text=text))


class _Feed:
    """How far a client is with the text."""

    def __init__(self, waiter: Waiter) -> None:
        self._records = waiter.context.records
        self._pieces = 0
        self._text = ""

    async def more(self, row: JobRow) -> str:
        """What there is behind what was sent, as far as no piece is missing."""
        heard = await self._records.heard(row, self._pieces)
        self._pieces = heard.pieces
        language = text_language(row)
        text = joined([self._text, *heard.texts], language)
        return self._behind(text)

    async def all(self, row: JobRow) -> tuple[str, str]:
        """The whole text, and what of it was not sent."""
        text = text_of(row, await self._records.words(row, stages_of(row)["transcription"].run))
        return text, self._behind(text)

    def _behind(self, text: str) -> str:
        if not text.startswith(self._text):  # said at once in two pieces: the whole text has it in order
            return ""
        rest, self._text = text.removeprefix(self._text), text
        return rest


class Spoken(EventStream):
    """Sends what is `spoken`. A client that leaves before its end gives its job up."""

    def __init__(
        self, waiter: Waiter, first: bytes, pieces: AsyncGenerator[bytes, None], headers: dict[str, str]
    ) -> None:
        super().__init__(first, pieces, headers)
        self._waiter = waiter
        self._ended = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            if not self._ended:
                await self._waiter.give_up()

    async def _all(self, first: bytes) -> AsyncIterator[bytes]:
        """What goes wrong on the way is the last event."""
        try:
            async for piece in super()._all(first):
                yield piece
        except Problem as problem:
            yield _error(problem)
        except (DependencyDown, Fail) as error:
            yield _error(problem_of(error, self._waiter.context.settings.retry_after_seconds))
        else:
            self._ended = True


def _sent(shape: BaseModel) -> bytes:
    """OpenAI's events have no name but the `type` in their data."""
    return format_sse_event(data_str=shape.model_dump_json())


def _error(problem: Problem) -> bytes:
    return format_sse_event(event="error", data_str=body(problem).model_dump_json())

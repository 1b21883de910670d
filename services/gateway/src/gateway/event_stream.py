"""The one way to answer with server-sent events."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping

import structlog
from fastapi.sse import EventSourceResponse
from starlette.types import Message, Receive, Scope, Send

READ_SECONDS = 30.0
"""A client that takes nothing for so long is cut off."""
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""A proxy that collects answers before it passes them on would hold events back."""

log = structlog.get_logger(__name__)


class NotReadingError(Exception):
    """The client takes nothing."""


class EventStream(EventSourceResponse):
    """Given up when a client does not read; whoever produces it is closed in any case."""

    def __init__(
        self, first: bytes, pieces: AsyncGenerator[bytes, None], headers: Mapping[str, str] | None = None
    ) -> None:
        self._pieces = pieces
        super().__init__(self._all(first), headers={**HEADERS, **(headers or {})})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def in_time(message: Message) -> None:
            try:
                async with asyncio.timeout(READ_SECONDS):
                    await send(message)
            except TimeoutError:
                raise NotReadingError from None  # Starlette takes a TimeoutError for a disconnect

        try:
            await super().__call__(scope, receive, in_time)
        except NotReadingError:
            log.warning("a client that does not read its events was cut off")
        finally:
            await self._pieces.aclose()

    async def _all(self, first: bytes) -> AsyncIterator[bytes]:
        """The first piece was waited for: what goes wrong before it is an answer of its own."""
        yield first
        async for piece in self._pieces:
            yield piece

"""Reading on for a moment when a request is refused half-way.

A server that closes a connection with unread data makes the kernel reset it, and the client sees that
reset instead of the answer. What is still under way of a small upload is read and dropped first.
"""

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 8 * 2**20
MOST_SECONDS = 2.0
FIRST_ERROR = 400


class Drain:
    """Before an error is answered, take in the rest of its request, within bounds."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A client that waits for `100 Continue` sends nothing before it sees the answer.
        if scope["type"] != "http" or "expect" in Headers(scope=scope):
            await self._app(scope, receive, send)
            return
        more = True

        async def take() -> Message:
            nonlocal more
            message = await receive()
            more = message["type"] == "http.request" and message.get("more_body", False)
            return message

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= FIRST_ERROR:
                left = MOST_BYTES
                with suppress(TimeoutError):
                    async with asyncio.timeout(MOST_SECONDS):
                        while more and left > 0:
                            left -= len((await take()).get("body", b""))
            await send(message)

        await self._app(scope, take, answer)

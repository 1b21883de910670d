"""Work for a client whose body was read: without the client, it is not gone on with."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import Request

from gateway.problems import Problem
from scribeline.contracts.codes import Code

T = TypeVar("T")
LEFT = "scribeline.left"
"""In the scope of a request whose connection was lost. `receive` tells of it, too, but reads the body."""


def has_left(request: Request) -> bool:
    """As far as `connections.Connection` knows."""
    return LEFT in request.scope


async def or_left(request: Request, work: Coroutine[Any, Any, T], code: Code = Code.UPLOAD_INCOMPLETE) -> T:
    """What comes of it. Raises what it raises, or Problem(code) when the client leaves first; then the work
    was cancelled, and has ended."""
    working, leaving = asyncio.create_task(work), asyncio.create_task(_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise Problem(code, "The client left.")
    finally:
        await _end(working, leaving)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _end(*tasks: "asyncio.Task[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

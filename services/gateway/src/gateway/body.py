"""The body of an upload as it arrives: bounded in size, and never waited for too long."""

import asyncio
import time
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from gateway.pace import Pace
from gateway.problems import Problem
from scribeline.contracts.codes import Code


def announced(request: Request) -> int | None:
    """The Content-Length, when there is one."""
    value = request.headers.get("content-length", "")
    return int(value) if value.isascii() and value.isdecimal() else None


def too_large(most: int) -> Problem:
    return Problem(Code.UPLOAD_TOO_LARGE, f"At most {most} bytes are accepted.")


async def chunks(request: Request, most: int, pace: Pace) -> AsyncIterator[bytes]:
    """The body's chunks, none of them empty.

    Raises Problem: UPLOAD_TOO_LARGE (at once, when the length is announced), UPLOAD_INCOMPLETE when the
    client goes away, falls silent, is too slow or sends less than it announced.
    """
    length = announced(request)
    if length is not None and length > most:
        raise too_large(most)
    idle_seconds, received = pace.grace, 0
    stream = request.stream()
    try:
        while True:
            asked = time.monotonic()
            async with asyncio.timeout(idle_seconds):
                chunk = await anext(stream, None)
            if chunk is None:
                break
            pace.came(len(chunk), time.monotonic() - asked)
            if pace.too_slow:
                raise Problem(Code.UPLOAD_INCOMPLETE, f"It came slower than {pace.least:g} bytes a second.")
            received += len(chunk)
            if received > most:
                raise too_large(most)
            if chunk:
                yield chunk
    except ClientDisconnect:
        raise Problem(Code.UPLOAD_INCOMPLETE, f"The client left after {received} bytes.") from None
    except TimeoutError:
        raise Problem(Code.UPLOAD_INCOMPLETE, f"Nothing came for {idle_seconds:g} s.") from None
    if length is not None and received < length:
        raise Problem(Code.UPLOAD_INCOMPLETE, f"Only {received} of {length} bytes came.")

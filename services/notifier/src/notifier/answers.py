"""What is made of a receiver's answer: a stranger's, bounded in bytes and time, and shown as plain text."""

import asyncio
import codecs
import unicodedata
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from httpcore2 import NetworkError, ProtocolError, Response, TimeoutException

KEPT = 1024
"""Bytes of its body that the log of deliveries keeps."""
READ = 64 * 1024
"""Bytes that are read of it, head and all: more than is kept, so that a receiver can end what it sends."""
READ_SECONDS = 2.0
"""For so long a body is read, for the same reason."""
LONGEST_WAIT = 24 * 3600.0
"""Seconds: more than this of `Retry-After` is no wish that anybody has."""
LONGEST_DATE = 64
"""Characters; `Wed, 21 Oct 2026 07:28:00 GMT` has 29."""

BROKEN = (NetworkError, ProtocolError, TimeoutException, OSError)
"""What a connection raises whose other side goes away, or sends what is no HTTP."""


def failure(status: int) -> str | None:
    """Why it is no success; None where it is one."""
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return f"It answered with the status {status}: redirects are not followed."
    return f"It answered with the status {status}."


async def beginning(response: Response, seconds: float) -> str:
    """Of its body. What comes later, never, or breaks off, changes nothing: the head has said it all."""
    kept = bytearray()
    with suppress(TimeoutError, *BROKEN):
        async with asyncio.timeout(min(seconds, READ_SECONDS)), aclosing(response.aiter_stream()) as parts:
            async for part in parts:
                kept += part[: KEPT - len(kept)]
    return printable(bytes(kept))


def printable(data: bytes) -> str:
    """As text that does nothing to a terminal, a log or a database. A character that is cut off is left out;
    what is compressed or of another encoding is not made out."""
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(data)
    return "".join(each if _shown(each) else "\N{REPLACEMENT CHARACTER}" for each in text)


def _shown(character: str) -> bool:
    """Neither a control character nor one that turns the direction of what stands beside it."""
    return character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def retry_after(response: Response, now: datetime) -> float | None:
    """Seconds that it asks to be left alone for, by a number or a date (RFC 9110, 10.2.3)."""
    given = next((value for name, value in response.headers if name.lower() == b"retry-after"), b"")
    text = given.decode("latin-1").strip()
    seconds = float(text) if text.isdecimal() else _until(text, now)
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_WAIT)


def _until(date: str, now: datetime) -> float | None:
    if len(date) > LONGEST_DATE:
        return None
    try:
        at = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()

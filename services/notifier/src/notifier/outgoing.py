"""What is handed to the sender, and what it brings back."""

from asyncio import Future
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Outgoing:
    """One try of one delivery."""

    id: str
    """The event's: the header `webhook-id`, equal across all tries and replays."""
    url: str
    body: bytes
    secrets: tuple[str, ...]
    """As `scribeline.signing` writes them, newest first: each of them signs."""
    type: str
    """Of the event."""
    traceparent: str | None = None
    """W3C Trace Context, for the receiver: the event's, or of the span of this try."""


@dataclass(frozen=True)
class Answer:
    """How a try ended."""

    status: int | None
    """Of HTTP; None where there was no answer."""
    error: str | None
    """Why it counts as a failure, in a short sentence; None: it arrived."""
    body: str
    """The beginning of what was answered, as printable text."""
    seconds: float
    retry_after: float | None
    """Seconds that the receiver asked to be left alone for."""
    lookup: Future[Any] | None = field(default=None, compare=False)
    """Of the host's name, where it goes on: nothing can stop it, and it keeps the try's place."""

    @property
    def ok(self) -> bool:
        return self.error is None


Send = Callable[[Outgoing], Awaitable[Answer]]
"""Raises nothing but CancelledError."""

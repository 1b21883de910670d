"""What was found in transcripts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from scribeline.contracts.api.view import View


class SearchMatch(View):
    segment: int
    """Its `id` in the transcript."""
    start: float
    """Seconds on the transcript's clock."""
    end: float
    speaker: str | None
    text: str
    highlight: str
    """The text as HTML, with `<mark>` around what was looked for. It has no other tags, whatever was said."""


class SearchHit(View):
    """A job with what was said in it."""

    job: UUID
    run: int
    """Whose transcript it is: the newest that is complete."""
    filename: str | None
    created_at: datetime
    duration: float | None
    """Of the transcript, with what comes before the recording."""
    language: str | None
    tags: list[str]
    metadata: dict[str, Any]
    owner: str | None
    matches: list[SearchMatch]
    """In the order of the recording."""
    more: bool
    """There are further ones: ask for more `matches`."""


class SearchResult(View):
    hits: list[SearchHit]
    next: str | None
    """Give it as `cursor` to read on; null at the end."""
    complete: bool
    """False when these words are said so often that perhaps only the newest places were looked at."""
    hint: str | None = None
    """Why nothing can be found."""

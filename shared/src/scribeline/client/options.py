"""What may be asked of a recording, by the names of `POST /v1/jobs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, TypedDict
from uuid import UUID


class Options(TypedDict, total=False):
    """All may be left out; None counts as left out."""

    language: str | None
    """Spoken, by Whisper's code: `en`, `yue`."""
    languages: Sequence[str] | None
    """Those that may be detected."""
    model: str | None
    prompt: str | None
    """Names and style, for the first 30 s."""
    hotwords: str | None
    """Words to listen for, in the whole recording."""
    temperature: float | None
    beam_size: int | None
    task: Literal["transcribe", "translate"] | None
    word_timestamps: bool | None
    replacements: Mapping[str, str] | Sequence[Mapping[str, str]] | None
    """Spellings: `{"find": "replace"}`."""
    channels: Literal["mix", "split"] | None
    start: float | str | None
    """Seconds, or `[HH:]MM:SS[.mmm]`."""
    end: float | str | None
    recorded_at: datetime | str | None
    analyze: bool | None
    analysis_prompt: str | None
    analysis_schema: Mapping[str, Any] | None
    analysis_template: str | None
    continues: UUID | str | None
    """The job whose recording this one goes on from."""
    transcript: str | Sequence[Mapping[str, Any]] | None
    """What was said before, in its place: a text, or segments `{"text": .., "start": .., "end": ..,
    "speaker": ..}`."""
    delete_after: timedelta | str | None
    """How long it is kept after its end; as text an ISO 8601 duration."""
    webhook_url: str | None
    """Where its events are sent, signed with the tenant's callback secret."""
    webhook_events: Sequence[str] | None
    """Which of them; by default those that end it."""
    metadata: Mapping[str, Any] | None
    tags: Sequence[str] | None


class Filters(TypedDict, total=False):
    """Which jobs: those that have everything that is named."""

    status: Sequence[str] | str | None
    """In one of these states."""
    tag: Sequence[str] | str | None
    """With every one of these tags."""
    owner: str | None
    created_after: datetime | None
    created_before: datetime | None
    metadata: Mapping[str, Any] | None
    """That the job's own hold."""


class Captions(TypedDict, total=False):
    """Limits of captions (`srt`, `vtt`)."""

    max_chars_per_line: int | None
    """Columns of a line; 42 reads well."""
    max_lines: int | None
    """Of one caption; needs `max_chars_per_line`."""
    max_seconds: float | None
    """How long one stays."""
    words: bool | None
    """In `vtt`, the time of each word, of a job with `word_timestamps`."""

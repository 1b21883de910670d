"""What a client may ask of a job, out of form fields or query options."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from gateway.options import given
from gateway.options.languages import known_language
from gateway.options.moments import moment_of, seconds_of
from gateway.options.spellings import replacements_of
from gateway.strict_json import clean_text
from gateway.webhooks.types import MOST_TYPES, JobEventType
from scribeline.contracts.transcription import Channels, GivenSegment, Replacement, Task, TranscriptionOptions
from scribeline.outbound.rules import LONGEST as LONGEST_ADDRESS

LONGEST_KEPT = timedelta(days=36_500)
TAGS = 20
WHISPER_1 = "whisper-1"
"""OpenAI's name for its Whisper, which its clients give: here it is the server's default model."""
TEMPLATE_NAME = r"^[a-z0-9-]{1,64}$"

Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class JobOptions(BaseModel):
    """The fields beside the recording; all may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

    language: str | None = Field(default=None, examples=["en"])
    """Language spoken, as Whisper's code (`en`, `de`, `yue`); detected when left out."""
    languages: tuple[str, ...] = Field(default=(), max_length=100, examples=[["en", "de"]])
    """The languages that may be detected, where `language` names none, as repeated fields or separated by
    commas; any, when left out."""
    model: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._-]{1,64}$", examples=["base"])
    """Transcription model; the server's default when left out or `whisper-1`. `GET /v1/models` lists them."""
    prompt: str | None = Field(default=None, max_length=2000)
    """Names and words to expect, or the style to write in; it serves the first 30 s."""
    hotwords: str | None = Field(default=None, max_length=1000, examples=["Scribeline, Kubernetes"])
    """Words to listen for, in the whole recording."""
    temperature: float | None = Field(default=None, ge=0, le=1, examples=[0])
    """Of the decoder. When left out it begins at 0, and rises where the text loops or is improbable."""
    beam_size: int | None = Field(default=None, ge=1, le=10, examples=[5])
    """How many readings of the speech the decoder keeps: more is slower, and sometimes better."""
    task: Task = Task.TRANSCRIBE
    """`transcribe`, or `translate` into English."""
    word_timestamps: bool = False
    """Give the time of every word."""
    replacements: tuple[Replacement, ...] = Field(default=(), examples=['{"skribe line": "Scribeline"}'])
    """Spellings: a JSON object `{"find": "replace"}`, or a list of `{"find": .., "replace": ..}`. Whole words
    are replaced, in any case; up to 100 pairs of up to 100 characters."""
    channels: Channels = Channels.MIX
    """`mix` hears all channels as one; `split` hears each by itself, and names it as the speaker."""
    start: float | None = Field(default=None, examples=["1:30"])
    """Where in the file to begin: seconds, or `[HH:]MM:SS[.mmm]`. Times stay on the file's own clock."""
    end: float | None = Field(default=None, examples=["3600"])
    """Where in the file to end, as `start`."""
    diarization: bool = False
    """Reserved: speakers cannot be told apart by their voice yet, so that only `false` is accepted."""
    recorded_at: datetime | None = Field(default=None, examples=["2026-11-21T14:30:00+01:00"])
    """When it was recorded, in ISO 8601; UTC where it has no offset. It gives "tomorrow" its date."""
    analyze: bool = True
    """Also make a report of what was said."""
    analysis_prompt: str | None = Field(
        default=None, max_length=4000, examples=["Which risks did they name, and who takes care of them?"]
    )
    """Your own question, asked instead of the report."""
    analysis_schema: dict[str, Any] | None = Field(
        default=None,
        examples=[
            '{"type": "object", "properties": {"risks": {"type": "array", "items": {"type": "string"}}}}'
        ],
    )
    """What the answer shall look like: a JSON Schema (a part of 2020-12) of up to 8 KiB; strings and lists in
    it get bounds. An object with a string property `quote` stays only if that was said."""
    analysis_template: str | None = Field(default=None, pattern=TEMPLATE_NAME, examples=["meeting"])
    """A question and schema by name (`GET /v1/templates`), in place of `analysis_prompt` and
    `analysis_schema`."""
    continues: UUID | None = None
    """The job whose recording this one goes on from: the transcript is both on one clock, and the analysis is
    of the whole. It may be under way; it waits for that one's transcript."""
    transcript: tuple[GivenSegment, ...] = Field(
        default=(), examples=['[{"text": "Good morning.", "start": 0, "end": 1.5, "speaker": "Ann"}]']
    )
    """What was said before this recording, in place of `continues`: a JSON list of segments `{"text": ..}`,
    with `start` and `end` in seconds for all of them or for none, and `speaker`; or a plain text, of which
    each line is a segment. Up to 5000 segments, in 256 KiB."""
    delete_after: timedelta | None = Field(default=None, ge=timedelta(0), le=LONGEST_KEPT, examples=["P30D"])
    """Delete the job with all that is stored of it so long after it has ended: an ISO 8601 duration. Left
    out, it is kept as long as your tenant's jobs are."""
    webhook_url: str | None = Field(
        default=None, max_length=LONGEST_ADDRESS, examples=["https://hooks.example.com/jobs?ticket=7"]
    )
    """Where this job's events are sent, in each of its runs; with `https://`. They are signed with your
    tenant's callback secret (`GET /v1/callback-secret`)."""
    webhook_events: tuple[JobEventType, ...] = Field(
        default=("job.completed", "job.failed", "job.cancelled"),
        max_length=MOST_TYPES,
        examples=[["job.completed", "job.failed"]],
    )
    """Which of its events are sent to `webhook_url`, as repeated fields or separated by commas."""
    metadata: dict[str, Any] = Field(default_factory=dict, examples=['{"ticket": 7}'])
    """A JSON object of up to 8 KiB, echoed in every answer and event."""
    tags: tuple[Tag, ...] = Field(default=(), max_length=TAGS, examples=[["weekly"]])
    """Up to 20 tags, as repeated fields or separated by commas."""

    @field_validator("language")
    @classmethod
    def _known(cls, code: str | None) -> str | None:
        return known_language(code) if code else None

    @field_validator("languages")
    @classmethod
    def _all_known(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(known_language, codes)))

    @field_validator("model")
    @classmethod
    def _by_its_own_name(cls, model: str | None) -> str | None:
        return None if model == WHISPER_1 else model

    @field_validator("prompt", "hotwords", "analysis_prompt")
    @classmethod
    def _storable(cls, text: str | None) -> str | None:
        return clean_text(text).strip() or None if text else None

    @field_validator("replacements", mode="before")
    @classmethod
    def _pairs(cls, text: Any) -> Any:
        return replacements_of(text) if isinstance(text, str) else text

    @field_validator("transcript", mode="before")
    @classmethod
    def _given(cls, text: Any) -> Any:
        return given.given_of(text) if isinstance(text, str) else text

    @field_validator("start", "end", mode="before")
    @classmethod
    def _seconds(cls, text: Any) -> Any:
        return seconds_of(text) if isinstance(text, str) else text

    @field_validator("recorded_at", mode="before")
    @classmethod
    def _moment(cls, text: Any) -> Any:
        return moment_of(text, datetime.now(UTC)) if isinstance(text, str) else text

    @field_validator("webhook_events")
    @classmethod
    def _each_once(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(types))

    @field_validator("tags")
    @classmethod
    def _distinct(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        if not all(tag.isprintable() for tag in tags):
            raise ValueError("a tag may hold printable characters only")
        return tuple(dict.fromkeys(tags))

    @property
    def keep_seconds(self) -> int | None:
        return None if self.delete_after is None else round(self.delete_after.total_seconds())

    @property
    def transcription(self) -> TranscriptionOptions:
        return TranscriptionOptions.model_validate(
            self.model_dump(include=set(TranscriptionOptions.model_fields), exclude_none=True)
        )


NAMES = frozenset(JobOptions.model_fields)


def most_bytes(name: str, usual: int) -> int:
    """Of a field's value."""
    return max(usual, given.MOST_BYTES) if name == "transcript" else usual

"""What a client may ask of a job, out of form fields or query options."""

import json
import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from gateway.languages import CODES
from gateway.problems import invalid, of_validation
from gateway.settings import GatewaySettings
from scribeline.contracts.codes import Code
from scribeline.contracts.transcription import Task, TranscriptionOptions

DEEPEST = 32
"""Levels of nesting in `metadata`: far below what any JSON reader on the way refuses."""
LARGEST_INT = 2**53
"""Integers above are not exact in many JSON readers (RFC 8259, section 6)."""
TAGS = 20

Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class JobOptions(BaseModel):
    """The fields beside the recording; all may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    language: str | None = None
    """Language spoken, as Whisper's code (`en`, `de`, `yue`); detected when left out."""
    model: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._-]{1,64}$")
    """Transcription model; the server's default when left out."""
    prompt: str | None = Field(default=None, max_length=2000)
    """Names and words to expect, or the style to write in."""
    task: Task = Task.TRANSCRIBE
    """`transcribe`, or `translate` into English."""
    word_timestamps: bool = False
    """Give the time of every word."""
    analyze: bool = True
    """Also make a report of what was said."""
    metadata: dict[str, Any] = Field(default_factory=dict)
    """A JSON object of up to 8 KiB, echoed in every answer and event."""
    tags: tuple[Tag, ...] = Field(default=(), max_length=TAGS)
    """Up to 20 tags, as repeated fields or separated by commas."""

    @field_validator("language")
    @classmethod
    def _known(cls, code: str | None) -> str | None:
        if code is not None and code.lower() not in CODES:
            raise ValueError("is not a language code that Whisper knows, like en, de or yue")
        return code.lower() if code else None

    @field_validator("prompt")
    @classmethod
    def _storable(cls, text: str | None) -> str | None:
        return None if text is None else clean_text(text)

    @field_validator("tags")
    @classmethod
    def _distinct(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        if not all(tag.isprintable() for tag in tags):
            raise ValueError("a tag may hold printable characters only")
        return tuple(dict.fromkeys(tags))

    @property
    def transcription(self) -> TranscriptionOptions:
        return TranscriptionOptions(
            language=self.language,
            model=self.model,
            task=self.task,
            prompt=self.prompt,
            word_timestamps=self.word_timestamps,
        )


NAMES = frozenset(JobOptions.model_fields)


def parse_options(given: Iterable[tuple[str, str]], settings: GatewaySettings) -> JobOptions:
    """Validate name-value pairs; an empty value counts as left out. Raises Problem naming what is wrong."""
    values: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in given:
        if value:
            values[name].append(value)
    raw: dict[str, Any] = {}
    for name, several in values.items():
        if name == "tags":
            raw[name] = [tag for value in several for tag in value.split(",") if tag.strip()]
        elif len(several) > 1 and name in NAMES:
            raise invalid(name, "is given more than once")
        else:
            raw[name] = several[0]
    if "metadata" in raw:
        raw["metadata"] = parse_metadata(raw["metadata"], settings.metadata_max_bytes)
    try:
        options = JobOptions.model_validate(raw)
    except ValidationError as error:
        raise of_validation(error.errors()) from None
    _check_model(options, settings)
    return options


def _check_model(options: JobOptions, settings: GatewaySettings) -> None:
    model = options.model or settings.default_model
    if model not in settings.models:
        offered = ", ".join(sorted(settings.models))
        raise invalid("model", f"is not offered; choose of {offered}", Code.MODEL_NOT_ALLOWED)
    if model.endswith(".en") and options.language not in (None, "en"):
        raise invalid("language", f"the model {model} knows English only", Code.LANGUAGE_UNSUPPORTED)


def parse_metadata(text: str, most: int) -> dict[str, Any]:
    """A JSON object that JSON readers and PostgreSQL all take. Raises Problem."""
    if len(text.encode()) > most:
        raise invalid("metadata", f"is longer than {most} bytes")
    try:
        value = json.loads(text, parse_constant=_no_constant)
        if not isinstance(value, dict):
            raise invalid("metadata", "is not a JSON object")
        _check_json(value, DEEPEST)
    except (ValueError, RecursionError) as error:
        why = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise invalid("metadata", f"is not usable JSON: {why}"[:300]) from None
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _check_json(value: object, depth: int) -> None:
    if depth < 0:
        raise ValueError(f"nested deeper than {DEEPEST} levels")
    match value:
        case str():
            clean_text(value)
        case bool() | None:
            pass
        case float() if not math.isfinite(value):
            raise ValueError("a number is too large")
        case int() if abs(value) > LARGEST_INT:
            raise ValueError("an integer is too large")
        case list():
            for item in value:
                _check_json(item, depth - 1)
        case dict():
            for name, item in value.items():
                clean_text(name)
                _check_json(item, depth - 1)


def clean_text(text: str) -> str:
    """The text. Raises ValueError for what PostgreSQL refuses: NUL and lone surrogates."""
    if "\0" in text:
        raise ValueError("holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("holds half a surrogate pair") from None
    return text

"""What a request in OpenAI's shape asks for, and the options of the job that it comes to."""

from collections.abc import Container, Iterable
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from gateway.options.fields import parse_options, values_of
from gateway.options.model import WHISPER_1, JobOptions
from gateway.options.rules import check_offered
from gateway.problems import invalid, of_validation
from gateway.settings import GatewaySettings
from scribeline.contracts.codes import Code
from scribeline.contracts.transcription import Task

FILE = "file"
LISTS = frozenset({"timestamp_granularities", "include", "keywords", "languages"})
"""Sent as repeated fields, by OpenAI's clients with `[]` behind the name."""
OURS = ("language", "languages", "prompt")
"""Go by the same name as the job's options."""
IGNORED = frozenset(
    f"chunking_strategy{part}"
    for part in ("", "[type]", "[threshold]", "[prefix_padding_ms]", "[silence_duration_ms]")
) | {"without_timestamps"}
"""How long recordings are cut is ours to decide, and the words are the same. The last is of speaches:
here times cost nothing."""
REFUSED = {
    "include": "cannot be given: of log probabilities there is avg_logprob, of each segment of verbose_json",
    "known_speaker_names": "cannot be obeyed: speakers cannot be told apart by voice yet",
    "known_speaker_references": "cannot be obeyed: speakers cannot be told apart by voice yet",
}
LONGEST_KEYWORDS = 1000


class ResponseFormat(StrEnum):
    JSON = "json"
    TEXT = "text"
    SRT = "srt"
    VERBOSE_JSON = "verbose_json"
    VTT = "vtt"


class Granularity(StrEnum):
    SEGMENT = "segment"
    WORD = "word"


def _with_file(schema: dict[str, Any]) -> None:
    """For OpenAPI: the file is streamed, and never a field of the model."""
    file = {"type": "string", "format": "binary", "description": "The recording, exactly once."}
    schema["properties"] = {FILE: file, **schema["properties"]}
    schema["required"] = [FILE, *schema["required"]]


class TranslationRequest(BaseModel):
    """The fields of a translation into English."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
        json_schema_extra=_with_file,
    )

    model: str = Field(min_length=1, examples=[WHISPER_1])
    """`whisper-1`, the server's default model, or one of `GET /v1/models`."""
    prompt: str | None = Field(default=None, max_length=2000)
    """Names and words to expect, or the style to write in; it serves the first 30 s."""
    response_format: ResponseFormat = ResponseFormat.JSON
    temperature: float | None = Field(default=None, ge=0, le=1)
    """Of the decoder. 0, as when it is left out, rises where the text loops or is improbable."""


class TranscriptionRequest(TranslationRequest):
    """The fields of a transcription."""

    language: str | None = Field(default=None, examples=["en"])
    """Language spoken, as Whisper's code; detected when left out."""
    languages: tuple[str, ...] = Field(default=(), max_length=100)
    """Those that may be detected, where `language` names none."""
    keywords: tuple[str, ...] = Field(default=(), max_length=100)
    """Words to listen for, in the whole recording; up to 1000 characters together."""
    hotwords: str | None = Field(default=None, max_length=LONGEST_KEYWORDS)
    """As speaches calls `keywords`."""
    timestamp_granularities: tuple[Granularity, ...] = (Granularity.SEGMENT,)
    """Of `verbose_json`: the times of segments, of words, or of both."""
    stream: bool = False
    """Send the text as it comes, as server-sent events."""

    @field_validator("keywords")
    @classmethod
    def _short(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        if len(", ".join(words)) > LONGEST_KEYWORDS:
            raise ValueError(f"are more than {LONGEST_KEYWORDS} characters together")
        return words


KINDS: dict[Task, type[TranslationRequest]] = {
    Task.TRANSCRIBE: TranscriptionRequest,
    Task.TRANSLATE: TranslationRequest,
}


def names_of(task: Task) -> frozenset[str]:
    """The fields that a form may hold beside the file: also those that are refused with a reason."""
    names = frozenset(KINDS[task].model_fields)
    if task is Task.TRANSCRIBE:
        names |= IGNORED | REFUSED.keys()
    return names | {f"{name}[]" for name in names & (LISTS | REFUSED.keys())}


REPEATED = frozenset(f"{name}{end}" for name in LISTS | REFUSED.keys() for end in ("", "[]"))
"""May come more than once; what is refused is refused for its own reason."""


def parse(
    given: Iterable[tuple[str, str]], task: Task, settings: GatewaySettings, *, complete: bool
) -> tuple[TranslationRequest, JobOptions]:
    """Raises Problem naming what is wrong. Where more is to come (not `complete`), only what that cannot
    mend is refused."""
    raw = _read(given, names_of(task))
    if not complete:
        raw.setdefault("model", WHISPER_1)
    try:
        asked = KINDS[task].model_validate(raw)
    except ValidationError as error:
        raise of_validation(error.errors()) from None
    if asked.model != WHISPER_1:
        check_offered(asked.model, settings)
    if complete:
        _check_together(raw, asked)
    options = [*_options(raw, asked), ("task", task.value), ("analyze", "false")]
    return asked, parse_options(options, settings, complete=complete)


def _read(given: Iterable[tuple[str, str]], names: Container[str]) -> dict[str, Any]:
    plain = [(name.removesuffix("[]"), value) for name, value in given if name not in IGNORED]
    for name, value in plain:
        if name in REFUSED and value:
            code = Code.INVALID_PARAMETER if name == "include" else Code.DIARIZATION_UNSUPPORTED
            raise invalid(name, REFUSED[name], code)
    return values_of(plain, LISTS, names)


def _check_together(raw: dict[str, Any], asked: TranslationRequest) -> None:
    if not isinstance(asked, TranscriptionRequest):
        return
    if "timestamp_granularities" in raw and asked.response_format is not ResponseFormat.VERBOSE_JSON:
        raise invalid("timestamp_granularities", "needs response_format=verbose_json")
    if asked.stream and asked.response_format not in (ResponseFormat.JSON, ResponseFormat.TEXT):
        raise invalid("response_format", f"is {asked.response_format}, and stream=true gives text only")


def _options(raw: dict[str, Any], asked: TranslationRequest) -> Iterable[tuple[str, str]]:
    """The job's options by their own names."""
    yield "model", asked.model
    if asked.temperature:  # their 0 is our default: it rises where it has to
        yield "temperature", str(asked.temperature)
    for name in OURS:
        value = raw.get(name, "")
        yield name, ",".join(value) if isinstance(value, list) else value
    if isinstance(asked, TranscriptionRequest):
        yield "hotwords", ", ".join(filter(None, (*asked.keywords, asked.hotwords)))
        yield "word_timestamps", str(Granularity.WORD in asked.timestamp_granularities).lower()

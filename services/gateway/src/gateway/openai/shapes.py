"""A transcript in OpenAI's shapes."""

from typing import Literal
from zlib import compress

from pydantic import BaseModel, ConfigDict

from gateway.openai.fields import Granularity, ResponseFormat, TranscriptionRequest, TranslationRequest
from gateway.openai.languages import english_name
from gateway.records import Words
from gateway.renderings import srt, vtt
from gateway.transcripts import lines_of
from scribeline.contracts.text import joined
from scribeline.contracts.transcription import Task, TranscriptionOptions, Word
from scribeline.storage.jobs import text_language
from scribeline.storage.models import JobRow, SegmentRow

FRAMES = 100
"""Whisper's frames in a second."""


class Shape(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class Usage(Shape):
    type: Literal["duration"] = "duration"
    seconds: float
    """Of audio."""


class TranscriptionText(Shape):
    text: str
    usage: Usage


class VerboseSegment(Shape):
    id: int
    seek: int
    """The segment's start, in frames of 10 ms."""
    start: float
    end: float
    text: str
    tokens: list[int] = []
    """Always empty: tokens are not kept."""
    temperature: float
    """That was asked for: where the decoder raised it is not kept."""
    avg_logprob: float
    compression_ratio: float
    """Of the segment's own text."""
    no_speech_prob: float


class VerboseWord(Shape):
    word: str
    start: float
    end: float


class TranscriptionVerbose(Shape):
    task: Task
    language: str
    """Its English name; `unknown` where nothing was said. Of a translation always `english`."""
    duration: float
    text: str
    segments: list[VerboseSegment] | None = None
    """When `timestamp_granularities` has `segment`, or is left out."""
    words: list[VerboseWord] | None = None
    """When it has `word`."""
    usage: Usage


class TextDelta(Shape):
    """More text, which goes behind what came before."""

    type: Literal["transcript.text.delta"] = "transcript.text.delta"
    delta: str


class TextDone(Shape):
    """All of it."""

    type: Literal["transcript.text.done"] = "transcript.text.done"
    text: str


def text_of(row: JobRow, words: Words) -> str:
    return joined((segment.text for segment in words.segments), text_language(row))


def written(asked: TranslationRequest, row: JobRow, words: Words) -> tuple[str, str]:
    """The transcript as asked for, and its media type."""
    match asked.response_format:
        case ResponseFormat.JSON:
            shape = TranscriptionText(text=text_of(row, words), usage=_usage(row))
            return shape.model_dump_json(), "application/json"
        case ResponseFormat.VERBOSE_JSON:
            return _verbose(asked, row, words).model_dump_json(exclude_none=True), "application/json"
        case ResponseFormat.SRT:
            text = srt(lines_of(words, timed=False))
        case ResponseFormat.VTT:
            text = vtt(lines_of(words, timed=False))
        case ResponseFormat.TEXT:
            text = text_of(row, words) + "\n"
    return text, "text/plain; charset=utf-8"


def _verbose(asked: TranslationRequest, row: JobRow, words: Words) -> TranscriptionVerbose:
    options = TranscriptionOptions.model_validate(row.options)
    wanted = (
        asked.timestamp_granularities if isinstance(asked, TranscriptionRequest) else (Granularity.SEGMENT,)
    )
    segments = [_segment(n, s, options.temperature or 0.0) for n, s in enumerate(words.segments)]
    return TranscriptionVerbose(
        task=options.task,
        language=english_name(text_language(row)),
        duration=row.duration or 0.0,
        text=text_of(row, words),
        segments=segments if Granularity.SEGMENT in wanted else None,
        words=_words(words) if Granularity.WORD in wanted else None,
        usage=_usage(row),
    )


def _segment(number: int, row: SegmentRow, temperature: float) -> VerboseSegment:
    return VerboseSegment(
        id=number,
        seek=round(row.start * FRAMES),
        start=row.start,
        end=row.end,
        text=row.text,
        temperature=temperature,
        avg_logprob=row.avg_logprob or 0.0,
        compression_ratio=_compression_ratio(row.text),
        no_speech_prob=row.no_speech_prob or 0.0,
    )


def _compression_ratio(text: str) -> float:
    """openai/whisper utils.py, compression_ratio: by how much zlib shortens it; loops are high."""
    data = text.encode()
    return len(data) / len(compress(data))


def _words(words: Words) -> list[VerboseWord]:
    spoken = (Word.model_validate(word) for segment in words.segments for word in segment.words or ())
    return [VerboseWord(word=word.text.strip(), start=word.start, end=word.end) for word in spoken]


def _usage(row: JobRow) -> Usage:
    return Usage(seconds=row.duration or 0.0)

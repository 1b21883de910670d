"""A transcript that a client brings along: what was said before its recording."""

import json
import re
from textwrap import wrap
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from gateway import strict_json
from gateway.options.moments import LONGEST
from gateway.sentences import sentence_of
from scribeline.contracts.transcription import GivenSegment

MOST_BYTES = 256 * 2**10
MOST = 5000
"""Segments."""
LONGEST_TEXT = 4000
"""Characters of a segment."""
LINE = 1000
"""Characters to which longer lines of a plain text are cut, between words: evidence points to a segment."""
SHAPE = 'must be a plain text, or a JSON list of segments {"text": ..}'
LIST = re.compile(r"\s*\[\s*[{\]]")
"""How a list of segments begins; a plain text may begin with a bracket, too: `[Ann] Good morning.`"""


class _Segment(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    text: str = Field(max_length=LONGEST_TEXT)
    start: float | None = Field(default=None, ge=0, le=LONGEST, strict=True)
    end: float | None = Field(default=None, ge=0, le=LONGEST, strict=True)
    speaker: str | None = Field(default=None, max_length=100)


_SEGMENTS = TypeAdapter(list[_Segment])


def given_of(text: str) -> tuple[GivenSegment, ...]:
    """The segments of a JSON list, or the lines of a plain text. Raises ValueError, naming what is wrong."""
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise ValueError(f"is longer than {MOST_BYTES} bytes")
    segments = _listed(text) if LIST.match(text) or _is_structured(text) else _lines(text)
    if len(segments) > MOST:
        raise ValueError(f"has more than {MOST} segments")
    return tuple(segments)


def _is_structured(text: str) -> bool:
    """A list or an object in JSON, whatever is in it: nobody said that."""
    if not text.lstrip("\ufeff \t\r\n").startswith(("[", "{")):
        return False
    try:
        json.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def _lines(text: str) -> list[GivenSegment]:
    lines = (" ".join(line.split()) for line in strict_json.clean_text(text).splitlines())
    return [GivenSegment(text=part) for line in lines for part in wrap(line, LINE, break_on_hyphens=False)]


def _listed(text: str) -> list[GivenSegment]:
    parsed = _parsed(text)
    if not isinstance(parsed, list) or not all(isinstance(item, dict) for item in parsed):
        raise ValueError(SHAPE)
    try:
        found = _SEGMENTS.validate_python(parsed)
    except ValidationError as error:
        first = error.errors()[0]
        place, *names = first["loc"] or ("",)
        where = ".".join(map(str, [f"segment {place}", *(str(name)[:100] for name in names)]))
        raise ValueError(f"{where}: {sentence_of(first)}") from None
    for number, (segment, before) in enumerate(zip(found, [None, *found], strict=False)):
        if wrong := _wrong(segment, before):
            raise ValueError(f"segment {number}: {wrong}")
    return [_clean(segment) for segment in found if segment.text.strip()]


def _parsed(text: str) -> Any:
    try:
        return strict_json.parse(text)
    except ValueError as error:
        raise ValueError(f"is not usable JSON: {error}"[:300]) from None


def _wrong(segment: _Segment, before: _Segment | None) -> str | None:
    """What of its times, or name, cannot be."""
    if not (segment.speaker or "").isprintable():
        return "its speaker may hold printable characters only"
    if (segment.start is None) != (segment.end is None):
        return "has one of start and end: give both or none"
    if before is not None and (before.start is None) != (segment.start is None):
        return "times are given for all segments, or for none"
    if segment.start is None or segment.end is None:
        return None
    if segment.end <= segment.start:
        return "its end must be after its start"
    if before is not None and before.start is not None and segment.start < before.start:
        return "starts before the one that it follows"
    return None


def _clean(segment: _Segment) -> GivenSegment:
    speaker = " ".join((segment.speaker or "").split()) or None
    return GivenSegment(text=segment.text.strip(), start=segment.start, end=segment.end, speaker=speaker)

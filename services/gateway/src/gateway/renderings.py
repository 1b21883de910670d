"""A transcript as text, captions or a table. Whatever was said, it cannot break the format."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field
from pysubs2 import SSAEvent, SSAFile
from pysubs2.formats.webvtt import WebVTTFormat

from gateway.captions.cues import Caption, Limits, captions_of, name_of
from gateway.captions.lines import NOTHING, Line, milliseconds, one_line

LATEST = 100 * 3_600_000 - 1
"""SubRip writes two digits of hours: what is later than 99:59:59.999 is shown then."""
BACKSLASH = NOTHING
"""Stands for a backslash on its way through pysubs2, which takes one for the beginning of an SSA command."""


ARROW = re.compile("-{2,}>")


class Format(StrEnum):
    JSON = "json"
    TXT = "txt"
    SRT = "srt"
    VTT = "vtt"
    TSV = "tsv"


class CaptionOptions(BaseModel):
    """Left out, each segment is one caption with one line."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    max_chars_per_line: int | None = Field(default=None, ge=10, le=200)
    """Of captions (`srt`, `vtt`): columns of a line. A Chinese, Japanese or Korean character takes two."""
    max_lines: int | None = Field(default=None, ge=1, le=10)
    """Of captions: lines of one caption; needs `max_chars_per_line`. What does not fit begins another one."""
    max_seconds: float | None = Field(default=None, ge=0.5, le=60)
    """Of captions: how long one lasts at most."""
    words: bool = False
    """Of captions in `vtt`: give each word's time within them. Needs a job with `word_timestamps`."""

    @property
    def limits(self) -> Limits:
        return Limits(self.max_chars_per_line, self.max_lines, self.max_seconds)

    @property
    def timed(self) -> bool:
        """Whether the times of single words matter."""
        return self.words or not self.limits.none


PLAIN = CaptionOptions()


def txt(lines: Sequence[Line]) -> str:
    """One line for each segment, after its speaker's name."""
    return "".join(f"{_name(line)}{text}\n" for line in lines if (text := one_line(line.text)))


def tsv(lines: Sequence[Line]) -> str:
    """As openai-whisper's WriteTSV: start and end in milliseconds, and the text."""
    said = ((line, text) for line in lines if (text := one_line(line.text)))
    rows = (f"{milliseconds(line.start)}\t{milliseconds(line.end)}\t{text}\n" for line, text in said)
    return "start\tend\ttext\n" + "".join(rows)


def srt(lines: Sequence[Line], options: CaptionOptions = PLAIN, language: str | None = None) -> str:
    """SubRip has no escapes: an arrow is written shorter, as openai-whisper does, and a backslash as a slash,
    since players take `{\\` for a command. A caption begins with its speaker's name."""
    captions = captions_of(lines, options.limits, language=language, named=True)
    return _written(captions, "srt", _srt_text)


def vtt(lines: Sequence[Line], options: CaptionOptions = PLAIN, language: str | None = None) -> str:
    """W3C WebVTT; `&`, `<` and `>` are escaped: an arrow or a tag is only text. Speakers are voice tags."""
    captions = captions_of(lines, options.limits, language=language)
    return _written(captions, "vtt", lambda caption: _vtt_text(caption, timed=options.words))


@dataclass(frozen=True)
class Rendering:
    """How a format is written, and which options change it."""

    media_type: str
    write: Callable[[Sequence[Line], CaptionOptions, str | None], str]
    options: frozenset[str] = frozenset()


LIMITS = frozenset({"max_chars_per_line", "max_lines", "max_seconds"})
RENDERINGS: dict[Format, Rendering] = {
    Format.TXT: Rendering("text/plain; charset=utf-8", lambda lines, *_: txt(lines)),
    Format.SRT: Rendering("application/x-subrip; charset=utf-8", srt, LIMITS),
    Format.VTT: Rendering("text/vtt; charset=utf-8", vtt, LIMITS | {"words"}),
    Format.TSV: Rendering("text/tab-separated-values; charset=utf-8", lambda lines, *_: tsv(lines)),
}


def _name(line: Line) -> str:
    return name_of(line.speaker) if line.speaker else ""


def _srt_text(caption: Caption) -> list[str]:
    name = name_of(caption.speaker) if caption.speaker else ""
    first, *others = ("".join(run.text for run in row) for row in caption.rows)
    return [ARROW.sub("->", row).replace("\\", "/") for row in (name + first, *others)]


def _vtt_text(caption: Caption, *, timed: bool) -> list[str]:
    """A word's time must lie within the caption and after those before it (WebVTT, section 4.2.2, cue
    timestamps); others are left out."""
    rows = []
    latest = caption.start
    for row in caption.rows:
        written = ""
        for run in row:
            if timed and run.at is not None and latest < run.at < caption.end:
                written += f"<{WebVTTFormat.ms_to_timestamp(run.at)}>"
                latest = run.at
            written += _escaped(run.text)
        rows.append(written)
    voice = f"<v {_escaped(caption.speaker)}>" if caption.speaker else ""
    return [voice + rows[0], *rows[1:]]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _written(captions: Sequence[Caption], kind: str, rows_of: Callable[[Caption], list[str]]) -> str:
    file = SSAFile()
    for caption in captions:
        start = min(caption.start, LATEST - 1)
        rows = (row.replace("\\", BACKSLASH) for row in rows_of(caption))
        file.append(SSAEvent(start=start, end=min(caption.end, LATEST), text="\\N".join(rows)))
    return file.to_string(kind, keep_ssa_tags=True).replace(BACKSLASH, "\\")

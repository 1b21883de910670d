"""Captions as someone else's parser reads them."""

import html
import re
from dataclasses import dataclass
from io import StringIO

from webvtt import WebVTT

_TAG = re.compile("<[^>]*>")
_TIME = re.compile(r"<(\d+):(\d\d):(\d\d)\.(\d\d\d)>")
_NAME = re.compile(r"(channel \d): ")


@dataclass(frozen=True)
class Read:
    """A caption; times in milliseconds, `marks` are the times within its text."""

    start: int
    end: int
    speaker: str | None
    rows: list[str]
    marks: list[int]

    @property
    def text(self) -> str:
        return " ".join(self.rows)

    @property
    def milliseconds(self) -> int:
        return self.end - self.start


def read_vtt(text: str) -> list[Read]:
    """Strictly: what is malformed raises."""
    return [
        Read(
            caption.start_time.in_milliseconds(),
            caption.end_time.in_milliseconds(),
            html.unescape(caption.voice) if caption.voice else None,
            [html.unescape(_TAG.sub("", row)) for row in caption.lines],
            [_milliseconds(mark) for row in caption.lines for mark in _TIME.findall(row)],
        )
        for caption in WebVTT.from_string(text, strict=True).captions
    ]


def read_srt(text: str) -> list[Read]:
    if not text:
        return []  # the parser takes no file without captions
    return [
        Read(
            caption.start_time.in_milliseconds(),
            caption.end_time.in_milliseconds(),
            found[1] if (found := _NAME.match(caption.lines[0])) else None,
            [_NAME.sub("", caption.lines[0], count=1), *caption.lines[1:]],
            [],
        )
        for caption in WebVTT.from_buffer(StringIO(text), format="srt").captions
    ]


def _milliseconds(mark: tuple[str, ...]) -> int:
    hours, minutes, seconds, rest = map(int, mark)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest

"""A transcript as text, captions or a table. Whatever was said, it cannot break the format."""

from collections.abc import Callable, Sequence
from enum import StrEnum

from pysubs2 import SSAEvent, SSAFile

from scribeline.contracts.base import Frozen


class Format(StrEnum):
    JSON = "json"
    TXT = "txt"
    SRT = "srt"
    VTT = "vtt"
    TSV = "tsv"


class Line(Frozen):
    """A stretch of speech; times in seconds."""

    start: float
    end: float
    text: str


def one_line(text: str) -> str:
    """Line breaks and tabs structure all of these formats, so the text may hold neither."""
    return " ".join(text.replace("\0", "").split())


def milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def txt(lines: Sequence[Line]) -> str:
    """One line for each segment."""
    return "".join(f"{text}\n" for line in lines if (text := one_line(line.text)))


def tsv(lines: Sequence[Line]) -> str:
    """As openai-whisper's WriteTSV: start and end in milliseconds, and the text."""
    rows = (f"{milliseconds(s.start)}\t{milliseconds(s.end)}\t{one_line(s.text)}\n" for s in lines)
    return "start\tend\ttext\n" + "".join(rows)


def srt(lines: Sequence[Line]) -> str:
    """SubRip has no escapes: an arrow is written shorter, as openai-whisper does."""
    return _captions(lines, "srt", lambda text: text.replace("-->", "->"))


def vtt(lines: Sequence[Line]) -> str:
    """W3C WebVTT; `&`, `<` and `>` are escaped, so an arrow or a tag is only text."""
    return _captions(lines, "vtt", _escape_vtt)


def _escape_vtt(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _captions(lines: Sequence[Line], kind: str, escape: Callable[[str], str]) -> str:
    captions = SSAFile()
    for line in lines:
        # pysubs2 reads a backslash as the beginning of an SSA line break.
        if text := escape(one_line(line.text).replace("\\", "/")):
            start = milliseconds(line.start)
            captions.append(SSAEvent(start=start, end=max(start, milliseconds(line.end)), text=text))
    return captions.to_string(kind, keep_ssa_tags=True)


RENDERINGS: dict[Format, tuple[str, Callable[[Sequence[Line]], str]]] = {
    Format.TXT: ("text/plain; charset=utf-8", txt),
    Format.SRT: ("application/x-subrip; charset=utf-8", srt),
    Format.VTT: ("text/vtt; charset=utf-8", vtt),
    Format.TSV: ("text/tab-separated-values; charset=utf-8", tsv),
}
"""Format -> its media type and who writes it."""

"""What was said, as renderings need it: a line is a stretch of speech without line breaks."""

from scribeline.contracts.base import Frozen
from scribeline.contracts.transcription import Word


class Line(Frozen):
    """A stretch of speech; times in seconds."""

    start: float
    end: float
    text: str
    speaker: str | None = None
    words: list[Word] | None = None
    untimed: bool = False
    """Nobody knows when it was said: it has no caption."""


NOTHING = "\uffff"
"""No character has this number: where renderings put it, it stands for something of theirs."""


def one_line(text: str) -> str:
    """Line breaks and tabs structure all renderings, so the text may hold neither. Single spaces only."""
    return " ".join(text.replace("\0", "").replace(NOTHING, "").split())


def milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))

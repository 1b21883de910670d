"""Does a quote stand in the text, and where?

Whitespace, case, punctuation and the way a character is composed do not count in the comparison; what is kept
is always the transcript's own stretch.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

from scribeline.contracts.analysis import Evidence, Line

MAX_QUOTE = 500
"""Characters kept of one quote: a report holds up to 150 of them."""

OPENING = 80
"""Characters of a line's first words."""

APOSTROPHES = frozenset("'’‘ʼ`´")
UNSPACED = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x2E80, 0xA4CF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
"""Scripts written without spaces (Thai, Lao, Burmese, Khmer, Han, kana): each character is its own word."""


class Transcript:
    """The lines of a part, folded once, to look quotes up in. Building and each look-up are linear."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._starts: list[int] = []
        self._at: list[int] = []
        folded: list[str] = []
        for line in lines:
            self._starts.append(len(folded))
            for character, offset in _folded(line.text):
                if character != " " or not folded or folded[-1] != " ":
                    folded.append(character)
                    self._at.append(offset)
        self._text = "".join(folded)
        self._index_of = {line.number: index for index, line in enumerate(lines)}

    def find(self, quote: str, near: int) -> Evidence | None:
        """Where the quote stands, next to line number `near`; None when it stands nowhere.

        A quote that runs over several lines is kept as the part in the line that holds most of it.
        """
        needle = fold(quote)
        if needle == " ":
            return None
        best = min(islice(self._places(needle, near), 100), default=None)
        if best is None:
            return None
        first, last = best[2] + 1, best[2] + len(needle) - 2
        return self._evidence(max(self._shares(first, last), key=lambda share: share[1] - share[0]))

    def _places(self, needle: str, near: int) -> Iterator[tuple[bool, int, int]]:
        """(runs over lines, lines away from `near`, position) of each occurrence, the named line's first."""
        named = self._index_of.get(near)
        if named is not None:
            end = self._starts[named + 1] if named + 1 < len(self._starts) else len(self._text)
            # the space before a line belongs to the line before it
            inside = self._text.find(needle, max(0, self._starts[named] - 1), end)
            if inside >= 0:
                yield False, -1, inside
        position = self._text.find(needle)
        while position >= 0:
            line, last = self._line_at(position + 1), self._line_at(position + len(needle) - 2)
            yield line != last, abs(self._lines[line].number - near), position
            position = self._text.find(needle, position + 1)

    def _line_at(self, position: int) -> int:
        return bisect_right(self._starts, position) - 1

    def _shares(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """The stretch [first, last] cut at the lines' ends."""
        for line in range(self._line_at(first), self._line_at(last) + 1):
            end = self._starts[line + 1] - 1 if line + 1 < len(self._starts) else len(self._text) - 1
            yield max(first, self._starts[line]), min(last, end)

    def _evidence(self, share: tuple[int, int]) -> Evidence:
        first, last = share
        line = self._lines[self._line_at(first)]
        last -= self._text[last] == " "
        return evidence(line, line.text[self._at[first] : self._at[last] + 1])


def evidence(line: Line, stretch: str) -> Evidence:
    """Evidence for a verbatim stretch of a line's text."""
    quote = stretch[:MAX_QUOTE].encode("utf-8", "replace").decode().strip()
    return Evidence(segment=line.number, start=line.start, quote=quote)


def opening(line: Line) -> Evidence | None:
    """The first words of a line; None where it has none."""
    text = line.text.strip()
    if fold(text) == " ":
        return None
    if len(text) > OPENING:
        cut = text.rfind(" ", 1, OPENING + 1)
        text = text[: cut if cut > 0 else OPENING]
    return evidence(line, text)


def fold(text: str) -> str:
    """The text as compared: words of folded letters, each between single spaces; ' ' when there are none."""
    words = "".join(character for character, _ in _folded(text)).split()
    return f" {' '.join(words)} " if words else " "


def _folded(text: str) -> Iterator[tuple[str, int]]:
    """Folded characters with the offset each came from."""
    yield " ", 0
    for offset, character in enumerate(text):
        for folded in _fold_character(character):
            yield folded, offset
    yield " ", max(0, len(text) - 1)


@lru_cache(maxsize=8192)
def _fold_character(character: str) -> str:
    """Unicode's compatibility caseless form (Unicode 15, section 3.13, D147), letters and digits only."""
    if character in APOSTROPHES or unicodedata.category(character) == "Cf":
        return ""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    folded = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in decomposed)
    return f" {folded} " if any(low <= ord(character) <= high for low, high in UNSPACED) else folded

"""Where a text may be broken, and how wide it is, in any script.

ICU knows where: Unicode's line breaking (UAX #14), with dictionaries for Thai, Lao, Khmer and Burmese, and
with whole phrases of Japanese and Korean. wcwidth knows the columns (UAX #11): a Chinese, Japanese or Korean
character takes two, a combining mark none.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate

from icu4py.breakers import CharacterBreaker, LineBreaker
from wcwidth import width

LONGEST = 200
"""Columns, and characters, of a phrase: the widest line that can be asked for. Measuring is quadratic in the
characters of a phrase at worst, so that longer ones are broken unmeasured."""
_SENTENCE_ENDS = frozenset(".!?…。．！？｡؟۔।॥။។།։።")
_CLAUSE_ENDS = frozenset(",;:–—、，；：､،؛၊፣")
_CLOSERS = "\"'”’»›)]}」』）］】》〉｣"

Breaker = Callable[[str], Iterable[str]]


class Border(IntEnum):
    """What ends with a phrase; the higher, the better a place to break."""

    INSIDE = 0
    """A word goes on."""
    WORD = 1
    CLAUSE = 2
    SENTENCE = 3


@dataclass(frozen=True, slots=True)
class Phrase:
    """The characters [first, last) of a text, which stay on one line; a space after them is the last one."""

    first: int
    last: int
    columns: int
    """All of them; a line may end without its space, so see `solid`."""
    border: Border
    spaced: bool

    @property
    def solid(self) -> int:
        """Columns without the space after them."""
        return self.columns - self.spaced


def columns_of(text: str) -> int:
    return width(text, control_codes="ignore")


def phrases_of(text: str, language: str | None, columns: int | None) -> list[Phrase]:
    """All of a text with single spaces, in phrases of at most so many columns.

    A phrase that is wider is broken at what UAX #14 allows, then anywhere, but never within a grapheme
    cluster (UAX #29): a cluster that is wider by itself stays whole.
    """
    widest = min(columns or LONGEST, LONGEST)
    found: list[Phrase] = []
    first = 0
    for piece, border in _pieces(text, 0, _breakers(language), widest, _clusters(text)):
        last = first + len(piece)
        if piece == " ":  # after a word that was broken into clusters: no line may begin with it
            first = found.pop().first
        found.append(Phrase(first, last, columns_of(text[first:last]), border, piece.endswith(" ")))
        first = last
    return found


def whole(text: str) -> list[Phrase]:
    """The text as a single phrase, whatever its width."""
    return [Phrase(0, len(text), 0, Border.SENTENCE, spaced=False)]


def _breakers(language: str | None) -> list[Breaker]:
    """From the best places to break to any. `lw` is ICU's CSS word-break; unknown languages are no error."""
    code = language or "und"
    return [
        lambda text: LineBreaker(text, f"{code}@lw=phrase"),
        lambda text: LineBreaker(text, code),
        lambda text: CharacterBreaker(text, code),
    ]


def _pieces(
    text: str, offset: int, breakers: Sequence[Breaker], widest: int, clusters: Container[int] | None
) -> Iterator[tuple[str, Border]]:
    start = stop = 0
    for part in breakers[0](text):
        stop += len(part)
        if clusters is not None and offset + stop not in clusters:
            continue
        piece = text[start:stop]
        if len(breakers) == 1:
            yield piece, Border.INSIDE if stop < len(text) else _border(text)
        elif _fits(piece, widest):
            yield piece, _border(piece)
        else:
            yield from _pieces(piece, offset + start, breakers[1:], widest, clusters)
        start = stop


def _clusters(text: str) -> Container[int] | None:
    """Where grapheme clusters end; None is anywhere. UAX #14 alone breaks between a space and an accent."""
    if text.isascii():
        return None
    return frozenset(accumulate(len(cluster) for cluster in CharacterBreaker(text, "und")))


def _fits(piece: str, widest: int) -> bool:
    solid = piece.rstrip(" ")
    return len(solid) <= LONGEST and columns_of(solid) <= widest


def _border(piece: str) -> Border:
    last = piece.rstrip(" ").rstrip(_CLOSERS)[-1:]
    if last in _SENTENCE_ENDS:
        return Border.SENTENCE
    return Border.CLAUSE if last in _CLAUSE_ENDS else Border.WORD

"""When the characters of a line are said, in milliseconds of the recording."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from gateway.captions.lines import Line, milliseconds, one_line
from scribeline.contracts.transcription import Word


@dataclass(frozen=True, slots=True)
class Span:
    """The characters [first, last) are said from start to end."""

    first: int
    last: int
    start: int
    end: int

    def at(self, place: int) -> int:
        """Within a span time passes evenly with its characters: an estimate."""
        done = min(place, self.last) - self.first
        return self.start + (self.end - self.start) * done // max(1, self.last - self.first)


class Clock:
    """Of a line's text, whose words have times (`exact`) or not: then its own are spread over all of it."""

    def __init__(self, text: str, line: Line) -> None:
        start = milliseconds(line.start)
        self.whole = Span(0, len(text), start, max(start, milliseconds(line.end)))
        spans = list(_ordered(aligned(text, line.words, self.whole))) if line.words else []
        self.exact = bool(spans)
        self.spans = spans or [self.whole]
        self._firsts = [span.first for span in self.spans]

    def begins(self, place: int) -> int:
        """When the character at `place` is begun."""
        return self.span(place).at(place)

    def ends(self, place: int) -> int:
        """When what stands before `place` has been said."""
        return self.span(place - 1).at(place)

    def divides(self, place: int) -> bool:
        """Whether a word of the recording lies on both sides of `place`."""
        span = self.span(place - 1)
        return self.exact and span.first < place < span.last

    def span(self, place: int) -> Span:
        """The one that `place` is in or after."""
        return self.spans[max(0, bisect_right(self._firsts, place) - 1)]

    def starting(self, first: int, last: int) -> Sequence[Span]:
        """Those that start in [first, last)."""
        return self.spans[bisect_right(self._firsts, first - 1) : bisect_right(self._firsts, last - 1)]


def aligned(text: str, words: Sequence[Word], whole: Span) -> list[Span]:
    """The words in their places of a text with single spaces.

    A text that was respelled holds others than were heard: from the first difference to the last, all is one
    span from the first such word's start to the last one's end. Linear in the characters.
    """
    heard = [(word, letters) for word in words if (letters := one_line(word.text).replace(" ", ""))]
    places = [place for place, character in enumerate(text) if character != " "]
    head, tail = _same(text.replace(" ", ""), [letters for _, letters in heard])
    before, other, after = heard[:head], heard[head : len(heard) - tail], heard[len(heard) - tail :]
    first, last = _letters(before), len(places) - _letters(after)
    spans, rest = _placed(before, places[:first]), _placed(after, places[last:])
    if first < last:
        start = milliseconds(other[0][0].start) if other else spans[-1].end if spans else whole.start
        end = milliseconds(other[-1][0].end) if other else rest[0].start if rest else whole.end
        spans.append(Span(places[first], places[last - 1] + 1, start, end))
    return spans + rest


Heard = Sequence[tuple[Word, str]]
"""Words, and their letters without spaces."""


def _letters(heard: Heard) -> int:
    return sum(len(letters) for _, letters in heard)


def _same(text: str, words: list[str]) -> tuple[int, int]:
    """How many words stand as they are at the head of the text, and how many of the others at its tail."""
    spoken = "".join(words)
    if spoken == text:
        return len(words), 0
    head = _covered(words, _common(text, spoken))
    used = sum(map(len, words[:head]))
    return head, _covered(words[head:][::-1], _common(text[used:][::-1], spoken[used:][::-1]))


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    differing = (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differing, min(len(one), len(other)))


def _covered(words: Sequence[str], letters: int) -> int:
    """How many of the first words take no more than so many letters."""
    for number, word in enumerate(words):
        letters -= len(word)
        if letters < 0:
            return number
    return len(words)


def _placed(heard: Heard, places: Sequence[int]) -> list[Span]:
    spans = []
    at = 0
    for word, letters in heard:
        last = places[at + len(letters) - 1] + 1
        spans.append(Span(places[at], last, milliseconds(word.start), milliseconds(word.end)))
        at += len(letters)
    return spans


def _ordered(spans: Sequence[Span]) -> Iterator[Span]:
    """No word begins before the one before it, or ends before it begins or after the next one has begun."""
    starts = list(accumulate((span.start for span in spans), max))
    ends = [*starts[1:], *(span.end for span in spans[-1:])]
    for span, start, latest in zip(spans, starts, ends, strict=True):
        yield Span(span.first, span.last, start, max(start, min(span.end, latest)))

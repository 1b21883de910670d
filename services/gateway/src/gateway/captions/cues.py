"""Lines as captions: cut to what a reader can follow, each in rows that fit the screen.

A caption ends at the end of a sentence or clause where one is near, else between words, and the captions of a
line are of about even lengths. Where words have times, captions begin and end with them; else time is spread
over the line's characters, which is an estimate.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gateway.captions.clock import Clock
from gateway.captions.lines import Line, one_line
from gateway.captions.phrases import Border, Phrase, columns_of, phrases_of, whole
from gateway.captions.rows import Rows


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one caption; None is no limit. The columns are those of a row, the seconds are never passed."""

    columns: int | None = None
    rows: int | None = None
    seconds: float | None = None

    @property
    def none(self) -> bool:
        return self.columns is None and self.seconds is None


@dataclass(frozen=True, slots=True)
class Run:
    """A part of a row; `at` is when its word begins, in milliseconds, where that is known."""

    text: str
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Caption:
    """Times in milliseconds."""

    start: int
    end: int
    speaker: str | None
    rows: tuple[tuple[Run, ...], ...]


def captions_of(
    lines: Iterable[Line], limits: Limits, *, language: str | None = None, named: bool = False
) -> list[Caption]:
    """In the order of time. `named`: each will begin with its speaker, who takes columns of its first row."""
    found: list[Caption] = []
    for line in lines:
        if (text := one_line(line.text)) and not line.untimed:
            found += _Cutter(
                text, line, limits, language, _name_columns(line, limits) if named else 0
            ).captions()
    return placed(found)


def name_of(speaker: str) -> str:
    """As it stands before what is said."""
    return f"{one_line(speaker)}: "


def placed(captions: Iterable[Caption]) -> list[Caption]:
    """In the order of time, none without length; of one speaker each ends before the next one begins."""
    ordered = sorted(captions, key=lambda caption: caption.start)
    latest: dict[str | None, int] = {}
    for number, caption in enumerate(ordered):
        start = caption.start
        if (last := latest.get(caption.speaker)) is not None:
            before = ordered[last]
            if before.start < start:
                ordered[last] = replace(before, end=min(before.end, start))
            else:
                start = before.end
        ordered[number] = replace(caption, start=start, end=max(caption.end, start + 1))
        latest[caption.speaker] = number
    return sorted(ordered, key=lambda caption: caption.start)


def _name_columns(line: Line, limits: Limits) -> int:
    """Of a name no more than half a row is counted: the rest is for what is said."""
    if not line.speaker or limits.columns is None:
        return 0
    return min(columns_of(name_of(line.speaker)), limits.columns // 2)


class _Cutter:
    """One line's way to captions. No phrase is looked at often: a caption takes a third or more of those that
    there is room for."""

    def __init__(self, text: str, line: Line, limits: Limits, language: str | None, indent: int) -> None:
        self.text = text
        self.speaker = one_line(line.speaker or "") or None
        self.limits = limits
        self.clock = Clock(text, line)
        self.most = round(limits.seconds * 1000) if limits.seconds is not None else None
        room = limits.columns - indent if limits.columns is not None else None
        phrases = whole(text) if limits.none else phrases_of(text, language, room)
        self.phrases = [self._bordered(phrase) for phrase in phrases] if self.clock.exact else phrases
        self.rows = Rows(self.phrases, limits.columns, indent)

    def captions(self) -> Iterator[Caption]:
        at = 0
        while at < len(self.phrases):
            last = self._last(at)
            yield self._caption(at, last)
            at = last

    def _bordered(self, phrase: Phrase) -> Phrase:
        """No caption begins within a word that has a time, if there is another way."""
        return replace(phrase, border=Border.INSIDE) if self.clock.divides(phrase.last) else phrase

    def _last(self, at: int) -> int:
        """Up to which phrase the caption from `at` on goes."""
        full = self._timely(at, self.rows.full(at, self.limits.rows))
        if full == len(self.phrases):
            return full
        columns = self.rows.columns
        room, rest = columns[full] - columns[at], columns[-1] - columns[at]
        target = columns[at] + (rest / 2 if rest <= 2 * room else room)
        return self.rows.best(at + (full - at + 2) // 3, full, target, room)

    def _timely(self, at: int, full: int) -> int:
        if self.most is None:
            return full
        end = self.clock.begins(self.phrases[at].first) + self.most
        late = (n for n in range(at + 1, full) if self.clock.ends(self.phrases[n].last) > end)
        return next(late, full)

    def _caption(self, at: int, last: int) -> Caption:
        if self.limits.none:
            start, end = self.clock.whole.start, self.clock.whole.end
        else:
            start = self.clock.begins(self.phrases[at].first)
            end = max(start, self.clock.ends(self.phrases[last - 1].last))
        if self.most is not None:
            end = min(end, start + self.most)
        rows = tuple(self._runs(first, beyond) for first, beyond in self.rows.even(at, last))
        return Caption(start, end, self.speaker, rows)

    def _runs(self, at: int, last: int) -> tuple[Run, ...]:
        first, beyond = self.phrases[at].first, self.phrases[last - 1].last
        text = self.text[first:beyond].rstrip(" ")
        if not self.clock.exact:
            return (Run(text),)
        spans = self.clock.starting(first, beyond)
        starts = [0, *(span.first - first for span in spans)]
        times = [None, *(span.start for span in spans)]
        parts = zip(starts, [*starts[1:], len(text)], times, strict=True)
        return tuple(Run(text[start:stop], time) for start, stop, time in parts if start < stop)

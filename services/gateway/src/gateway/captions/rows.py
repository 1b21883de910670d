"""Phrases in rows that fit the screen, and the best place to break them."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from gateway.captions.phrases import Border, Phrase

BONUS = {Border.INSIDE: -1.0, Border.WORD: 0.0, Border.CLAUSE: 0.2, Border.SENTENCE: 0.4}
"""How far from the best place to break is worth going for such a border, as a share of the room there is."""


class Rows:
    """Phrases, of which each row has room for `widest` columns, the first of several for `indent` fewer.

    `columns` are those of all phrases before each. A row always has room for one phrase.
    """

    def __init__(self, phrases: Sequence[Phrase], widest: int | None, indent: int) -> None:
        self.phrases = phrases
        self.columns = list(accumulate((phrase.columns for phrase in phrases), initial=0))
        self._widest = widest
        self._indent = indent

    def full(self, at: int, rows: int | None) -> int:
        """Up to which phrase there is room in so many rows from `at` on."""
        if self._widest is None or rows is None:
            return len(self.phrases)
        indent = self._indent
        for _ in range(rows):
            at, indent = self._row(at, len(self.phrases), indent), 0
        return at

    def even(self, at: int, last: int) -> Iterator[tuple[int, int]]:
        """The phrases [at, last) in as few rows as possible, and of those the ones of about even widths."""
        if self._widest is None:
            yield at, last
            return
        latest = self._latest(at, last)
        indent = self._indent
        for left in range(self._count(at, last) - 1, 0, -1):
            full = self._row(at, last, indent)
            share = (self.columns[last] - self.columns[at] + indent) / (left + 1) - indent
            end = self.best(max(at + 1, latest[left]), full, self.columns[at] + share, self._widest)
            yield at, end
            at, indent = end, 0
        yield at, last

    def best(self, least: int, most: int, target: float, room: int) -> int:
        """Of the places before the phrases `least` to `most`, the best one to break."""

        def cost(place: int) -> float:
            far = abs(self.columns[place] - target) / max(1, room)
            return far - BONUS[self.phrases[place - 1].border]

        return min(range(least, most + 1), key=cost)

    def _row(self, at: int, last: int, indent: int) -> int:
        room = (self._widest or 0) - indent + self.columns[at]
        beyond = (n for n in range(at + 1, last) if self.columns[n] + self.phrases[n].solid > room)
        return next(beyond, last)

    def _count(self, at: int, last: int) -> int:
        rows, indent = 0, self._indent
        while at < last:
            at = self._row(at, last, indent)
            rows, indent = rows + 1, 0
        return rows

    def _latest(self, at: int, last: int) -> Sequence[int]:
        """By number of rows: the first of those phrases which, filled from the back, they have room for."""
        found, end = [last], last
        for place in range(last - 1, at - 1, -1):
            columns = self.columns[end - 1] + self.phrases[end - 1].solid - self.columns[place]
            if columns > (self._widest or 0) and place + 1 < end:
                end = place + 1
                found.append(end)
        return [*found, at]

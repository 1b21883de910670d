"""Counts that add up: of a page, of all meetings, of everything. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import reduce


@dataclass(frozen=True)
class Tally:
    """`found` is without what is neither right nor wrong."""

    marked: int = 0
    found: int = 0
    hit: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.marked + other.marked, self.found + other.found, self.hit + other.hit)


@dataclass(frozen=True)
class Share:
    right: int = 0
    of: int = 0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.right + other.right, self.of + other.of)

    @classmethod
    def among(cls, outcomes: Iterable[bool]) -> "Share":
        seen = tuple(outcomes)
        return cls(sum(seen), len(seen))


@dataclass(frozen=True)
class Score:
    """Of one page, or the sum of several."""

    pages: int = 0
    failed: int = 0
    actions: Tally = Tally()
    owners: Share = Share()
    dues: Share = Share()
    questions: Tally = Tally()
    dates: Tally = Tally()
    resolved: Share = Share()
    sentiment: Share = Share()
    topics: Share = Share()
    chapters: Tally = Tally()
    verbatim: Share = Share()
    read: Share = Share()
    dropped: int = 0
    seconds: tuple[float, ...] = ()
    missing: tuple[str, ...] = ()

    def __add__(self, other: "Score") -> "Score":
        return Score(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})


def total(scores: Iterable[Score]) -> Score:
    return reduce(Score.__add__, scores, Score())

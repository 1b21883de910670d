"""Pairs what an engine found with what was marked. Pure.

Two places match when their segments are the same or neighbours (Whisper cuts sentences in two) and they share
at least half of the words of the shorter one. Pairs are one to one, most shared words first, nearest first
among equals: greedy, so a single long quote cannot collect several marks.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

NEIGHBOURS = 1
"""How many segments a find may be away from its mark."""


@dataclass(frozen=True)
class Place:
    """Words in a segment."""

    segment: int
    text: str


@dataclass(frozen=True)
class Mark:
    """One thing that was marked, at every place where it is said."""

    places: tuple[Place, ...]
    counted: bool = True
    """False: finding it is neither right nor wrong."""


@dataclass(frozen=True)
class Pairing:
    """Indexes of marks and finds. What is in none of the three is neither right nor wrong."""

    hits: tuple[tuple[int, int], ...]
    """Counted marks with their finds."""
    missed: tuple[int, ...]
    wrong: tuple[int, ...]


def folded(text: str) -> str:
    """Words in small letters with single spaces between: no case, no punctuation, one form of each sign."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold().replace("_", " ")))


def shared(mark: Place, found: Place) -> int:
    """How many words both have; 0 when they do not match."""
    if abs(mark.segment - found.segment) > NEIGHBOURS:
        return 0
    ours, theirs = Counter(folded(mark.text).split()), Counter(folded(found.text).split())
    common = (ours & theirs).total()
    return common if 2 * common >= min(ours.total(), theirs.total()) else 0


def pair(marks: Sequence[Mark], finds: Sequence[Place]) -> Pairing:
    """Costs marks x finds."""
    taken: dict[int, tuple[int, Place]] = {}
    for _, _, m, f, place in sorted(_candidates(marks, finds), key=lambda candidate: candidate[:4]):
        if m not in taken and f not in {find for find, _ in taken.values()}:
            taken[m] = (f, place)
    paired = {find for find, _ in taken.values()}
    excused = [find for find in range(len(finds)) if _excused(finds[find], marks, taken)]
    return Pairing(
        hits=tuple((m, f) for m, (f, _) in sorted(taken.items()) if marks[m].counted),
        missed=tuple(m for m, mark in enumerate(marks) if mark.counted and m not in taken),
        wrong=tuple(f for f in range(len(finds)) if f not in paired and f not in excused),
    )


def _candidates(marks: Sequence[Mark], finds: Sequence[Place]) -> list[tuple[int, int, int, int, Place]]:
    return [
        (-words, abs(place.segment - found.segment), m, f, place)
        for m, mark in enumerate(marks)
        for place in mark.places
        for f, found in enumerate(finds)
        if (words := shared(place, found))
    ]


def _excused(found: Place, marks: Sequence[Mark], taken: dict[int, tuple[int, Place]]) -> bool:
    """Whether it repeats a hit at another place where that is said too, or finds what does not count."""
    return any(
        place.segment == found.segment and shared(place, found) > 0
        for m, mark in enumerate(marks)
        for place in mark.places
        if not mark.counted or (m in taken and taken[m][1] != place)
    )

"""How an answer to a brief is checked: what an object has as its property `quote` must have been said."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, Protocol

from analyzer.evidence import Transcript, fold
from analyzer.pointers import Place, objects, pointer
from scribeline.contracts.analysis import Analysis, AnswerEvidence, Evidence, Line

MAX_POINTER = 500
"""Of the contract; a schema of the deepest kind stays below it."""
GONE = object()
"""Stands for what was dropped."""


class Spoken(Protocol):
    """Where quotes stand: a transcript, or quotes of parts that were checked against theirs."""

    def find(self, quote: str, near: int) -> Evidence | None: ...


class Lines:
    """The lines of a part as they were shown: what stands before the words may be quoted with them."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._transcript = Transcript(lines)
        self.speakers = {fold(line.speaker): line.speaker for line in lines if line.speaker}
        names = "|".join(re.escape(name) for name in self.speakers.values())
        self._frame = re.compile(rf"\s*(?:\d+\s*\|)?\s*(?:(?:{names})\s*:)?" if names else r"\s*\d+\s*\|")

    def find(self, quote: str, near: int) -> Evidence | None:
        found = self._transcript.find(quote, near)
        if found is not None or (frame := self._frame.match(quote)) is None or not frame[0]:
            return found
        return self._transcript.find(quote[frame.end() :], near)


class Standing:
    """The quotes that stand in the answers of parts. A quote must be one of them, or a stretch of one."""

    def __init__(self, analyses: Iterable[Analysis]) -> None:
        self._known: dict[str, Evidence] = {}
        for analysis in analyses:
            for words, found in _checked(analysis):
                self._known.setdefault(fold(words), found)
        self._text = "\n".join(self._known)
        self._starts = [0, *accumulate(len(words) + 1 for words in self._known)]
        self._evidence = list(self._known.values())

    def find(self, quote: str, near: int) -> Evidence | None:  # noqa: ARG002 - the parts' lines are not here
        needle = fold(quote)
        if needle == " " or needle in self._known:
            return self._known.get(needle)
        at = self._text.find(needle)
        return self._evidence[bisect_right(self._starts, at) - 1] if at >= 0 else None


class Pruning:
    """Goes through an answer once and leaves out the objects whose quote was not said, with all in them."""

    def __init__(self, spoken: Spoken) -> None:
        self._spoken = spoken
        self.dropped = 0
        self.emptied: list[Place] = []
        """Properties that are null now because their object was dropped; a list just has an item fewer."""

    def kept(self, value: Any, place: Place = ()) -> Any:
        """The value without them; GONE when it is one of them itself."""
        match value:
            case dict():
                if isinstance(value.get("quote"), str) and found(value, self._spoken) is None:
                    self.dropped += 1
                    return GONE
                return {name: self._property(one, (*place, name)) for name, one in value.items()}
            case list():
                return self._items(value, place)
        return value

    def _property(self, value: Any, place: Place) -> Any:
        kept = self.kept(value, place)
        if kept is not GONE:
            return kept
        self.emptied.append(place)
        return None

    def _items(self, values: list[Any], place: Place) -> list[Any]:
        kept: list[Any] = []
        for value in values:
            one = self.kept(value, (*place, len(kept)))
            if one is not GONE:
                kept.append(one)
        return kept


def found(said: dict[str, Any], spoken: Spoken) -> Evidence | None:
    """Where an object's quote stands, next to its `line` if it names one."""
    line = said.get("line")
    return spoken.find(said["quote"], line if isinstance(line, int) else 0)


def evidence_of(answer: Any, spoken: Spoken) -> tuple[AnswerEvidence, ...]:
    """Of every object that has a quote, in the answer's order."""
    return tuple(
        AnswerEvidence(pointer=at, evidence=evidence)
        for place, said in objects(answer)
        if isinstance(said.get("quote"), str)
        and (evidence := found(said, spoken)) is not None
        and len(at := pointer(place)) <= MAX_POINTER
    )


def _checked(analysis: Analysis) -> Iterator[tuple[str, Evidence]]:
    """The quotes of an answer, as the model gave them and as they stand in the text."""
    said = {pointer(place): one for place, one in objects(analysis.answer)}
    for item in analysis.answer_evidence or ():
        yield item.evidence.quote, item.evidence
        if isinstance(given := said.get(item.pointer, {}).get("quote"), str):
            yield given, item.evidence

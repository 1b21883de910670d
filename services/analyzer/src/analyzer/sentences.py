"""Cuts a transcript into sentences that know which segment each part of them came from.

A segment may hold several sentences, and a sentence may run over several segments. Everything here is linear
in the text, whatever the text is; no sentence is longer than MAX_SENTENCE, so the patterns that read
sentences are bounded too.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from analyzer.bounds import clean
from analyzer.dates.words import MONTHS
from analyzer.evidence import evidence
from scribeline.contracts.analysis import Evidence, Line

MAX_SENTENCE = 400
"""Characters. Longer stretches without a full stop are cut at a space."""

# A run of marks is tried only at its beginning and never given back: no input makes this superlinear.
END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’)\]]{0,3}+(?=\s|$)|(?<![。！？؟])[。！？؟]++")
ABBREVIATION = re.compile(
    r"(?:^|\s)(?:mr|mrs|ms|dr|prof|st|vs|e\.g|i\.e|no|approx|dept|fig|bzw|ca|nr|str|ggf|evtl|inkl|bspw|sog|vgl"
    r"|hr|fr|mio|mrd|z|z\. ?b|d|d\. ?h|u\. ?a)\.$",
    re.IGNORECASE,
)
NUMBER = re.compile(r"(?:^|[^\w.,:])\d{1,2}\.$")
ORDINAL = re.compile(r"\b(?:der|die|das|den|dem|des|im|ins|zur|beim|jede[rsnm]?) \d{1,2}\.$", re.IGNORECASE)
AFTER_NUMBER = re.compile(rf"\s+(?:[a-zäöü]|(?i:{'|'.join(MONTHS)})\b)")
"""What stands after `am 3.` when it is no full stop."""
SPEAKER = re.compile(r"\s*([^\W\d_][\w'-]{1,30}(?: [^\W\d_][\w'-]{1,30})?):\s+")


@dataclass(frozen=True)
class Stretch:
    """A verbatim part of one line."""

    line: Line
    text: str
    ends: bool
    """Whether a sentence ends with it."""


@dataclass(frozen=True)
class Sentence:
    text: str
    """Whitespace collapsed, typographic apostrophes straightened, without the speaker's name."""
    stretches: tuple[tuple[int, Stretch], ...]
    """Each with its offset in `text`."""
    speaker: str | None = None
    """Of the recording's channel, or from a leading `Name:`."""

    def evidence(self, at: int = 0, end: int | None = None) -> Evidence:
        """Of the stretch in which character `at` of the text stands: its part up to `end`, where that stands
        word for word in the line, else all of it."""
        offset, stretch = next(s for s in reversed(self.stretches) if s[0] <= at or s[0] == 0)
        following = next((start for start, _ in self.stretches if start > offset), len(self.text))
        part = self.text[at : min(end, following)].strip(" ,;") if end is not None else ""
        return evidence(stretch.line, part if part and part in stretch.line.text else stretch.text)


def sentences(lines: Sequence[Line]) -> list[Sentence]:
    """All sentences in the order in which they begin. Where nothing is punctuated, each line is one.

    Speakers may talk at the same time: what one says is put together without the other's words between.
    """
    punctuated = sum(bool(END.search(line.text[-200:])) for line in lines) * 5 >= len(lines)
    made: list[tuple[int, Sentence]] = []
    held: dict[str | None, _Held] = {}
    for number, stretch in enumerate(stretch for line in lines for stretch in _stretches(line)):
        open_ = held.setdefault(stretch.line.speaker, _Held())
        if open_.length + len(stretch.text) > MAX_SENTENCE:
            made.extend(open_.close())
        open_.add(number, stretch)
        if stretch.ends or not punctuated:
            made.extend(open_.close())
    for open_ in held.values():
        made.extend(open_.close())
    return [said for _, said in sorted(made, key=lambda one: one[0]) if any(map(str.isalnum, said.text))]


@dataclass
class _Held:
    """Stretches of a sentence that has not ended yet."""

    first: int = 0
    length: int = 0
    stretches: list[Stretch] = field(default_factory=list)

    def add(self, number: int, stretch: Stretch) -> None:
        self.first = self.first if self.stretches else number
        self.stretches.append(stretch)
        self.length += len(stretch.text)

    def close(self) -> list[tuple[int, Sentence]]:
        """The sentence, if there is one, with the number of its first stretch."""
        closed = [(self.first, _sentence(self.stretches))] if self.stretches else []
        self.stretches, self.length = [], 0
        return closed


def _stretches(line: Line) -> Iterator[Stretch]:
    start = 0
    text = line.text
    for mark in END.finditer(text):
        here = mark.end()
        if not _goes_on(text[max(start, here - 20) : here], text[here : here + 20]):
            yield from _bounded(line, text[start : mark.end()], ends=True)
            start = mark.end()
    yield from _bounded(line, text[start:], ends=False)


def _goes_on(before: str, after: str) -> bool:
    """Whether the full stop at the end of `before` ends no sentence: `Dr. Li`, `am 3. März`."""
    if ABBREVIATION.search(before):
        return True
    if not NUMBER.search(before):
        return False
    return bool(AFTER_NUMBER.match(after) or (ORDINAL.search(before) and after.strip()))


def _bounded(line: Line, text: str, *, ends: bool) -> Iterator[Stretch]:
    start = 0
    while len(text) - start > MAX_SENTENCE:
        cut = text.rfind(" ", start + 1, start + MAX_SENTENCE)
        cut = cut if cut > start else start + MAX_SENTENCE
        yield Stretch(line, text[start:cut], ends=True)
        start = cut
    if text[start:].strip():
        yield Stretch(line, text[start:], ends)


def _sentence(stretches: list[Stretch]) -> Sentence:
    speaker = SPEAKER.match(stretches[0].text)
    text = ""
    placed: list[tuple[int, Stretch]] = []
    for stretch in stretches:
        words = stretch.text[speaker.end() :] if speaker and not placed else stretch.text
        text = f"{text} " if text else ""
        placed.append((len(text), stretch))
        text += clean(words, MAX_SENTENCE).replace("’", "'")
    name = clean(speaker[1], 60) if speaker else None
    return Sentence(text.strip(), tuple(placed), stretches[0].line.speaker or name)

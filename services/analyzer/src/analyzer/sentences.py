"""Cuts a transcript into sentences that know which segment each part of them came from.

A segment may hold several sentences, and a sentence may run over several segments. Everything here is linear
in the text, whatever the text is; no sentence is longer than MAX_SENTENCE, so the patterns that read
sentences are bounded too.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzer.bounds import clean
from analyzer.evidence import evidence
from scribeline.contracts.analysis import Evidence, Line

MAX_SENTENCE = 400
"""Characters. Longer stretches without a full stop are cut at a space."""

# A run of marks is tried only at its beginning and never given back: no input makes this superlinear.
END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’)\]]{0,3}+(?=\s|$)|(?<![。！？؟])[。！？؟]++")
ABBREVIATION = re.compile(
    r"(?:^|\s)(?:mr|mrs|ms|dr|prof|st|vs|e\.g|i\.e|no|z\.b|bzw|ca|nr)\.$", re.IGNORECASE
)
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
    """From a leading `Name:`."""

    def evidence(self, at: int = 0) -> Evidence:
        """Of the stretch in which character `at` of the text stands."""
        stretch = next(s for offset, s in reversed(self.stretches) if offset <= at or offset == 0)
        return evidence(stretch.line, stretch.text)


def sentences(lines: Sequence[Line]) -> list[Sentence]:
    """All sentences in order. Where lines carry no punctuation at all, each line is one."""
    punctuated = sum(bool(END.search(line.text[-200:])) for line in lines) * 5 >= len(lines)
    made: list[Sentence] = []
    held: list[Stretch] = []
    for line in lines:
        for stretch in _stretches(line):
            if held and sum(len(s.text) for s in held) + len(stretch.text) > MAX_SENTENCE:
                made.append(_sentence(held))
                held = []
            held.append(stretch)
            if stretch.ends or not punctuated:
                made.append(_sentence(held))
                held = []
    if held:
        made.append(_sentence(held))
    return [sentence for sentence in made if any(map(str.isalnum, sentence.text))]


def _stretches(line: Line) -> Iterator[Stretch]:
    start = 0
    text = line.text
    for mark in END.finditer(text):
        if not ABBREVIATION.search(text[max(start, mark.end() - 12) : mark.end()]):
            yield from _bounded(line, text[start : mark.end()], ends=True)
            start = mark.end()
    yield from _bounded(line, text[start:], ends=False)


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
    return Sentence(text.strip(), tuple(placed), clean(speaker[1], 60) if speaker else None)

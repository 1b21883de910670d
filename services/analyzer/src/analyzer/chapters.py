"""Where one subject ends and the next begins: where somebody says so, and where the words change.

Between announcements, what is longer than LONGEST is cut by TextTiling, after Hearst 1997, "TextTiling:
Segmenting Text into Multi-paragraph Subtopic Passages", Computational Linguistics 23(1): the nouns before and
after each gap are compared; a chapter begins where they have less in common than on both sides of it.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean

from analyzer.sentences import Sentence
from analyzer.topics import MAX_LENGTH, frequent, subjects
from scribeline.contracts.analysis import Chapter

BLOCK = 12
"""Sentences compared on each side of a gap: a minute of talk."""
SMOOTHED = 2
"""Gaps on each side over which a likeness is the mean."""
SHORTEST = 90.0
"""Seconds of a chapter."""
LONGEST = 480.0
"""Seconds after which a chapter is looked at for a gap of its own."""
DEEP = 0.35
"""Of the likeness, which lies between 0 and 1: a shallower gap parts nothing."""

ORDINAL = r"(?:first|second|third|fourth|fifth|next|last|final)"
ANNOUNCED = {
    "en": re.compile(
        rf"^(?:(?:so|and|then|now|okay|ok|right|good|well|alright|fine|great|yes|the),? ){{0,3}}"
        rf"(?:{ORDINAL} (?:item|point|topic|thing|subject|one)\b(?!.*\?)|next up\b|now (?:for|to|on to)\b"
        r"|(?:on|moving on|turning|over) to\b|moving on\b"
        r"|let's (?:now )?(?:talk about|turn to|move on|go on to)"
        r"|(?:that|this|which) brings us to|so much for|any other business|item \w+[,.:]|as for)",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"^(?:(?:so|gut|okay|ok|dann|und|ja|also|jetzt|nun|der|die|das|super|schön|prima),? ){0,3}"
        r"(?:(?:erste|zweite|dritte|vierte|fünfte|nächste|letzte)[rs]? (?:punkt|thema|sache|frage)\b(?!.*\?)"
        r"|(?:kommen|gehen) wir (?:jetzt |nun |also |dann |mal )?(?:weiter |über )?(?:zu|zum|zur)\b"
        r"|(?:machen wir )?weiter (?:geht's )?mit\b|zu[mr]? (?:nächsten|letzten|thema|punkt)\b"
        r"|(?:das|damit) (?:bringt uns|sind wir bei|wären wir bei)|punkt \w+[,.:]|verschiedenes\b)",
        re.IGNORECASE,
    ),
}


def chapters(read: Sequence[Sentence], language: str, *, first: bool) -> tuple[Chapter, ...]:
    """In order. Only the `first` part of a recording begins with one: a later one ends nothing by beginning.

    `language` must be one of ANNOUNCED. Linear in the text but for a sort.
    """
    starts = [0, *_boundaries(read, language)]
    made = [
        Chapter(title=_title(read[start:end], language), evidence=read[start].evidence())
        for start, end in pairwise([*starts, len(read)])
    ]
    return tuple(made[0 if first else 1 :])


def _title(said: Sequence[Sentence], language: str) -> str:
    """The words most said in it, or its first sentence."""
    return ", ".join(frequent(said, language)[:3])[:MAX_LENGTH] or said[0].text[:MAX_LENGTH]


def _boundaries(read: Sequence[Sentence], language: str) -> list[int]:
    """Numbers of the sentences with which a chapter begins, without the first."""
    kept = [0]
    for at, sentence in enumerate(read):
        if ANNOUNCED[language].match(sentence.text) and _seconds(read, kept[-1], at) >= SHORTEST:
            kept.append(at)
    depths = _gaps([Counter(subjects(sentence, language)) for sentence in read])
    for depth, gap in sorted(zip(depths, range(len(read)), strict=True), key=lambda pair: -pair[0]):
        before, after = _around(gap, [*kept, len(read) - 1])
        long = _seconds(read, before, after) >= LONGEST
        if (
            depth >= DEEP
            and long
            and min(_seconds(read, before, gap), _seconds(read, gap, after)) >= SHORTEST
        ):
            kept.append(gap)
    return sorted(kept)[1:]


def _around(gap: int, starts: Sequence[int]) -> tuple[int, int]:
    """The last start before it and the next after it."""
    return max(s for s in starts if s <= gap), min((s for s in starts if s > gap), default=max(starts))


def _seconds(read: Sequence[Sentence], one: int, other: int) -> float:
    return abs(_start(read[one]) - _start(read[other]))


def _start(sentence: Sentence) -> float:
    return sentence.stretches[0][1].line.start


def _gaps(words: Sequence[Counter[str]]) -> list[float]:
    """How deep the gap before each sentence is: how far likeness climbs to the peaks on both sides."""
    rough = [
        _cosine(_sum(words[max(0, at - BLOCK) : at]), _sum(words[at : at + BLOCK]))
        for at in range(len(words))
    ]
    likeness = [fmean(rough[max(0, at - SMOOTHED) : at + SMOOTHED + 1]) for at in range(len(rough))]
    left, right = _climbs(likeness), _climbs(likeness[::-1])[::-1]
    return [a + b for a, b in zip(left, right, strict=True)]


def _climbs(likeness: Sequence[float]) -> list[float]:
    climbs: list[float] = []
    for at, here in enumerate(likeness):
        falls = at > 0 and likeness[at - 1] >= here
        climbs.append(climbs[-1] + likeness[at - 1] - here if falls else 0.0)
    return climbs


def _sum(counts: Sequence[Counter[str]]) -> Counter[str]:
    whole: Counter[str] = Counter()
    for count in counts:
        whole.update(count)
    return whole


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    length = math.sqrt(sum(n * n for n in one.values()) * sum(n * n for n in other.values()))
    return sum(one[word] * other[word] for word in one) / length if length else 0.0

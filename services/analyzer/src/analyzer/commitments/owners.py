"""Who is to do what was promised or asked for: only whom the words, or the recording's channels, tell."""

import re
from collections.abc import Sequence

from analyzer.commitments.people import says_who, spoken_to
from analyzer.commitments.promises import Promise, Who
from analyzer.sentences import Sentence

REACH = 4
"""Sentences looked back and ahead for who was called by name, and who answers."""
ASSENT = (
    r"(?:Yes|Yeah|Yep|Sure|Okay|Ok|Of course|Alright|Fine|Ja|Klar|Gut|Gern|Gerne|Na klar|Na schön|Mach ich)\b"
)
ANSWERS = re.compile(rf"^(?:Um, |Well, |Äh, |Ähm, )?{ASSENT}")
ACCEPTED = re.compile(
    rf"^(?:{ASSENT},? )?(?:I can (?:do|take)|I'll (?:do|take|handle)|[Ww]ill do|[Ii]ch (?:mach|übernehm)e?"
    r"|[Dd]as (?:mach|übernehm)e? ich|[Mm]ache? ich|[Kk]ann ich machen)\b"
)
"""Who says so takes on what was asked for just before."""
ASSIGNED = re.compile(
    r"\b(?:[Cc]an|[Cc]ould|[Ww]ill) you (?:take|do|handle) (?:that|this|it)\b"
    r"|\b(?:[Mm]achst|[Üü]bernimmst|[Kk]annst) du das\b"
)
"""Who is called by name in it is to do what was spoken of just before."""


def owner(promise: Promise, at: int, sentences: Sequence[Sentence]) -> str | None:
    """Of the promise in sentence number `at`."""
    sentence, following = sentences[at], sentences[at + 1 : at + 3]
    if promise.who is Who.NAMED:
        return promise.name
    if promise.who is Who.SPEAKER:
        return _speaker(at, sentences)
    called = spoken_to(sentence.text) if promise.who is Who.HEARER else None
    return called or _taker(at + 1, sentences) or next(filter(None, map(_assigned, following)), None)


def _speaker(at: int, sentences: Sequence[Sentence]) -> str | None:
    sentence = sentences[at]
    return sentence.speaker or says_who(sentence.stretches[0][1].line.text) or _answerer(at, sentences)


def _taker(after: int, sentences: Sequence[Sentence]) -> str | None:
    """Who says right after it that they do it."""
    near = range(after, min(after + 2, len(sentences)))
    return next(
        (_speaker(number, sentences) for number in near if ACCEPTED.match(sentences[number].text)), None
    )


def _assigned(sentence: Sentence) -> str | None:
    return spoken_to(sentence.text) if ASSIGNED.search(sentence.text) else None


def _answerer(at: int, sentences: Sequence[Sentence]) -> str | None:
    """Who was called by name in the line before, when this line begins as an answer does."""
    line = _line(sentences[at])
    first = at
    while first > max(0, at - REACH) and _line(sentences[first - 1]) == line:
        first -= 1
    if first == 0 or not ANSWERS.match(sentences[first].text):
        return None
    asking = [
        said
        for said in sentences[max(0, first - REACH) : first]
        if _line(said) == _line(sentences[first - 1])
    ]
    asked = any(said.text.endswith("?") for said in asking)
    return next((name for name in map(_called, asking) if name), None) if asked else None


def _called(sentence: Sentence) -> str | None:
    return spoken_to(sentence.text)


def _line(sentence: Sentence) -> int:
    return sentence.stretches[0][1].line.number

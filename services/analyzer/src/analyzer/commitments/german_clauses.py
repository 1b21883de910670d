"""A German sentence cut into clauses, each as its words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from analyzer.commitments.german_forms import FIRST
from analyzer.words import listed

WORD = re.compile(r"[\w'-]+")
BREAK = re.compile(r"[,;:–?!]|\.\s|\.$")
JOINING = frozenset(listed("und aber oder denn sondern"))
FILLERS = JOINING | frozenset(
    listed(
        "dann also bitte ja nein gut so am besten na okay ok jetzt danach deshalb einfach doch noch danke "
        "klar super prima gleich schön ach genau sonst komm außerdem trotzdem"
    )
)
"""What may stand before the verb of a request, and says nothing of what is to be done."""
SUBORDINATE = frozenset(
    listed(
        "wenn falls ob dass weil damit sobald nachdem bevor obwohl solange als wie während seit indem sodass "
        "warum wieso weshalb wann wo wer was wen wem welche welcher welches welchen ehe"
    )
)
"""What begins a clause that only supposes, explains or asks."""
NOT = re.compile(r"nicht|nichts|nie|niemals|niemand|kein(?:e[nrms]?)?")
OBJECT = frozenset(listed("sie es ihn das die den dir euch ihnen"))
HABIT = frozenset(listed("immer jeden jedes jede meistens normalerweise oft manchmal früher damals selten"))
TELLING = re.compile(
    r"\b(?:gesagt|sagte|meinte|gemeint|schrieb|schreibt|geschrieben|heißt es|fragte|gefragt|dachte)\W*$"
)
TOLD_AFTER = re.compile(r"^\W*(?:hat|habe|hatte|sagte|meinte|schrieb|schreibt)\b")


@dataclass(frozen=True)
class Clause:
    start: int
    """Offset of its first word in the sentence; `ends` are those of its words' ends."""
    end: int
    words: tuple[str, ...]
    low: tuple[str, ...]
    """The same in small letters."""
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    asks: bool
    """The sentence is a question."""
    before: str
    """The sentence's text before it."""
    after: str

    @property
    def opening(self) -> int:
        """How many fillers it begins with."""
        return next((n for n, word in enumerate(self.low) if word not in FILLERS), len(self.low))

    @property
    def binding(self) -> bool:
        """Whether it can say what is to be done: it is not denied, not a habit, nobody's story."""
        first = self.low[self.opening] if self.opening < len(self.low) else ""
        return not (
            first in SUBORDINATE
            or any(NOT.fullmatch(word) for word in self.low)
            or not HABIT.isdisjoint(self.low)
            or TELLING.search(self.before)
            or TOLD_AFTER.match(self.after)
        )

    @property
    def conditional(self) -> bool:
        """Whether the clause before it supposes something: what follows is promised only then."""
        words = WORD.findall(BREAK.split(self.before.rstrip(" ,"))[-1].lower())
        return bool(words) and words[0] in {"wenn", "falls"}


def clauses(text: str) -> Iterator[Clause]:
    """Linear in the text but for `before`, which a sentence's bound on length bounds."""
    asks = text.endswith("?")
    cuts = sorted({0, len(text), *(mark.end() for mark in BREAK.finditer(text)), *_joined(text)})
    for start, end in pairwise(cuts):
        found = list(WORD.finditer(text, start, end))
        if found:
            words = tuple(word[0] for word in found)
            low = tuple(word.lower() for word in words)
            yield Clause(
                found[0].start(),
                found[-1].end(),
                words,
                low,
                tuple(word.start() for word in found),
                tuple(word.end() for word in found),
                asks,
                text[:start],
                text[end:],
            )


def _joined(text: str) -> Iterator[int]:
    """Where a second verb of the same speaker begins: `ich rede mit ihr und rufe Sie an`."""
    for found in re.finditer(r"\sund (\w+)(?: (\w+))?", text):
        verb, following = found[1].lower(), (found[2] or "").lower()
        if verb in FIRST and (verb.endswith("e") or following in OBJECT):
            yield found.start() + 1

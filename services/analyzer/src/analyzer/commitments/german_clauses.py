"""A German sentence cut into clauses, each as its tagged words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from analyzer.grammar import Word, tagged
from analyzer.words import listed

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
        "ohne statt anstatt warum wieso weshalb wann wo wer was wen wem welche welcher welches welchen ehe"
    )
)
"""What begins a clause that only supposes, explains or asks."""
NOT = re.compile(r"nicht|nichts|nie|niemals|niemand|kein(?:e[nrms]?)?")
HABIT = frozenset(
    listed(
        "immer jeden jedes jede meistens normalerweise oft manchmal früher damals selten gewöhnlich seit "
        "montags dienstags mittwochs donnerstags freitags samstags sonntags"
    )
)
TELLING = re.compile(
    r"\b(?:gesagt|sagte|meinte|gemeint|schrieb|schreibt|geschrieben|heißt es|fragte|gefragt|dachte)\W*$"
)
TOLD_AFTER = re.compile(r"^\W*(?:hat|habe|hatte|sagte|meinte|schrieb|schreibt)\b")
UNREAL = frozenset(listed("hätte hätten hättest hättet"))
MARKS = frozenset(",;:.?!–")


@dataclass(frozen=True)
class Clause:
    words: tuple[Word, ...]
    """Without marks; at least one."""
    text: str
    """Of the sentence."""

    @property
    def start(self) -> int:
        return self.words[0].start

    @property
    def end(self) -> int:
        return self.words[-1].end

    @cached_property
    def low(self) -> tuple[str, ...]:
        return tuple(word.low for word in self.words)

    @property
    def asks(self) -> bool:
        """The sentence is a question."""
        return self.text.endswith("?")

    @property
    def before(self) -> str:
        """The sentence's text before it."""
        return self.text[: self.start]

    @property
    def opening(self) -> int:
        """How many fillers it begins with."""
        return next((n for n, word in enumerate(self.low) if word not in FILLERS), len(self.low))

    @property
    def binding(self) -> bool:
        """Whether it can say what is to be done: it is not denied, not a habit, nobody's story."""
        first = self.low[self.opening] if self.opening < len(self.low) else ""
        who = first == "wer" and self.asks and not {"kann", "könnte", "übernimmt"}.isdisjoint(self.low[:3])
        return not (
            (first in SUBORDINATE and not who)
            or (not UNREAL.isdisjoint(self.low) and "gern" not in self.low)
            or any(NOT.fullmatch(word) for word in self.low)
            or (not HABIT.isdisjoint(self.low) and "bitte" not in self.low)
            or TELLING.search(self.before)
            or TOLD_AFTER.match(self.text[self.end :])
        )

    @property
    def conditional(self) -> bool:
        """Whether the clause before it supposes what may never be: `wenn ich Zeit habe, ..`."""
        words = re.findall(r"[\w']+", re.split(r"[,;:–?!]", self.before.rstrip(" ,"))[-1].lower())
        return bool(words) and words[0] == "falls"

    def tag(self, at: int) -> str:
        return self.words[at].tag if at < len(self.words) else ""


def clauses(text: str) -> Iterator[Clause]:
    """In order. Marks part them, and `und` before a second verb of the same subject."""
    held: list[Word] = []
    words = tagged(text, "de")
    for at, word in enumerate(words):
        if word.text == "." and held and held[-1].text.isdigit():
            continue
        if word.text in MARKS or (word.low == "und" and _verb_follows(words[at + 1 : at + 2])):
            if held:
                yield Clause(tuple(held), text)
            held = []
        if word.text not in MARKS:
            held.append(word)
    if held:
        yield Clause(tuple(held), text)


def _verb_follows(words: Sequence[Word]) -> bool:
    return bool(words) and words[0].tag in {"VV(FIN)", "VV(IMP)", "VM(FIN)"} and words[0].text.islower()

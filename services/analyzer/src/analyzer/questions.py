"""Finds questions: by their mark in any language, by how they are built in English and German."""

import re

from analyzer.grammar import Word, tagged
from analyzer.sentences import Sentence
from analyzer.words import listed
from scribeline.contracts.analysis import MAX_ITEMS, Question

MARK = re.compile(r"[?？؟][\"'”’)\]]{0,3}$")
AUXILIARY = r"(?:is|are|was|were|do|does|did|can|could|should|shall|will|would|has|have|'s|'re)"
SUBJECT = (
    r"(?:you|we|they|he|she|it|i|anyone|everyone|anybody|the|this|that|there|our|your|their|these|those)"
)
ENGLISH = re.compile(
    rf"(?!so (?:did|do|does|am|are|is|was|were|have|has|can|could|will|would) )"
    rf"(?:(?:so|and|but|okay|ok|well|right|now|then),? )?"
    rf"(?:(?:who|what|when|where|why|how|which|whose)(?: (?:much|many|long|often|far|soon|about))? ?"
    rf"{AUXILIARY} {SUBJECT}"
    rf"|(?:do|does|did|can|could|should|would|am) {SUBJECT}"
    rf"|(?:is|are) (?:there|anyone|everyone|you|we|they|it)"
    r"|(?:i wonder|i was wondering|i'm wondering|i'd (?:like|love) to know|i would like to know)"
    r" (?:if|whether|how|what|why|when|where|who)"
    r"|tell (?:me|us) (?:about|how|what|why|a bit about|something about|more about))\b",
    re.IGNORECASE,
)
GERMAN = re.compile(
    r"(?:ich wollte (?:mal |noch |gern |nur )*fragen|ich wüsste gern|ich würde gerne? wissen|ich frage mich"
    r"|mich (?:würde )?interessier(?:en|t)|erzählen sie (?:doch |mal |bitte |uns |mir )"
    r"|erzähl (?:doch |mal |uns |mir ))",
    re.IGNORECASE,
)
"""Questions that have the form of statements and requests."""
OPENING = frozenset(listed("und aber oder okay ok na ach"))
ASKED = frozenset(listed("sie du ihr das jemand"))
MAY_I = frozenset(listed("darf soll sollte gibt dürfen sollen"))
"""Also before `ich`, `wir`, `es`: others are as well the end of `(das) kann ich machen`."""
ASKING = frozenset({"VM(FIN)", "VA(FIN)"})
FINITE = ASKING | {"VV(FIN)"}
EARLY = 4
"""Words of a German question up to its verb: `um wie viel Uhr beginnt`."""


def questions(sentences: list[Sentence], language: str | None) -> tuple[Question, ...]:
    """In the order they were asked, at most MAX_ITEMS. Rules cannot tell the answers."""
    found = (
        Question(
            text=sentence.text, asked_by=sentence.speaker, evidence=sentence.evidence(len(sentence.text) - 1)
        )
        for sentence in sentences
        if MARK.search(sentence.text[-5:]) or _unmarked(sentence.text, language)
    )
    return tuple(question for question, _ in zip(found, range(MAX_ITEMS), strict=False))


def _unmarked(text: str, language: str | None) -> bool:
    """A question though no mark says so: transcripts lose some."""
    if text.endswith("!"):
        return False
    if language == "en":
        return ENGLISH.match(text) is not None
    return language == "de" and (GERMAN.match(text) is not None or _asks(tagged(text, "de")))


def _asks(words: tuple[Word, ...]) -> bool:
    """German by its word order: the verb comes first, before a pronoun, or second, after what asks.

    `Haben Sie Fragen, melden Sie sich` is a condition, `schicken Sie` a request.
    """
    start = next((n for n, word in enumerate(words) if word.low not in OPENING | {","}), len(words))
    rest = words[start:]
    if len(rest) < 3 or any(word.text == "," for word in rest):
        return False
    if rest[0].low in MAY_I:
        return rest[1].low in ASKED | {"ich", "wir", "es"}
    if rest[0].tag in ASKING:
        return rest[1].low in ASKED
    if rest[0].tag not in {"PWS", "PWAV", "PWAT"}:
        return False
    return any(word.tag in FINITE for word in rest[1:EARLY])

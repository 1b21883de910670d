"""Finds questions: by their mark in any language, by how they begin in English."""

import re

from analyzer.sentences import Sentence
from scribeline.contracts.analysis import MAX_ITEMS, Question

MARK = re.compile(r"[?？؟][\"'”’)\]]{0,3}$")
AUXILIARY = r"(?:is|are|was|were|do|does|did|can|could|should|shall|will|would|has|have|'s|'re)"
SUBJECT = (
    r"(?:you|we|they|he|she|it|i|anyone|everyone|anybody|the|this|that|there|our|your|their|these|those)"
)
BEGINNING = re.compile(
    rf"(?:(?:so|and|but|okay|ok|well|right|now|then),? )?"
    rf"(?:(?:who|what|when|where|why|how|which|whose)(?: (?:much|many|long|often|far|soon|about))? ?"
    rf"{AUXILIARY} {SUBJECT}"
    rf"|(?:do|does|did|can|could|should|would) {SUBJECT}"
    rf"|(?:is|are) (?:there|anyone|everyone|you|we|they|it))\b",
    re.IGNORECASE,
)


def questions(sentences: list[Sentence], language: str | None) -> tuple[Question, ...]:
    """In the order they were asked, at most MAX_ITEMS. Rules cannot tell the answers."""
    found = (
        Question(
            text=sentence.text, asked_by=sentence.speaker, evidence=sentence.evidence(len(sentence.text) - 1)
        )
        for sentence in sentences
        if MARK.search(sentence.text[-5:])
        or (language == "en" and not sentence.text.endswith("!") and BEGINNING.match(sentence.text))
    )
    return tuple(question for question, _ in zip(found, range(MAX_ITEMS), strict=False))

"""Answers to a question of the user's own: what they must look like, and what of them holds.

The schema was checked and bounded by the gateway. It is not trusted for that: no reference is followed, no
pattern is run, and what a fault says is cut.
"""

from dataclasses import dataclass
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import create

from analyzer.answers import MAX_FAULTS, Shape, TextAnswer
from analyzer.pointers import pointer
from analyzer.quotes import GONE, Pruning, Spoken, evidence_of
from analyzer.strict_json import Unusable, parse
from scribeline.contracts.analysis import Analysis, AnswerEvidence, Brief

REPORT = ("summary", "topics", "action_items", "questions", "dates", "sentiment", "chapters")
MISSING = dict.fromkeys(REPORT, "a question of its own was asked")
KEYWORDS = (
    "type",
    "enum",
    "const",
    "anyOf",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
)
"""Those that the gateway lets through (`gateway/briefs/schema_keywords.py`); any other is not looked at."""
MAX_LOOKED_AT = 200
MAX_WORDS = 200
"""Characters of one fault."""

_Validator = create(
    meta_schema=Draft202012Validator.META_SCHEMA,
    validators={word: Draft202012Validator.VALIDATORS[word] for word in KEYWORDS},
    type_checker=Draft202012Validator.TYPE_CHECKER,
)


@dataclass(frozen=True)
class Answered:
    """An answer that follows the brief, without what was not said."""

    answer: Any
    evidence: tuple[AnswerEvidence, ...] | None
    dropped: int


class BriefForm:
    """The form that a brief's schema draws, or a text where it has none."""

    def __init__(self, brief: Brief, spoken: Spoken) -> None:
        self._brief = brief
        self._spoken = spoken

    @property
    def schema(self) -> dict[str, Any]:
        return self._brief.answer_schema or Shape(TextAnswer).schema

    def read(self, content: str) -> Answered:
        """The answer, checked. An object whose quote was not said is dropped: from its list, or, as a
        property, it becomes null or is left out, as the schema allows. Raises Unusable."""
        if self._brief.answer_schema is None:
            return Answered(Shape(TextAnswer).read(content).answer, None, 0)
        try:
            return self._checked(parse(content))
        except RecursionError:
            raise Unusable("answer: it is nested too deeply") from None

    def _checked(self, given: Any) -> Answered:
        if faults := self._faults(given):
            raise Unusable(_told(faults))
        pruning = Pruning(self._spoken)
        answer = pruning.kept(given)
        if answer is GONE:
            raise Unusable("answer: its quote does not stand in the text")
        if pruning.dropped and (faults := self._after(answer, pruning)):
            raise Unusable(f"without what has a quote that does not stand in the text: {_told(faults)}")
        return Answered(answer, evidence_of(answer, self._spoken), pruning.dropped)

    def _after(self, answer: Any, pruning: Pruning) -> list[ValidationError]:
        """Faults that pruning brought. Where null is not allowed, the property is taken out."""
        places = {tuple(fault.absolute_path) for fault in self._faults(answer)}
        for place in places.intersection(pruning.emptied):
            holder = answer
            for step in place[:-1]:
                holder = holder[step]
            del holder[place[-1]]
        return self._faults(answer) if places else []

    def _faults(self, answer: Any) -> list[ValidationError]:
        return list(islice(_Validator(self.schema).iter_errors(answer), MAX_LOOKED_AT))


def answered(brief: Brief, given: Answered, **made: Any) -> Analysis:
    """The analysis that has the answer in place of a report."""
    return Analysis(
        answer=given.answer,
        answer_evidence=given.evidence,
        dropped=given.dropped,
        template=brief.template,
        missing=MISSING,
        **made,
    )


def _told(faults: list[ValidationError]) -> str:
    """The validator's words with the places they are about, by JSON pointer."""
    return "; ".join(
        f"{pointer(fault.absolute_path) or 'answer'}: {_short(fault.message)}"
        for fault in faults[:MAX_FAULTS]
    )


def _short(words: str) -> str:
    """What is wrong stands at the end, after the value that is."""
    return words if len(words) <= MAX_WORDS else f"{words[:60]}...{words[60 - MAX_WORDS :]}"

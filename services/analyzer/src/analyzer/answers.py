"""What the model must answer: its JSON schema goes to Ollama as `format`, its validator judges the answer.

Every string and list is bounded: small models loop inside unbounded ones. The bounds are far below the
contract's, because the grammar that enforces them grows with them.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from analyzer.strict_json import Unusable, parse
from scribeline.contracts.analysis import MAX_TEXT, SentimentLabel

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)]
Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]

MAX_FAULTS = 5
"""Told of one answer."""


A_co = TypeVar("A_co", covariant=True)


class Form(Protocol[A_co]):
    """What an answer must look like."""

    @property
    def schema(self) -> dict[str, Any]: ...

    def read(self, content: str) -> A_co:
        """The answer. Raises Unusable. Linear in it, and run in a thread."""


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


A = TypeVar("A", bound=Answer)


@dataclass(frozen=True)
class Shape(Generic[A]):
    """The form that a class draws."""

    kind: type[A]

    @property
    def schema(self) -> dict[str, Any]:
        return self.kind.model_json_schema()

    def read(self, content: str) -> A:
        try:
            return self.kind.model_validate(parse(content))
        except ValidationError as error:
            raise Unusable(_words(error)) from None


class Said(Answer):
    line: int = Field(ge=0)
    quote: Sentence


class SaidTask(Said):
    task: Sentence
    owner: Short | None = None
    due: Short | None = None


class SaidQuestion(Said):
    text: Sentence
    asked_by: Short | None = None
    answer: Sentence | None = None


class SaidDate(Said):
    text: Phrase


class SaidMood(Said):
    label: SentimentLabel
    score: float = Field(ge=-1, le=1)


class SaidChapter(Answer):
    line: int = Field(ge=0)
    title: Phrase
    summary: Sentence | None = None


class SummaryAnswer(Answer):
    summary: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1500)]


class PartAnswer(SummaryAnswer):
    topics: tuple[Phrase, ...] = Field(max_length=12)
    action_items: tuple[SaidTask, ...] = Field(max_length=20)
    questions: tuple[SaidQuestion, ...] = Field(max_length=20)
    dates: tuple[SaidDate, ...] = Field(max_length=20)
    sentiment: SaidMood


class ChapteredAnswer(PartAnswer):
    chapters: tuple[SaidChapter, ...] = Field(max_length=10)


class TextAnswer(Answer):
    """To a question without a schema."""

    answer: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]


def _words(error: ValidationError) -> str:
    """What the validator said; never the answer itself."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)[:MAX_FAULTS]
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'answer'}: {e['msg']}" for e in faults)

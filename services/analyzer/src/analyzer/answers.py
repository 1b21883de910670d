"""What the model must answer: its JSON schema goes to Ollama as `format`, its validator judges the answer.

Every string and list is bounded: small models loop inside unbounded ones. The bounds are far below the
contract's, because the grammar that enforces them grows with them.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from scribeline.contracts.analysis import SentimentLabel

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)]
Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


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


class SummaryAnswer(Answer):
    summary: str = Field(min_length=1, max_length=1500)


class PartAnswer(SummaryAnswer):
    topics: tuple[Phrase, ...] = Field(max_length=12)
    action_items: tuple[SaidTask, ...] = Field(max_length=20)
    questions: tuple[SaidQuestion, ...] = Field(max_length=20)
    dates: tuple[SaidDate, ...] = Field(max_length=20)
    sentiment: SaidMood

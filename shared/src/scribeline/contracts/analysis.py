"""Commands and results of the analyzer."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from scribeline.contracts.base import Frozen, LanguageCode
from scribeline.contracts.unit import Command, Outcome

MAX_TEXT = 2000
"""Characters of any one string in an analysis: small models loop inside unbounded strings."""
MAX_ITEMS = 200
"""Items of any one list in an analysis: those of a day of meetings, and a report still fits one message."""


class Evidence(Frozen):
    """Where in the recording it was said. `quote` stands in the segment's text, verified."""

    segment: int = Field(ge=0)
    """The segment's number in the whole transcript."""
    start: float
    quote: str = Field(max_length=MAX_TEXT)


class ActionItem(Frozen):
    task: str = Field(max_length=MAX_TEXT)
    owner: str | None = Field(default=None, max_length=200)
    due: str | None = Field(default=None, max_length=200)
    """ISO 8601 date when it could be resolved, else as quoted."""
    evidence: Evidence


class Question(Frozen):
    text: str = Field(max_length=MAX_TEXT)
    asked_by: str | None = Field(default=None, max_length=200)
    answer: str | None = Field(default=None, max_length=MAX_TEXT)
    evidence: Evidence


class MentionedDate(Frozen):
    text: str = Field(max_length=200)
    """As quoted."""
    date: str | None = Field(default=None, max_length=40)
    """ISO 8601, when `recorded_at` was given or the text is absolute."""
    evidence: Evidence


class SentimentLabel(StrEnum):
    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


class Sentiment(Frozen):
    label: SentimentLabel
    score: float = Field(ge=-1, le=1)
    """-1 most negative .. 1 most positive."""
    evidence: Evidence | None = None


class Chapter(Frozen):
    """It ends where the next one starts. The evidence is where it begins."""

    title: str = Field(max_length=200)
    summary: str | None = Field(default=None, max_length=MAX_TEXT)
    evidence: Evidence


CHAPTERS_FROM = 600.0
"""Seconds of a recording from which on it has chapters."""


class AnswerEvidence(Frozen):
    """Where in the recording a quote in the answer to a brief was said."""

    pointer: str = Field(max_length=500)
    """JSON Pointer (RFC 6901) of the object in `answer` that holds the quote."""
    evidence: Evidence


class Brief(Frozen):
    """What a user wants to know instead of the report. The schema is checked and bounded by the gateway."""

    template: str | None = None
    """Name of the template it came from, as it was when the job was made."""
    prompt: str | None = Field(default=None, max_length=4000)
    answer_schema: dict[str, Any] | None = None
    """JSON Schema (2020-12, a subset) of the answer; None is a text."""


class Coverage(Frozen):
    """How much of the transcript the engine really read."""

    segments_total: int = Field(ge=0)
    segments_read: int = Field(ge=0)
    reason: str | None = None
    """Why some were not read; None when all were."""

    @property
    def ratio(self) -> float:
        return 1.0 if self.segments_total == 0 else self.segments_read / self.segments_total


class Analysis(Frozen):
    """A report. A field the engine or language cannot give is None, with the reason in `missing`."""

    summary: str | None = Field(default=None, max_length=8000)
    topics: tuple[str, ...] | None = Field(default=None, max_length=MAX_ITEMS)
    action_items: tuple[ActionItem, ...] | None = Field(default=None, max_length=MAX_ITEMS)
    questions: tuple[Question, ...] | None = Field(default=None, max_length=MAX_ITEMS)
    dates: tuple[MentionedDate, ...] | None = Field(default=None, max_length=MAX_ITEMS)
    sentiment: Sentiment | None = None
    chapters: tuple[Chapter, ...] | None = Field(default=None, max_length=MAX_ITEMS)
    answer: Any = None
    """To the brief, following its schema; a string where the brief has none."""
    answer_evidence: tuple[AnswerEvidence, ...] | None = None
    """Of every object in `answer` that has a `quote`; those whose quote does not stand were dropped."""
    template: str | None = None
    """The brief's."""
    missing: dict[str, str] = Field(default_factory=dict)
    """Field name -> why it is None."""
    dropped: int = Field(default=0, ge=0)
    """Items the engine gave whose quote does not stand in the text."""
    coverage: Coverage
    language: LanguageCode | None = None
    engine: str
    """`ollama` or `extractive`."""
    model: str
    prompt_version: str | None = None
    fallback: str | None = None
    """Why another engine than the configured one made this; None when it did not."""


class Line(Frozen):
    """A transcript segment as the analyzer needs it."""

    number: int = Field(ge=0)
    start: float
    text: str
    speaker: str | None = None


class AnalyzePart(Command):
    """Analyze one part of a transcript: one LLM call."""

    lines: tuple[Line, ...]
    part: int = Field(default=0, ge=0)
    parts: int = Field(default=1, ge=1)
    language: LanguageCode | None = None
    recorded_at: datetime | None = None
    chapters: bool = False
    """The recording is long enough to have some."""
    brief: Brief | None = None


class MergeAnalysis(Command):
    """One analysis out of several: of parts, or of merges of parts. `lines_total` counts also what failed
    parts were to read; None in merges before the last one, which leave that to it."""

    analyses: tuple[Analysis, ...] = Field(min_length=1)
    lines_total: int | None = Field(default=None, ge=0)
    language: LanguageCode | None = None
    brief: Brief | None = None


class Tokens(Frozen):
    """What a language model read and wrote for one unit, as its server counted it, repairs included."""

    prompt: int = Field(default=0, ge=0, lt=2**40)
    completion: int = Field(default=0, ge=0, lt=2**40)


class PartAnalyzed(Outcome):
    analysis: Analysis
    tokens: Tokens | None = None
    """None where no language model was asked, or its server does not count."""


class AnalysisMerged(Outcome):
    analysis: Analysis
    tokens: Tokens | None = None
    """As of a part."""

"""Commands for the analyzer, and a meeting written for these tests."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from analyzer.settings import AnalyzerSettings
from scribeline.contracts.analysis import Analysis, AnalyzePart, Brief, Line, MergeAnalysis
from scribeline.contracts.unit import Stage, UnitRef
from scribeline.language_model import EngineChoice

JOB = UUID("019a0000-0000-7000-8000-000000000001")
WEDNESDAY = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)

MEETING = (
    "Good morning everyone, thanks for joining the budget review.",
    "Hello Marta, hello Jonas.",
    "Last quarter the warehouse project went over budget by twelve percent.",
    "That was a terrible surprise and I'm really disappointed about it.",
    "Marta will send the revised warehouse budget to the finance team by Friday.",
    "Jonas, can you call the supplier about the delivery delays",
    "before next week?",
    "Sure, I'll call them tomorrow. What is the new delivery date?",
    "The supplier promised November 30th. Did anyone check the contract?",
    "Not yet. I'm going to read the contract and report back in two weeks.",
    "Please update the risk register, because the auditors come on the 15th of January 2027.",
    "We'll see. How much does the penalty cost?",
    "I think the penalty is five percent of the delivery price.",
    "Let's book a follow-up meeting with the auditors. Tom has to prepare the slides.",
    "Great, thank you, Marta. Bye.",
)
"""Five seconds a line, numbered from 10."""


def lines_of(texts: Sequence[str], first: int = 10) -> tuple[Line, ...]:
    return tuple(Line(number=first + n, start=5.0 * n, text=text) for n, text in enumerate(texts))


def part_of(
    texts: Sequence[str],
    *,
    language: str | None = "en",
    recorded_at: datetime | None = WEDNESDAY,
    first: int = 10,
    chapters: bool = False,
    brief: Brief | None = None,
) -> AnalyzePart:
    return AnalyzePart(
        unit=UnitRef(job=JOB, stage=Stage.ANALYZE),
        lines=lines_of(texts, first),
        language=language,
        recorded_at=recorded_at,
        chapters=chapters,
        brief=brief,
    )


def merge_of(
    *analyses: Analysis, lines_total: int | None = None, brief: Brief | None = None
) -> MergeAnalysis:
    return MergeAnalysis(
        unit=UnitRef(job=JOB, stage=Stage.MERGE),
        analyses=analyses,
        lines_total=lines_total,
        language="en",
        brief=brief,
    )


def listed(items: dict[str, Any], *, of: str = "decisions", **more: Any) -> dict[str, Any]:
    """A schema as the gateway makes it: an object with a list of objects that have these properties."""
    return {
        "type": "object",
        "properties": {
            of: {"type": "array", "maxItems": 20, "items": an_object(**items)},
            **more,
        },
        "required": [of],
        "additionalProperties": False,
    }


def an_object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


TEXT = {"type": "string", "maxLength": 300}

DECISIONS = Brief(
    template="decisions",
    prompt="What was decided, and who said so?",
    answer_schema=listed({"line": {"type": "integer"}, "quote": TEXT, "what": TEXT}),
)


def settings_for(
    url: str, engine: EngineChoice = EngineChoice.OLLAMA, timeout: float = 20.0
) -> AnalyzerSettings:
    """No waiting between retries; a server on loopback answers at once or not at all."""
    return AnalyzerSettings(
        analyzer_engine=engine, ollama_url=url, ollama_timeout_seconds=timeout, ollama_retry_seconds=0.0
    )

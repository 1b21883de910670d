"""A language model that is asked as the analyzer asks it, and whose answers are kept to be looked at."""

from collections.abc import Iterator, Sequence
from typing import Any

import ollama

from analyzer.llm import Llm
from analyzer.prompts import Prompt
from analyzer.reader import LlmEngine
from analyzer.settings import AnalyzerSettings
from scribeline.contracts.analysis import Analysis, AnalyzePart, Evidence, Line
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail

MOST_SECONDS = 1800.0
"""For one answer: a machine that others use too may take that long."""


class Watched(Llm):
    """`calls` has every prompt with the server's response, repairs too."""

    def __init__(self, url: str, model: str, answer_tokens: int = 1024) -> None:
        settings = {"ollama_url": url, "ollama_model": model, "ollama_answer_tokens": answer_tokens}
        super().__init__(AnalyzerSettings(ollama_timeout_seconds=MOST_SECONDS, **settings))  # type: ignore[arg-type]
        self.calls: list[tuple[Prompt, ollama.ChatResponse]] = []

    async def _chat(self, prompt: Prompt, schema: dict[str, Any], context: int) -> ollama.ChatResponse:
        response = await super()._chat(prompt, schema, context)
        self.calls.append((prompt, response))
        return response

    async def read(self, part: AnalyzePart) -> Analysis | None:
        """The analysis; None when no answer was usable. Raises whatever else goes wrong."""
        try:
            return await LlmEngine(self).analyze(part)
        except Fail as failure:
            if failure.code is not Code.LLM_ANSWER_INVALID:
                raise
            return None


def evidence_of(analysis: Analysis) -> Iterator[Evidence]:
    """All of it."""
    for items in (analysis.action_items, analysis.questions, analysis.dates, analysis.chapters):
        yield from (item.evidence for item in items or ())
    yield from (each.evidence for each in analysis.answer_evidence or ())
    if analysis.sentiment and analysis.sentiment.evidence:
        yield analysis.sentiment.evidence


def misquoted(analysis: Analysis, lines: Sequence[Line]) -> list[Evidence]:
    """Evidence that is not, word for word, in the segment it names, or has another start."""
    said = {line.number: line for line in lines}
    return [
        each
        for each in evidence_of(analysis)
        if not each.quote
        or each.segment not in said
        or each.quote not in said[each.segment].text
        or each.start != said[each.segment].start
    ]

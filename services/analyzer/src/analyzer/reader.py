"""The engine that has a language model read: prompt, answer, and a check of every quote."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Generic, TypeVar

from analyzer.answers import ChapteredAnswer, Form, PartAnswer, Shape
from analyzer.briefs import BriefForm, answered
from analyzer.coverage import and_withheld, coverage_of
from analyzer.llm import Llm, within
from analyzer.orders import is_order
from analyzer.prompts import PROMPT_VERSION, Prompt, answer_brief, read_part, shown
from analyzer.quotes import Lines
from analyzer.report import fields_of
from analyzer.threads import in_thread
from analyzer.unions import summed_up, united_answer
from scribeline.contracts.analysis import Analysis, AnalyzePart, Brief, Coverage, Line, MergeAnalysis
from scribeline.contracts.text import most_tokens

ENGINE = "ollama"

T = TypeVar("T")


@dataclass(frozen=True)
class Reading(Generic[T]):
    """An answer about the lines that were sent."""

    sent: tuple[Line, ...]
    answer: T
    coverage: Coverage


class LlmEngine:
    """Reads with a language model. Raises what `llm.py` tells; never falls back."""

    def __init__(self, llm: Llm) -> None:
        self._llm = llm

    async def analyze(self, part: AnalyzePart) -> Analysis:
        return await (self._report(part) if part.brief is None else self._answer(part, part.brief))

    async def merge(self, parts: MergeAnalysis) -> Analysis:
        if parts.brief is None:
            return await summed_up(self._llm, parts)
        return await united_answer(self._llm, parts, parts.brief)

    async def _report(self, part: AnalyzePart) -> Analysis:
        shape: Form[PartAnswer] = Shape(ChapteredAnswer) if part.chapters else Shape(PartAnswer)
        read = await self._read(
            part.lines,
            lambda lines: read_part(lines, part.recorded_at, chapters=part.chapters),
            lambda _: shape,
        )
        # quotes are looked up in up to 256 KiB of text: not on the event loop
        fields = await in_thread(fields_of, part, read.sent, read.answer)
        return Analysis(**fields, **self._made(part, read))

    async def _answer(self, part: AnalyzePart, brief: Brief) -> Analysis:
        read = await self._read(
            part.lines,
            lambda lines: answer_brief(lines, brief, part.recorded_at),
            lambda lines: BriefForm(brief, Lines(lines)),
        )
        return answered(brief, read.answer, **self._made(part, read))

    def _made(self, part: AnalyzePart, read: Reading[Any]) -> dict[str, Any]:
        return {
            "coverage": read.coverage,
            "language": part.language,
            "engine": ENGINE,
            "model": self._llm.model,
            "prompt_version": PROMPT_VERSION,
        }

    async def _read(
        self,
        lines: tuple[Line, ...],
        prompt_of: Callable[[tuple[Line, ...]], Prompt],
        form_of: Callable[[tuple[Line, ...]], Form[T]],
    ) -> Reading[T]:
        """Ask about as many lines as there is room for. Orders to the model are not among them."""
        said = tuple(line for line in lines if not is_order(line.text)) or lines

        async def asked(room: int) -> Reading[T]:
            sent = lines_that_fit(said, room)
            prompt = prompt_of(sent)
            reply = await self._llm.ask(prompt, await in_thread(form_of, sent))
            coverage = coverage_of(said, sent, prompt, reply)
            return Reading(sent, reply.answer, and_withheld(coverage, len(lines) - len(said)))

        room = self._llm.room - most_tokens(prompt_of(()).text)
        return await within(min(room, sum(map(tokens_of, said))), asked)


def tokens_of(line: Line) -> int:
    """What a line costs in a prompt, at most."""
    return most_tokens(f"{shown(line)}\n")


def lines_that_fit(lines: tuple[Line, ...], room: int) -> tuple[Line, ...]:
    """The first lines that fit so many tokens; if not even one does, the beginning of the first."""
    count = sum(total <= room for total in accumulate(map(tokens_of, lines)))
    if count or not lines:
        return lines[:count]
    return (lines[0].model_copy(update={"text": lines[0].text[: max(1, room)]}),)

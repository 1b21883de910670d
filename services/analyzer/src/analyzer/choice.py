"""Which engine makes the report."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina

from analyzer.bounds import clean
from analyzer.handler import Engine
from scribeline.contracts.analysis import Analysis, AnalyzePart, MergeAnalysis
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown, Fail
from scribeline.language_model import Trouble

T = TypeVar("T")

PASSING = (Trouble, DependencyDown)
"""Mishaps of a language model that may be over in a moment; see `scribeline/language_model.py`."""
MISHAPS = (*PASSING, Fail)
"""All the ways in which one can let us down."""


class RulesOnly:
    """The rules where no language model is: a question of one's own is nothing for them."""

    def __init__(self, rules: Engine) -> None:
        self._rules = rules

    async def analyze(self, part: AnalyzePart) -> Analysis:
        _need_no_model(part)
        return await self._rules.analyze(part)

    async def merge(self, parts: MergeAnalysis) -> Analysis:
        _need_no_model(parts)
        return await self._rules.merge(parts)


class AutoEngine:
    """Asks the model when it answers, else the rules, unit by unit; the report's `fallback` says why.

    Not there when the unit starts: the rules at once. Failing midway: tried again after each of `delays`
    (seconds), then the rules. A question of one's own only a model can answer: Fail(LLM_UNAVAILABLE) takes
    the rules' place. Otherwise it never raises one of MISHAPS, but for what `unavailable` does.
    """

    def __init__(
        self,
        model: Engine,
        rules: Engine,
        *,
        unavailable: Callable[[], Awaitable[str | None]],
        delays: tuple[float, ...],
    ) -> None:
        self._model = model
        self._rules = rules
        self._unavailable = unavailable
        self._delays = delays

    async def analyze(self, part: AnalyzePart) -> Analysis:
        return await self._made(part, lambda engine: engine.analyze(part))

    async def merge(self, parts: MergeAnalysis) -> Analysis:
        return await self._made(parts, lambda engine: engine.merge(parts))

    async def _made(
        self, asked: AnalyzePart | MergeAnalysis, report: Callable[[Engine], Awaitable[Analysis]]
    ) -> Analysis:
        why = await self._unavailable()
        if asked.brief is not None:
            return await self._answered(lambda: report(self._model))
        if why is None:
            try:
                return await retried(lambda: report(self._model), self._delays)
            except MISHAPS as error:
                why = error.message if isinstance(error, Fail) else str(error)
        made = await report(self._rules)
        return made.model_copy(update={"fallback": clean("; ".join(filter(None, [made.fallback, why])), 500)})

    async def _answered(self, answer: Callable[[], Awaitable[Analysis]]) -> Analysis:
        try:
            return await retried(answer, self._delays, PASSING)
        except PASSING as error:
            raise Fail(Code.LLM_UNAVAILABLE, str(error)) from error


async def retried(
    work: Callable[[], Awaitable[T]],
    delays: tuple[float, ...],
    mishaps: tuple[type[Exception], ...] = MISHAPS,
) -> T:
    """Do it, and once more after each delay while it ends in one of the mishaps."""
    left = iter(delays)

    def wait(error: Exception) -> float | bool:
        return next(left, False) if isinstance(error, mishaps) else False

    caller = stamina.AsyncRetryingCaller(attempts=len(delays) + 1, timeout=None)
    return await caller(wait, work)


def _need_no_model(asked: AnalyzePart | MergeAnalysis) -> None:
    if asked.brief is not None:
        raise Fail(Code.ANALYSIS_NEEDS_LLM)

"""Which engine makes the report."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina

from analyzer.bounds import clean
from analyzer.handler import Engine
from analyzer.llm import Trouble
from scribeline.contracts.analysis import Analysis, AnalyzePart, MergeAnalysis
from scribeline.contracts.failures import DependencyDown, Fail

T = TypeVar("T")

MISHAPS = (Trouble, DependencyDown, Fail)
"""How a language model can let us down; see `llm.py`."""


class AutoEngine:
    """Asks the model when it answers, else the rules, unit by unit; the report's `fallback` says why.

    Not there when the unit starts: the rules at once. Failing midway: tried again after each of `delays`
    (seconds), then the rules. Never raises one of MISHAPS.
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
        return await self._made(lambda engine: engine.analyze(part))

    async def merge(self, parts: MergeAnalysis) -> Analysis:
        return await self._made(lambda engine: engine.merge(parts))

    async def _made(self, report: Callable[[Engine], Awaitable[Analysis]]) -> Analysis:
        why = await self._unavailable()
        if why is None:
            try:
                return await retried(lambda: report(self._model), self._delays)
            except MISHAPS as error:
                why = error.message if isinstance(error, Fail) else str(error)
        made = await report(self._rules)
        return made.model_copy(update={"fallback": clean("; ".join(filter(None, [made.fallback, why])), 500)})


async def retried(work: Callable[[], Awaitable[T]], delays: tuple[float, ...]) -> T:
    """Do it, and once more after each delay while it ends in one of MISHAPS."""
    left = iter(delays)

    def wait(error: Exception) -> float | bool:
        return next(left, False) if isinstance(error, MISHAPS) else False

    caller = stamina.AsyncRetryingCaller(attempts=len(delays) + 1, timeout=None)
    return await caller(wait, work)

"""The tokens that a unit costs, whoever asks the model on its behalf, however often."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from scribeline.contracts.analysis import Tokens
from scribeline.telemetry.metrics.language_model import LLM_TOKENS

MOST_COUNTED = 2**31
"""Tokens of one call; no context is as large."""


@dataclass
class Meter:
    prompt: int = 0
    completion: int = 0

    @property
    def tokens(self) -> Tokens | None:
        """None where nothing was counted."""
        if not (self.prompt or self.completion):
            return None
        return Tokens(prompt=self.prompt, completion=self.completion)


_meter: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metered() -> Iterator[Meter]:
    """Counts what this task spends within the block."""
    meter = Meter()
    token = _meter.set(meter)
    try:
        yield meter
    finally:
        _meter.reset(token)


def spend(prompt: int | None, completion: int | None) -> None:
    LLM_TOKENS.labels("prompt").inc(counted(prompt) or 0)
    LLM_TOKENS.labels("completion").inc(counted(completion) or 0)
    if (meter := _meter.get()) is not None:
        meter.prompt += counted(prompt) or 0
        meter.completion += counted(completion) or 0


def counted(count: int | None) -> int | None:
    """None for what is no count, as 0 of servers that had a prompt in a cache."""
    return count if count is not None and 0 < count < MOST_COUNTED else None

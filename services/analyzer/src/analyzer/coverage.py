"""How much of what was sent a model really read. Ollama cuts a prompt silently; its count of tokens tells."""

from dataclasses import dataclass
from typing import Any

from analyzer import tokens
from analyzer.llm import Reply
from analyzer.prompts import Prompt
from scribeline.contracts.analysis import Coverage, Line
from scribeline.contracts.text import most_tokens
from scribeline.telemetry.metrics.language_model import LLM_TRUNCATIONS

WITHHELD = "{} segments that give orders to the language model were not shown to it"
TOO_LONG = "the text was longer than the model's context allows"


@dataclass(frozen=True)
class Cut:
    """A prompt that was not read whole."""

    counted: int
    about: int
    """Tokens sent, estimated."""

    def of(self, whole: int) -> int:
        """The part of `whole` that was read; less than it."""
        return whole * self.counted // self.about

    def __str__(self) -> str:
        return f"the server read {self.counted} of about {self.about} tokens sent and cut the rest silently"


def cut(prompt: Prompt, reply: Reply[Any]) -> Cut | None:
    """Whether the server read less than it was sent; None when nothing speaks for it.

    It counted fewer tokens than there can be, or its context was full: the one asked for, or another size
    that is a power of two, as contexts are.
    """
    counted, least = reply.prompt_tokens, tokens.least(prompt.text)
    if counted is None:
        return None
    likely = most_tokens(prompt.text) * 3 // 4
    full = counted >= reply.context or (counted >= 1024 and counted.bit_count() == 1 and counted < likely)
    if counted >= least and not full:
        return None
    return Cut(counted, max(least, likely, counted + 1))


def cut_and_counted(prompt: Prompt, reply: Reply[Any]) -> Cut | None:
    """The same, to be asked once for each reply: it counts as a truncation, unless its answer did already."""
    if (less := cut(prompt, reply)) is not None and not reply.at_limit:
        LLM_TRUNCATIONS.inc()
    return less


def coverage_of(
    lines: tuple[Line, ...], sent: tuple[Line, ...], prompt: Prompt, reply: Reply[Any]
) -> Coverage:
    """Of a part, to be asked once for each reply. A line that was sent in part only counts as unread."""
    read = sum(given is shown for given, shown in zip(lines, sent, strict=False))
    reasons = [TOO_LONG] if read < len(lines) else []
    if (less := cut_and_counted(prompt, reply)) is not None:
        read = less.of(read)
        reasons.append(str(less))
    return Coverage(segments_total=len(lines), segments_read=read, reason="; ".join(reasons) or None)


def and_withheld(coverage: Coverage, lines: int) -> Coverage:
    """The same of a part of which so many lines were not shown to the model."""
    if not lines:
        return coverage
    reasons = filter(None, (WITHHELD.format(lines), coverage.reason))
    return coverage.model_copy(
        update={"segments_total": coverage.segments_total + lines, "reason": "; ".join(reasons)}
    )

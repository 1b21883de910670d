"""Keeps a report small enough for one message, and its strings sendable."""

from typing import Any

from scribeline.contracts.analysis import Analysis

MAX_BYTES = 240 * 1024
"""Of one encoded report: a result message may have 256 KiB, the envelope takes its share."""

LISTS = ("questions", "action_items", "dates")


def clean(text: str, limit: int) -> str:
    """Collapse whitespace, replace what UTF-8 cannot carry (lone surrogates), cut at `limit` characters."""
    sendable = text.encode("utf-8", "replace").decode().replace("\0", " ")
    return " ".join(sendable.split())[:limit].rstrip()


def fit(analysis: Analysis, limit: int = MAX_BYTES) -> Analysis:
    """The report, its lists halved until it encodes to `limit` bytes; coverage then says so."""
    kept = analysis
    while len(kept.model_dump_json().encode()) > limit and any(getattr(kept, name) for name in LISTS):
        longest = max(LISTS, key=lambda name: len(getattr(kept, name) or ()))
        items = getattr(kept, longest)
        kept = _with(kept, **{longest: items[: len(items) // 2]})
    if kept is analysis:
        return kept
    reason = "; ".join(
        filter(None, [kept.coverage.reason, "the last items were left out: the report was too large"])
    )
    return _with(kept, coverage=kept.coverage.model_copy(update={"reason": reason[:500]}))


def _with(analysis: Analysis, **changes: Any) -> Analysis:
    return analysis.model_copy(update=changes)

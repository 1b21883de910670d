"""Keeps a report small enough for one message, and its strings sendable."""

from scribeline.contracts.analysis import Analysis
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail

MAX_BYTES = 240 * 1024
"""Of one encoded report: a result message may have 256 KiB, the envelope takes its share."""

LISTS = ("questions", "action_items", "dates", "chapters", "answer_evidence")


def clean(text: str, limit: int) -> str:
    """Collapse whitespace, replace what UTF-8 cannot carry (lone surrogates), cut at `limit` characters."""
    sendable = text.encode("utf-8", "replace").decode().replace("\0", " ")
    return " ".join(sendable.split())[:limit].rstrip()


def fit(analysis: Analysis, limit: int = MAX_BYTES) -> Analysis:
    """The report, its lists halved until it encodes to `limit` bytes; coverage then says so.

    Raises Fail(RESULT_TOO_LARGE) for an answer to a brief that alone is larger.
    """
    kept = analysis
    while len(kept.model_dump_json().encode()) > limit:
        longest = max(LISTS, key=lambda name: len(getattr(kept, name) or ()))
        if not (items := getattr(kept, longest)):
            raise Fail(Code.RESULT_TOO_LARGE, "The answer is larger than a message may be.")
        kept = kept.model_copy(update={longest: items[: len(items) // 2]})
    if kept is analysis:
        return kept
    reason = "; ".join(
        filter(None, [kept.coverage.reason, "the last items were left out: the report was too large"])
    )
    return kept.model_copy(update={"coverage": kept.coverage.model_copy(update={"reason": reason[:500]})})

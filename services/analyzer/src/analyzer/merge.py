"""One report out of those of the parts: pure rules, no input or output."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from analyzer.bounds import clean
from analyzer.evidence import fold
from scribeline.contracts.analysis import (
    MAX_ITEMS,
    ActionItem,
    Analysis,
    Coverage,
    MentionedDate,
    MergeAnalysis,
    Question,
    Sentiment,
    SentimentLabel,
)

MAX_SUMMARY = 4000
"""Characters of a summary."""
MAX_TOPICS = 12
NEUTRAL = 0.05
"""A score nearer to 0 is neutral: VADER's authors' threshold (cjhutto/vaderSentiment, README)."""

T = TypeVar("T")


def unite(parts: MergeAnalysis) -> Analysis:
    """Items of all parts in order and without repetitions, topics ranked, coverage summed."""
    analyses = parts.analyses
    lead = _lead(analyses)
    fields = {
        "summary": _summary([a.summary for a in analyses if a.summary]),
        "topics": _topics([a.topics for a in analyses if a.topics is not None]),
        "action_items": _items((a.action_items for a in analyses), _task_key),
        "questions": _items((a.questions for a in analyses), _question_key),
        "dates": _items((a.dates for a in analyses), _date_key),
        "sentiment": _sentiment(analyses),
    }
    reasons = {name: why for a in analyses for name, why in a.missing.items()}
    return Analysis(
        **fields,
        missing={name: why for name, why in reasons.items() if fields.get(name) is None},
        dropped=sum(a.dropped for a in analyses),
        coverage=_coverage(parts),
        language=parts.language,
        engine=lead.engine,
        model=lead.model,
        prompt_version=lead.prompt_version,
        fallback=_fallback(analyses),
    )


def label_of(score: float) -> SentimentLabel:
    if abs(score) < NEUTRAL:
        return SentimentLabel.NEUTRAL
    return SentimentLabel.POSITIVE if score > 0 else SentimentLabel.NEGATIVE


def _lead(analyses: tuple[Analysis, ...]) -> Analysis:
    """One made by the engine that read most segments."""
    read: Counter[str] = Counter()
    for analysis in analyses:
        read[analysis.engine] += analysis.coverage.segments_read
    engine = max(read, key=lambda name: read[name])
    return next(a for a in analyses if a.engine == engine)


def _fallback(analyses: tuple[Analysis, ...]) -> str | None:
    reasons = [a.fallback for a in analyses if a.fallback]
    if not reasons:
        return None
    return clean(f"{len(reasons)} of {len(analyses)} parts: {'; '.join(dict.fromkeys(reasons))}", 500)


def _summary(summaries: list[str]) -> str | None:
    """The parts' summaries one after the other, each cut to its share, if possible after a sentence."""
    if not summaries:
        return None
    share = max(MAX_SUMMARY // len(summaries) - 1, 1)
    return " ".join(_cut(summary, share) for summary in summaries)[:MAX_SUMMARY]


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    head = text[:length]
    end = max(head.rfind(mark) for mark in ".!?。")
    return head[: end + 1] if end > length // 3 else head


def _topics(lists: list[tuple[str, ...]]) -> tuple[str, ...] | None:
    """By how often and how high they stood: each place counts 1 / (1 + rank)."""
    if not lists:
        return None
    weight: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for topics in lists:
        for rank, topic in enumerate(topics):
            shown.setdefault(fold(topic), topic)
            weight[fold(topic)] += 1 / (1 + rank)  # type: ignore[assignment] # Counter's stub knows whole numbers only
    return tuple(shown[key] for key, _ in weight.most_common(MAX_TOPICS))


def _task_key(item: ActionItem) -> Hashable:
    return item.evidence.segment, fold(item.task)


def _question_key(item: Question) -> Hashable:
    return item.evidence.segment, fold(item.text)


def _date_key(item: MentionedDate) -> Hashable:
    return item.evidence.segment, fold(item.text)


def _items(lists: Iterable[tuple[T, ...] | None], key: Callable[[T], Hashable]) -> tuple[T, ...] | None:
    """None when no part could give the field."""
    given = [items for items in lists if items is not None]
    if not given:
        return None
    united: dict[Hashable, T] = {}
    for items in given:
        for item in items:
            united.setdefault(key(item), item)
    return tuple(united.values())[:MAX_ITEMS]


def _sentiment(analyses: tuple[Analysis, ...]) -> Sentiment | None:
    """The mean, weighted by segments read; evidence from the part that stands furthest on that side."""
    told = [(a.sentiment, max(1, a.coverage.segments_read)) for a in analyses if a.sentiment]
    if not told:
        return None
    score = sum(s.score * weight for s, weight in told) / sum(weight for _, weight in told)
    score = max(-1.0, min(1.0, round(score, 4)))
    label = label_of(score)
    side = 1 if score > 0 else -1
    strongest = max((s for s, _ in told), key=lambda s: s.score * side)
    return Sentiment(
        label=label, score=score, evidence=None if label is SentimentLabel.NEUTRAL else strongest.evidence
    )


def _coverage(parts: MergeAnalysis) -> Coverage:
    covered = [a.coverage for a in parts.analyses]
    reasons = list(dict.fromkeys(c.reason for c in covered if c.reason))
    lost = parts.lines_total - sum(c.segments_total for c in covered)
    if lost > 0:
        reasons.append(f"{lost} segments were in parts whose analysis failed")
    return Coverage(
        segments_total=parts.lines_total,
        segments_read=min(parts.lines_total, sum(c.segments_read for c in covered)),
        reason=clean("; ".join(reasons), 500) or None,
    )

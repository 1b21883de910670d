"""One report out of those of the parts: pure rules, no input or output."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

from analyzer.bounds import clean
from analyzer.evidence import fold
from scribeline.contracts.analysis import (
    MAX_ITEMS,
    ActionItem,
    Analysis,
    Chapter,
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

IN_PARTS = "parts of it: "
"""Before the reasons of a report that fell back in some of its parts only."""

T = TypeVar("T")


def unite(parts: MergeAnalysis) -> Analysis:
    """Items of all parts in order and without repetitions, topics ranked, coverage summed.

    What was united may be united again: no wording, count or item changes by it.
    """
    analyses = parts.analyses
    lead = _lead(analyses)
    found = _found(analyses)
    fields = {
        "summary": _summary([a.summary for a in analyses if a.summary]),
        "topics": _topics([a.topics for a in analyses if a.topics is not None]),
        "sentiment": _sentiment(analyses),
        **{name: items and items[:MAX_ITEMS] for name, items in found.items()},
    }
    reasons = {name: why for a in analyses for name, why in a.missing.items()}
    return Analysis(
        **fields,
        missing={name: why for name, why in reasons.items() if fields.get(name) is None},
        dropped=sum(a.dropped for a in analyses),
        coverage=_with_cuts(coverage_of_parts(parts), found),
        language=parts.language,
        engine=lead.engine,
        model=lead.model,
        prompt_version=lead.prompt_version,
        fallback=_fallback(analyses),
    )


def all_reasons(given: Iterable[str | None]) -> str | None:
    """Reasons in one sentence, each once, at most 500 characters."""
    pieces = (piece for reason in given if reason for piece in reason.split("; "))
    return clean("; ".join(dict.fromkeys(pieces)), 500) or None


def coverage_of_parts(parts: MergeAnalysis) -> Coverage:
    """The sum; what failed parts were to read is known to the last merge only."""
    covered = [a.coverage for a in parts.analyses]
    known = sum(c.segments_total for c in covered)
    total = known if parts.lines_total is None else parts.lines_total
    lost = f"{total - known} segments were in parts whose analysis failed" if total > known else None
    return Coverage(
        segments_total=total,
        segments_read=min(total, sum(c.segments_read for c in covered)),
        reason=all_reasons([lost, *(c.reason for c in covered)]),
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
    given = [a.fallback for a in analyses if a.fallback]
    whole = len(given) == len(analyses) and not any(why.startswith(IN_PARTS) for why in given)
    reasons = all_reasons(why.removeprefix(IN_PARTS) for why in given)
    return reasons if whole or reasons is None else f"{IN_PARTS}{reasons}"[:500]


def _summary(summaries: list[str]) -> str | None:
    """The parts' summaries one after the other, each cut to its share, if possible after a sentence."""
    if not summaries:
        return None
    share = max(MAX_SUMMARY // len(summaries) - 1, 1)
    return " ".join(cut(summary, share) for summary in summaries)[:MAX_SUMMARY]


def cut(text: str, length: int) -> str:
    """No longer than that: after a sentence, else after a word, which three dots tell."""
    if len(text) <= length:
        return text
    head = text[:length]
    end = max(head.rfind(mark) for mark in ".!?。")
    if end > length // 3:
        return head[: end + 1]
    words, space, _ = text[: length - 1].rpartition(" ")
    return f"{words if space and len(words) > length // 3 else text[: length - 1]}…"


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


def _found(analyses: tuple[Analysis, ...]) -> dict[str, tuple[Any, ...] | None]:
    """All items of each kind; None when no part could give it."""
    return {
        "action_items": _items((a.action_items for a in analyses), _task_key),
        "questions": _items((a.questions for a in analyses), _question_key),
        "dates": _items((a.dates for a in analyses), _date_key),
        "chapters": _chapters([a.chapters for a in analyses if a.chapters is not None]),
    }


def _items(lists: Iterable[tuple[T, ...] | None], key: Callable[[T], Hashable]) -> tuple[T, ...] | None:
    given = [items for items in lists if items is not None]
    if not given:
        return None
    united: dict[Hashable, T] = {}
    for items in given:
        for item in items:
            united.setdefault(key(item), item)
    return tuple(united.values())


def _chapters(lists: list[tuple[Chapter, ...]]) -> tuple[Chapter, ...] | None:
    """In the recording's order. A chapter that has the title of the one before it goes on with it: it was
    only begun anew because a part ended."""
    if not lists:
        return None
    ordered = sorted((one for chapters in lists for one in chapters), key=lambda one: one.evidence.segment)
    pairs = zip([None, *ordered], ordered, strict=False)
    return tuple(one for before, one in pairs if before is None or fold(before.title) != fold(one.title))


def _with_cuts(coverage: Coverage, found: dict[str, tuple[Any, ...] | None]) -> Coverage:
    """A reader must know that there was more than a report holds."""
    cut = [
        f"{name.replace('_', ' ')} beyond the first {MAX_ITEMS} were left out"
        for name, items in found.items()
        if len(items or ()) > MAX_ITEMS
    ]
    return coverage.model_copy(update={"reason": all_reasons([*cut, coverage.reason])}) if cut else coverage


def _sentiment(analyses: tuple[Analysis, ...]) -> Sentiment | None:
    """The mean, weighted by segments read. Its evidence is that of the part furthest on its side, or, when
    it is neutral, of the part nearest to it."""
    told = [(a.sentiment, max(1, a.coverage.segments_read)) for a in analyses if a.sentiment]
    if not told:
        return None
    score = sum(s.score * weight for s, weight in told) / sum(weight for _, weight in told)
    score = max(-1.0, min(1.0, round(score, 4)))
    label = label_of(score)
    shown = [s for s, _ in told if s.evidence] or [s for s, _ in told]
    if label is SentimentLabel.NEUTRAL:
        typical = min(shown, key=lambda s: abs(s.score - score))
    else:
        typical = max(shown, key=lambda s: s.score if score > 0 else -s.score)
    return Sentiment(label=label, score=score, evidence=typical.evidence)

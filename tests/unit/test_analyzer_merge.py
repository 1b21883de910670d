"""One report out of many, and small enough to be sent."""

from typing import Any

import pytest

from analyzer.bounds import fit
from analyzer.extractive import report
from analyzer.handler import Engine, analyze_part, handle
from analyzer.merge import MAX_SUMMARY, unite
from analyzer.settings import AnalyzerSettings
from scribeline.contracts.analysis import (
    MAX_ITEMS,
    MAX_TEXT,
    ActionItem,
    Analysis,
    AnalysisMerged,
    AnalyzePart,
    AnswerEvidence,
    Chapter,
    Coverage,
    Evidence,
    MergeAnalysis,
    PartAnalyzed,
    Question,
    Sentiment,
    SentimentLabel,
)
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from tests.support.analyses import MEETING, merge_of, part_of


def analysis(segments: int = 10, **fields: Any) -> Analysis:
    given = {
        "coverage": Coverage(segments_total=segments, segments_read=segments),
        "engine": "extractive",
        "model": "rules",
        **fields,
    }
    return Analysis(**given)


def task(words: str, segment: int) -> ActionItem:
    return ActionItem(task=words, evidence=Evidence(segment=segment, start=0.0, quote=words[:100]))


def mood(label: SentimentLabel, score: float) -> Sentiment:
    return Sentiment(label=label, score=score, evidence=Evidence(segment=1, start=0.0, quote=label))


class Fixed:
    """An engine that has its answer ready."""

    def __init__(self, made: Analysis) -> None:
        self.made = made

    async def analyze(self, part: AnalyzePart) -> Analysis:
        return self.made

    async def merge(self, parts: MergeAnalysis) -> Analysis:
        return self.made


def test_an_item_that_two_parts_found_appears_once() -> None:
    first = analysis(action_items=(task("Call Bob", 1), task("Write it down", 2)))
    second = analysis(action_items=(task("write it down.", 2), task("Call Bob", 9)))

    merged = unite(merge_of(first, second, lines_total=20))

    assert [(item.task, item.evidence.segment) for item in merged.action_items or ()] == [
        ("Call Bob", 1),
        ("Write it down", 2),
        ("Call Bob", 9),
    ]


def test_topics_that_come_up_often_and_early_rank_first() -> None:
    merged = unite(
        merge_of(
            analysis(topics=("weather", "Budget")),
            analysis(topics=("budget", "travel")),
            analysis(topics=("budget",)),
            lines_total=30,
        )
    )

    assert merged.topics == ("Budget", "weather", "travel")


def test_sentiment_weighs_a_long_part_more_than_a_short_one() -> None:
    merged = unite(
        merge_of(
            analysis(90, sentiment=mood(SentimentLabel.NEGATIVE, -0.5)),
            analysis(10, sentiment=mood(SentimentLabel.POSITIVE, 0.9)),
            lines_total=100,
        )
    )

    assert merged.sentiment is not None
    assert (merged.sentiment.label, merged.sentiment.score) == (SentimentLabel.NEGATIVE, -0.36)
    assert merged.sentiment.evidence is not None
    assert merged.sentiment.evidence.quote == "negative"


def test_a_neutral_whole_is_shown_by_the_part_that_is_most_like_it() -> None:
    merged = unite(
        merge_of(
            analysis(10, sentiment=mood(SentimentLabel.NEGATIVE, -0.8)),
            analysis(10, sentiment=mood(SentimentLabel.NEUTRAL, 0.01)),
            analysis(10, sentiment=mood(SentimentLabel.POSITIVE, 0.8)),
            lines_total=30,
        )
    )

    assert merged.sentiment is not None
    assert (merged.sentiment.label, merged.sentiment.score) == (SentimentLabel.NEUTRAL, 0.0033)
    assert merged.sentiment.evidence is not None
    assert merged.sentiment.evidence.quote == "neutral"


def test_a_part_without_words_for_its_mood_lends_its_score_only() -> None:
    silent = Sentiment(label=SentimentLabel.POSITIVE, score=1.0)
    merged = unite(
        merge_of(analysis(sentiment=silent), analysis(sentiment=mood(SentimentLabel.POSITIVE, 0.2)))
    )

    assert merged.sentiment is not None
    assert merged.sentiment.score == 0.6
    assert merged.sentiment.evidence is not None


def chapter(title: str, segment: int) -> Chapter:
    return Chapter(title=title, evidence=Evidence(segment=segment, start=float(segment), quote=title))


def test_a_chapter_that_a_parts_border_cut_in_two_is_one_again() -> None:
    merged = unite(
        merge_of(
            analysis(chapters=(chapter("Welcome", 0), chapter("The budget", 7))),
            analysis(chapters=(chapter("the Budget.", 10), chapter("Welcome", 15))),
            lines_total=20,
        )
    )

    assert [(c.title, c.evidence.segment) for c in merged.chapters or ()] == [
        ("Welcome", 0),
        ("The budget", 7),
        ("Welcome", 15),
    ]


def test_a_short_recording_has_no_chapters_and_says_why() -> None:
    why = {"chapters": "the recording is shorter than 10 minutes"}
    merged = unite(merge_of(analysis(missing=why), analysis(missing=why)))

    assert (merged.chapters, merged.missing) == (None, why)


def test_segments_of_failed_parts_count_as_unread() -> None:
    merged = unite(merge_of(analysis(10), analysis(10), lines_total=35))

    assert (merged.coverage.segments_total, merged.coverage.segments_read) == (35, 20)
    assert "15 segments" in (merged.coverage.reason or "")


def test_what_merges_of_merges_say_is_what_one_merge_would_say() -> None:
    parts = [
        analysis(
            10,
            topics=("budget",),
            action_items=(task(f"task {n}", 10 * n),),
            chapters=(chapter("The budget" if n % 2 else "Other things", 10 * n),),
            sentiment=mood(SentimentLabel.POSITIVE, 0.5),
            dropped=n,
            fallback="llm is unreachable; really" if n % 3 else None,
            missing={"dates": "nobody knows"},
            coverage=Coverage(segments_total=10, segments_read=9, reason="too long"),
        )
        for n in range(10)
    ]
    once = unite(merge_of(*parts, lines_total=130))
    halves = [unite(merge_of(*parts[:5])), unite(merge_of(*parts[5:]))]
    twice = unite(merge_of(*halves, lines_total=130))

    assert twice == once
    assert (once.coverage.segments_total, once.coverage.segments_read) == (130, 90)
    assert once.coverage.reason == "30 segments were in parts whose analysis failed; too long"
    assert once.fallback == "parts of it: llm is unreachable; really"
    assert once.dropped == 45


def test_a_merge_of_one_changes_nothing() -> None:
    part = analysis(
        10, topics=("a", "b"), action_items=(task("x", 1),), fallback="why", dropped=2, language="en"
    )

    assert unite(merge_of(part)) == part


def test_whole_reports_that_fell_back_say_so_without_more_words() -> None:
    merged = unite(merge_of(analysis(fallback="llm is away"), analysis(fallback="llm is away")))

    assert merged.fallback == "llm is away"


def test_words_about_failed_parts_are_not_cut_off_by_others() -> None:
    wordy = [
        analysis(coverage=Coverage(segments_total=9, segments_read=1, reason=f"reason {n} " * 20))
        for n in range(9)
    ]
    merged = unite(merge_of(*wordy, lines_total=99))

    assert (merged.coverage.reason or "").startswith("18 segments were in parts whose analysis failed")


def test_the_merged_report_says_which_engine_read_most_and_that_others_stood_in() -> None:
    merged = unite(
        merge_of(
            analysis(30, engine="ollama", model="mistral"),
            analysis(10, fallback="llm is unreachable"),
            lines_total=40,
        )
    )

    assert (merged.engine, merged.model) == ("ollama", "mistral")
    assert merged.fallback == "parts of it: llm is unreachable"


def test_a_field_no_part_could_give_stays_missing_with_its_reason() -> None:
    why = {"sentiment": "the rules do not know the language fi"}
    merged = unite(merge_of(analysis(missing=why), analysis(missing=why), lines_total=20))

    assert merged.sentiment is None
    assert merged.missing["sentiment"] == why["sentiment"]


def test_long_summaries_are_cut_to_their_share_in_order() -> None:
    merged = unite(
        merge_of(*[analysis(summary=f"Part {n} begins. " + "word " * 300) for n in range(9)], lines_total=90)
    )

    assert merged.summary is not None
    assert len(merged.summary) <= MAX_SUMMARY
    places = [merged.summary.index(f"Part {n}") for n in range(9)]
    assert places == sorted(places)


def test_many_parts_stay_within_the_contract() -> None:
    parts = [
        analysis(action_items=tuple(task(f"{n} {m}", m) for m in range(MAX_ITEMS)), topics=(f"topic {n}",))
        for n in range(30)
    ]
    merged = unite(merge_of(*parts, lines_total=300))

    assert len(merged.action_items or ()) == MAX_ITEMS
    assert merged.coverage.reason == f"action items beyond the first {MAX_ITEMS} were left out"
    assert unite(merge_of(merged, merged)).coverage.reason == merged.coverage.reason


async def test_no_result_is_larger_than_a_message_may_be() -> None:
    monster = "\0" * MAX_TEXT  # six bytes each in JSON
    evidence = Evidence(segment=0, start=0.0, quote=monster)
    huge = analysis(
        action_items=(ActionItem(task=monster, evidence=evidence),) * MAX_ITEMS,
        questions=(Question(text=monster, answer=monster, evidence=evidence),) * MAX_ITEMS,
    )
    engine: Engine = Fixed(huge)

    result = await analyze_part(part_of(MEETING), engine=engine)

    assert len(result.model_dump_json().encode()) <= 256 * 1024
    assert result.analysis.questions
    assert "too large" in (result.analysis.coverage.reason or "")


async def test_an_answer_with_more_evidence_than_fits_keeps_the_answer() -> None:
    evidence = Evidence(segment=0, start=0.0, quote="x" * 500)
    listed = tuple(AnswerEvidence(pointer=f"/a/{n}", evidence=evidence) for n in range(1000))
    fitted = fit(analysis(answer={"a": ["y"] * 1000}, answer_evidence=listed))

    assert len(fitted.model_dump_json().encode()) <= 240 * 1024
    assert fitted.answer == {"a": ["y"] * 1000}
    assert fitted.answer_evidence
    assert fitted.answer_evidence == listed[: len(fitted.answer_evidence)]
    assert "too large" in (fitted.coverage.reason or "")


def test_an_answer_larger_than_any_message_fails() -> None:
    with pytest.raises(Fail) as failure:
        fit(analysis(answer="x" * 300_000))

    assert failure.value.code is Code.RESULT_TOO_LARGE


def test_a_report_that_fits_is_left_as_it_is() -> None:
    made = report(part_of(MEETING))
    assert fit(made) is made


async def test_each_command_gets_its_own_kind_of_result() -> None:
    engine = Fixed(analysis())
    part, merge = part_of(MEETING), merge_of(analysis(), lines_total=10)

    assert isinstance(await handle(part, engine=engine), PartAnalyzed)
    merged = await handle(merge, engine=engine)
    assert isinstance(merged, AnalysisMerged)
    assert merged.unit == merge.unit


def test_a_unit_has_time_for_every_try_and_the_rules() -> None:
    assert AnalyzerSettings().longest_unit < 1800, "the broker's own limit of 30 minutes"
    assert AnalyzerSettings().longest_unit > 4 * 120 + 12

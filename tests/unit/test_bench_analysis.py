"""The scorer of bench/analysis gives the figures that a human would count by hand."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import ValidationError

from bench.analysis.matching import Mark, Pairing, Place, pair
from bench.analysis.misses import listed
from bench.analysis.pages import PAGES, GoldAction, GoldDate, Page, load
from bench.analysis.reading import Reading, commands, read
from bench.analysis.report import printed
from bench.analysis.score import due_right, of_page, owner_right, resolved_right
from bench.analysis.tallies import Score, Share, Tally, total
from scribeline.contracts.analysis import (
    ActionItem,
    Analysis,
    AnalyzePart,
    Chapter,
    Coverage,
    Evidence,
    MentionedDate,
    MergeAnalysis,
    Question,
    Sentiment,
)
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown, Fail

DEV = load(PAGES, "dev")
LONG = load(PAGES, "long")
SEGMENTS = (
    "Welcome back, everyone.",
    "Marta will send the budget by Friday. Right?",
    "Could you call the supplier, Tom?",
    "Sure, I'll call the supplier on Friday.",
    "What is the new price?",
    "Who knows.",
    "We met in May 2019.",
)


def page(**gold: object) -> Page:
    """A small recording of 2026-03-04, a Wednesday, with nothing marked but what is given."""
    marks = {
        "action_items": [],
        "questions": [],
        "dates": [],
        "sentiment": "neutral",
        "topics": [],
        "summary": "",
    }
    return Page.model_validate(
        {
            "id": "small",
            "language": "en",
            "kind": "meeting",
            "about": "A budget",
            "recorded_at": "2026-03-04T09:00:00+00:00",
            "segments": [
                {"start": 5.0 * n, "end": 5.0 * n + 5, "text": text} for n, text in enumerate(SEGMENTS)
            ],
            "gold": marks | gold,
        }
    )


def item(quote: str, segment: int, **more: object) -> dict[str, object]:
    return {
        "segment": segment,
        "quote": quote,
        "task": quote,
        "owner": None,
        "due": None,
        "due_date": None,
    } | more


def report(**found: object) -> Analysis:
    coverage = Coverage(segments_total=len(SEGMENTS), segments_read=len(SEGMENTS))
    return Analysis.model_validate({"coverage": coverage, "engine": "test", "model": "test"} | found)


def at(segment: int, quote: str) -> Evidence:
    return Evidence(segment=segment, start=0.0, quote=quote)


def task(segment: int, quote: str, owner: str | None = None, due: str | None = None) -> ActionItem:
    return ActionItem(task=quote, owner=owner, due=due, evidence=at(segment, quote))


def as_marked(marked: Page) -> Analysis:
    """The report that the human would write."""
    gold = marked.gold
    return Analysis(
        topics=tuple(words[0] for words in gold.topics),
        action_items=tuple(
            task(each.segment, each.quote, each.owner, each.due_date or each.due)
            for each in gold.action_items
        ),
        questions=tuple(
            Question(text=q.quote, evidence=at(q.segment, q.quote))
            for q in gold.questions
            if not q.rhetorical
        ),
        dates=tuple(
            MentionedDate(text=d.text, date=d.date, evidence=at(d.segment, d.text)) for d in gold.dates
        ),
        sentiment=Sentiment(label=gold.sentiment, score=0.0),
        chapters=tuple(Chapter(title=c.title, evidence=at(c.segment, "")) for c in gold.chapters),
        coverage=Coverage(segments_total=len(marked.segments), segments_read=len(marked.segments)),
        engine="human",
        model="none",
    )


# --- the pages


def test_there_are_twelve_pages_or_more_half_english_half_german_of_every_kind() -> None:
    languages = [each.language for each in DEV]

    assert len(DEV) >= 12
    assert languages.count("en") == languages.count("de")
    assert {(each.language, each.kind) for each in DEV} == {
        (language, kind) for language in ("en", "de") for kind in ("meeting", "call", "lecture", "interview")
    }


def test_some_pages_have_nothing_to_find() -> None:
    assert (
        sum(not each.gold.action_items or all(i.optional for i in each.gold.action_items) for each in DEV)
        >= 2
    )
    assert any(not each.gold.questions for each in DEV)


def test_the_long_page_has_chapters_and_is_longer_than_twenty_minutes() -> None:
    assert all(each.seconds > 1200 and len(each.gold.chapters) >= 4 for each in LONG)


def test_segments_follow_each_other_in_time() -> None:
    for each in (*DEV, *LONG):
        times = [time for segment in each.segments for time in (segment.start, segment.end)]
        assert times == sorted(times), each.id


def test_a_mark_whose_quote_does_not_stand_is_refused() -> None:
    with pytest.raises(ValidationError, match="does not stand in segment 1"):
        page(action_items=[item("Marta will send the bill", 1)])


def test_a_folder_without_pages_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no pages in"):
        load(tmp_path, "heldout")


# --- the whole score


@pytest.mark.parametrize("marked", [*DEV, *LONG], ids=lambda each: each.id)
def test_the_human_s_own_report_is_perfect(marked: Page) -> None:
    score = of_page(marked, as_marked(marked))

    for tally in (score.actions, score.questions, score.dates, score.chapters):
        assert tally.hit == tally.found == tally.marked
    for share in (score.owners, score.dues, score.resolved, score.sentiment, score.topics, score.read):
        assert share.right == share.of
    assert score.actions.marked == sum(not each.optional for each in marked.gold.action_items)
    assert score.questions.marked == sum(not each.rhetorical for each in marked.gold.questions)


def test_a_page_without_a_report_is_missed_as_a_whole() -> None:
    score = of_page(DEV[0], None)

    assert (score.pages, score.failed) == (1, 1)
    assert score.actions.marked > 0
    assert score.actions.hit == score.actions.found == score.read.right == score.sentiment.right == 0


def test_counts_of_pages_add_up() -> None:
    one = Score(pages=1, actions=Tally(3, 2, 1), owners=Share(1, 1), seconds=(0.5,))
    two = Score(pages=1, actions=Tally(1, 1, 1), owners=Share(0, 1), seconds=(0.7,))

    assert total([one, two]) == Score(pages=2, actions=Tally(4, 3, 2), owners=Share(1, 2), seconds=(0.5, 0.7))


# --- what matches what


def pairs(marks: Sequence[Mark], *finds: Place) -> Pairing:
    return pair(marks, finds)


MARK = Mark((Place(4, "call the supplier about it"),))


@pytest.mark.parametrize(
    ("segment", "quote", "matches"),
    [
        (4, "Call the supplier, about it!", True),
        (4, "I'll call the supplier about it tomorrow morning if nobody minds", True),
        (4, "call the", True),
        (5, "call the supplier", True),
        (3, "call the supplier", True),
        (6, "call the supplier about it", False),
        (4, "call the boss now", True),
        (4, "call my mother today", False),
        (4, "", False),
        (4, "?!", False),
    ],
)
def test_a_find_matches_in_the_same_or_the_next_segment_by_half_of_the_shorter_quote(
    segment: int, quote: str, matches: bool
) -> None:
    assert bool(pairs([MARK], Place(segment, quote)).hits) is matches


def test_one_long_quote_hits_one_mark_only() -> None:
    marks = [Mark((Place(1, "send the budget"),)), Mark((Place(1, "call the supplier"),))]

    pairing = pairs(marks, Place(1, "I'll send the budget and call the supplier"))

    assert (len(pairing.hits), len(pairing.missed), pairing.wrong) == (1, 1, ())


def test_of_two_finds_the_one_with_more_shared_words_is_the_hit() -> None:
    assert pairs([MARK], Place(4, "call the"), Place(4, "call the supplier")).hits == ((0, 1),)


def test_equal_words_match_in_their_own_segment_first() -> None:
    marks = [Mark((Place(1, "tomorrow"),)), Mark((Place(2, "tomorrow"),))]

    assert pairs(marks, Place(2, "tomorrow"), Place(1, "tomorrow")).hits == ((0, 1), (1, 0))


def test_the_same_thing_found_twice_at_one_place_is_one_mistake() -> None:
    pairing = pairs([MARK], Place(4, "call the supplier about it"), Place(4, "call the supplier"))

    assert (pairing.hits, pairing.wrong) == (((0, 0),), (1,))


def test_a_thing_that_is_said_twice_may_be_found_at_either_place_or_both() -> None:
    said_twice = Mark((Place(2, "could you call the supplier"), Place(9, "I'll call them")))

    assert pairs([said_twice], Place(9, "I'll call them")).hits == ((0, 0),)
    both = pairs([said_twice], Place(9, "I'll call them"), Place(2, "could you call the supplier"))
    assert (both.hits, both.missed, both.wrong) == (((0, 1),), (), ())


def test_what_does_not_count_is_neither_hit_nor_miss_nor_mistake() -> None:
    optional = Mark((Place(4, "take some cake"),), counted=False)

    assert pairs([optional]) == Pairing((), (), ())
    assert pairs([optional], Place(4, "take some cake"), Place(4, "take cake")) == Pairing((), (), ())


def test_rhetorical_questions_change_no_figure() -> None:
    marked = page(
        questions=[
            {"segment": 4, "quote": "What is the new price?", "asked_by": None, "rhetorical": False},
            {"segment": 1, "quote": "Right?", "asked_by": None, "rhetorical": True},
        ]
    )
    real, tag = (
        Question(text=quote, evidence=at(segment, quote))
        for segment, quote in ((4, "What is the new price?"), (1, "Right?"))
    )

    assert of_page(marked, report(questions=(real,))).questions == Tally(1, 1, 1)
    assert of_page(marked, report(questions=(real, tag))).questions == Tally(1, 1, 1)
    assert of_page(marked, report(questions=(tag,))).questions == Tally(1, 0, 0)


def test_two_dates_in_a_sentence_are_told_apart_by_their_words() -> None:
    marked = page(
        dates=[
            {"segment": 3, "text": "Friday", "date": "2026-03-06"},
            {"segment": 6, "text": "May 2019", "date": "2019-05"},
        ]
    )
    found = MentionedDate(text="on Friday", date="2026-03-06", evidence=at(3, SEGMENTS[3]))
    made_up = MentionedDate(text="supplier", date="2026-03-06", evidence=at(3, SEGMENTS[3]))

    score = of_page(marked, report(dates=(found, made_up)))

    assert (score.dates, score.resolved) == (Tally(2, 2, 1), Share(1, 1))


# --- owners, deadlines, days


def gold_item(**more: object) -> GoldAction:
    return GoldAction.model_validate(item("call the supplier", 3, **more))


@pytest.mark.parametrize(
    ("marked", "found", "right"),
    [
        ("Frau Lorenz", "Lorenz", True),
        ("Tom", "Tom (purchasing)", True),
        ("Tom", "Marta", False),
        ("Tom", None, False),
        ("Tom", "I", False),
        (None, "I", True),
        (None, "Ich", True),
        (None, "", True),
        (None, "Tom", False),
    ],
)
def test_an_owner_is_right_by_name_and_pronouns_name_nobody(
    marked: str | None, found: str | None, right: bool
) -> None:
    assert owner_right(gold_item(owner=marked), task(3, "call", owner=found)) is right


def test_a_channel_is_as_good_as_the_name_where_both_are_marked() -> None:
    assert owner_right(gold_item(owner="Colin", owner_also=["channel 1"]), task(3, "call", owner="channel 1"))


@pytest.mark.parametrize(
    ("due", "due_date", "found", "right"),
    [
        ("by Friday", "2026-03-06", "2026-03-06", True),
        ("by Friday", "2026-03-06", "2026-03-06T17:00:00", True),
        ("by Friday", "2026-03-06", "2026-03-13", False),
        ("by Friday", "2026-03-06", "by Friday", False),
        ("by Friday", "2026-03-06", None, False),
        ("next week", None, "next week", True),
        ("next week", None, "2026-03-11", False),
        (None, None, None, True),
        (None, None, "2026-03-06", False),
    ],
)
def test_a_deadline_is_right_as_a_day_or_else_in_words(
    due: str | None, due_date: str | None, found: str | None, right: bool
) -> None:
    assert due_right(gold_item(due=due, due_date=due_date), task(3, "call", due=found)) is right


@pytest.mark.parametrize(
    ("date", "also", "found", "right"),
    [
        ("2019-05", [], "2019-05", True),
        ("2019-05", [], "2019-05-01", False),
        (None, [], None, True),
        (None, [], "2026-03-11", False),
        ("2026-03-06", ["2026-03-08"], "2026-03-08", True),
        ("2026-03-06", [], None, False),
        ("2026-03-06", [], "not Then", False),
    ],
)
def test_a_date_is_right_only_when_it_is_the_marked_one(
    date: str | None, also: list[str], found: str | None, right: bool
) -> None:
    marked = GoldDate.model_validate({"segment": 3, "text": "Friday", "date": date, "also": also})

    assert resolved_right(marked, MentionedDate(text="Friday", date=found, evidence=at(3, "Friday"))) is right


# --- topics, quotes, chapters


def test_a_topic_is_named_by_any_of_its_words_but_not_by_a_part_of_one() -> None:
    marked = page(topics=[["budget", "costs"], ["art"], ["new price"]])

    assert of_page(marked, report(topics=("Warehouse Costs", "party", "the new price!"))).topics == Share(
        2, 3
    )


@pytest.mark.parametrize(
    ("segment", "quote", "stands"),
    [
        (3, "sure  I'll CALL the supplier", True),
        (3, "the supp", False),
        (3, "Could you call the supplier", False),
        (99, "Sure", False),
        (3, "...", False),
    ],
)
def test_a_quote_stands_when_its_words_stand_in_its_segment(segment: int, quote: str, stands: bool) -> None:
    assert of_page(page(), report(action_items=(task(segment, quote),))).verbatim == Share(int(stands), 1)


def test_chapters_may_be_off_by_three_segments_and_the_first_does_not_count() -> None:
    marked = LONG[0]
    starts = [chapter.segment for chapter in marked.gold.chapters]
    found = tuple(
        Chapter(title="x", evidence=at(segment, "x"))
        for segment in (0, starts[1] + 3, starts[2] - 4, starts[3], starts[3] + 1)
    )

    assert of_page(marked, report(chapters=found)).chapters == Tally(len(starts) - 1, 4, 2)


# --- a run


class Parrot:
    """Finds Marta's budget wherever it is said, and says what it read."""

    async def analyze(self, part: AnalyzePart) -> Analysis:
        budget = [line for line in part.lines if "budget" in line.text]
        return report(
            action_items=tuple(task(line.number, line.text, "Marta") for line in budget),
            coverage=Coverage(segments_total=len(part.lines), segments_read=len(part.lines)),
        )

    async def merge(self, parts: MergeAnalysis) -> Analysis:
        read_by_all = sum(each.coverage.segments_read for each in parts.analyses)
        return report(coverage=Coverage(segments_total=parts.lines_total or 0, segments_read=read_by_all))


class Broken(Parrot):
    def __init__(self, error: Exception) -> None:
        self.error = error

    async def analyze(self, part: AnalyzePart) -> Analysis:
        raise self.error


async def test_an_engine_reads_the_page_with_its_day_and_language() -> None:
    (command,) = commands(DEV[0], 4000)

    assert (command.recorded_at, command.language) == (DEV[0].recorded_at, DEV[0].language)
    assert [line.text for line in command.lines] == [segment.text for segment in DEV[0].segments]
    assert not command.chapters


async def test_a_long_page_is_read_in_parts_and_merged() -> None:
    parts = list(commands(LONG[0], 1000))
    reading = await read(LONG[0], Parrot(), 1000)

    assert len(parts) > 1
    assert all(part.chapters for part in parts)
    assert reading.report is not None
    assert reading.report.coverage.segments_read == len(LONG[0].segments)


async def test_a_page_that_an_engine_cannot_do_is_told_and_counts_as_missed() -> None:
    reading = await read(page(), Broken(Fail(Code.LLM_ANSWER_INVALID)), 4000)

    assert reading.report is None
    assert "small (Fail: llm_answer_invalid" in printed([reading], title="A run", markdown=False)


@pytest.mark.parametrize(
    "error", [DependencyDown("llm"), Fail(Code.LLM_MODEL_MISSING)], ids=["away", "model"]
)
async def test_a_server_that_is_away_or_lacks_the_model_ends_the_run(error: Exception) -> None:
    with pytest.raises(type(error)):
        await read(page(), Broken(error), 4000)


async def test_the_table_shows_counts_beside_percentages_by_language_kind_and_in_all() -> None:
    marked = page(
        action_items=[item("Marta will send the budget", 1, owner="Marta"), item("call the supplier", 2)]
    )
    reading = await read(marked, Parrot(), 4000)

    table = printed([reading], title="A run", markdown=True)

    for row in ("| en |", "| meeting |", "| all |"):
        assert f"{row} 1 | 50% (1/2) | 100% (1/1) | 100% (1/1) |" in table
    assert "test, model test, prompt none" in table
    assert "scribeline-analyzer 0." in table


async def test_misses_name_what_was_missed_and_what_was_made_up() -> None:
    marked = page(action_items=[item("call the supplier", 2)])

    lines = listed([await read(marked, Parrot(), 4000), Reading(marked, None, 0.0, "Fail: no")])

    assert "item missed    2  call the supplier" in lines
    assert "item wrong     1  Marta will send the budget by Friday. Right?" in lines
    assert "no report: Fail: no" in lines

"""Of what a language model says only what was said gets into the report, and a cut prompt shows."""

from typing import Any

import pytest

from analyzer.answers import ChapteredAnswer, PartAnswer
from analyzer.coverage import coverage_of, cut
from analyzer.llm import Reply
from analyzer.prompts import Prompt, read_part
from analyzer.report import fields_of
from scribeline.contracts.analysis import AnalyzePart, Line
from tests.support.analyses import MEETING, lines_of, part_of
from tests.support.scrapes import sample

MOOD = {"line": 10, "quote": "Good morning", "label": "neutral", "score": 0.0}
EMPTY: dict[str, Any] = {
    "summary": "Short.", "topics": [], "action_items": [], "questions": [], "dates": [], "sentiment": MOOD,
}  # fmt: skip


def fields(part: AnalyzePart, **said: Any) -> dict[str, Any]:
    kind = ChapteredAnswer if "chapters" in said else PartAnswer
    return fields_of(part, part.lines, kind.model_validate(EMPTY | said))


def test_a_mood_that_no_words_show_is_left_out_neutral_or_not() -> None:
    made = fields(part_of(MEETING), sentiment=MOOD | {"quote": "it was neither here nor there"})

    assert made["sentiment"] is None
    assert "do not stand in the text" in made["missing"]["sentiment"]
    assert made["dropped"] == 1


def test_a_chapter_begins_with_the_first_words_of_its_line() -> None:
    given = [
        {"line": 20, "title": "The auditors", "summary": "They come."},
        {"line": 10, "title": "Hello"},
        {"line": 10, "title": "Hello again"},
        {"line": 999, "title": "Nowhere"},
    ]
    made = fields(part_of(MEETING), chapters=given)

    assert [(c.title, c.evidence.segment, c.evidence.quote) for c in made["chapters"]] == [
        ("Hello", 10, "Good morning everyone, thanks for joining the budget review."),
        ("The auditors", 20, "Please update the risk register, because the auditors come on the 15th of"),
    ]
    assert all(c.evidence.quote in MEETING[c.evidence.segment - 10] for c in made["chapters"])
    assert made["dropped"] == 1
    assert "chapters" not in made["missing"]


def test_without_chapters_the_report_says_why() -> None:
    made = fields(part_of(MEETING))

    assert made["chapters"] is None
    assert made["missing"] == {"chapters": "the recording is shorter than 10 minutes"}


def spoken() -> AnalyzePart:
    lines = (
        Line(number=3, start=1.0, text="Good morning, I call Bob.", speaker="channel 1"),
        Line(number=4, start=2.0, text="Will you?", speaker="channel 2"),
    )
    return part_of([]).model_copy(update={"lines": lines})


@pytest.mark.parametrize(
    "quote", ["I call Bob.", "channel 1: Good morning, I call Bob.", "3| channel 1: Good morning"]
)
def test_what_stood_before_the_words_may_be_quoted_with_them(quote: str) -> None:
    made = fields(spoken(), action_items=[{"line": 3, "quote": quote, "task": "call Bob"}])

    (item,) = made["action_items"]
    assert item.evidence.quote in "Good morning, I call Bob."
    assert made["dropped"] == 0


def test_a_speaker_may_be_the_owner_and_a_stranger_may_not() -> None:
    task = {"line": 3, "quote": "I call Bob", "task": "call Bob"}
    given = [task | {"owner": owner} for owner in ("Channel 1", "Bob", "channel 7", "Eve", "unknown")]
    made = fields(spoken(), action_items=given)

    assert [item.owner for item in made["action_items"]] == ["channel 1", "Bob", None, None, None]


@pytest.mark.parametrize(
    ("line", "text", "kept"),
    [
        (14, "Friday", ["Friday"]),
        (14, MEETING[4], ["Friday"]),
        (11, MEETING[1], []),
        (19, MEETING[9], ["in two weeks"]),
        (14, "Saturday", []),
    ],
    ids=["the day", "the whole line", "a line without a day", "a long line", "a day nobody named"],
)
def test_a_date_is_the_words_that_name_it(line: int, text: str, kept: list[str]) -> None:
    made = fields(part_of(MEETING), dates=[{"line": line, "quote": MEETING[line - 10], "text": text}])

    assert [date.text.removeprefix("by ") for date in made["dates"]] == kept
    assert made["dropped"] == 1 - len(kept)


def test_a_date_points_at_the_line_that_names_it() -> None:
    given = {"line": 17, "quote": MEETING[7][:30], "text": "November 30th"}
    (date,) = fields(part_of(MEETING), dates=[given])["dates"]

    assert (date.evidence.segment, date.evidence.quote) == (18, "November 30th")


def test_without_the_day_of_the_recording_dates_stay_as_they_were_said() -> None:
    given = [
        {"line": 14, "quote": MEETING[4], "text": "Friday"},
        {"line": 20, "quote": MEETING[10], "text": "15th of January 2027"},
    ]
    relative, absolute = fields(part_of(MEETING, recorded_at=None), dates=given)["dates"]

    assert (relative.text, relative.date) == ("Friday", None)
    assert absolute.date == "2027-01-15"


PROMPT = read_part(lines_of(["unfortunately misunderstandings notwithstanding"] * 600), None)


def reply(counted: int | None, context: int = 8192) -> Reply[None]:
    return Reply(None, counted, context)


@pytest.mark.parametrize(
    ("counted", "is_cut"),
    [(None, False), (5000, False), (4700, False), (300, True), (8192, True), (4096, True), (2048, True)],
)
def test_a_count_of_tokens_that_cannot_be_gives_a_cut_away(counted: int | None, is_cut: bool) -> None:
    before = sample("scribeline_llm_truncations_total")
    assert (cut(PROMPT, reply(counted)) is not None) is is_cut
    assert sample("scribeline_llm_truncations_total") == before  # a question changes nothing


def test_a_prompt_that_fills_the_context_exactly_was_cut_however_short() -> None:
    prompt = Prompt(({"role": "user", "content": "word " * 100},))
    lines = lines_of(["word"] * 100)
    coverage = coverage_of(lines, lines, prompt, reply(4096, context=4096))

    assert coverage.segments_read == 99
    assert "cut the rest silently" in (coverage.reason or "")


def test_lines_that_were_not_sent_and_tokens_that_were_not_read_are_both_told() -> None:
    lines = lines_of(["unfortunately misunderstandings notwithstanding"] * 1000)
    coverage = coverage_of(lines, lines[:600], PROMPT, reply(1024))

    assert coverage.segments_read < 200
    assert "longer than the model's context" in (coverage.reason or "")
    assert "cut the rest silently" in (coverage.reason or "")

"""Where the rules begin a chapter of a long recording."""

from analyzer.extractive import report
from scribeline.contracts.analysis import AnalyzePart, Chapter, Line
from tests.support.analyses import part_of

OVEN = (
    "The oven is broken again.",
    "A new oven costs a lot, and the bank wants a plan.",
    "The old oven leaks heat at the door.",
    "With two ovens the bakers could start later.",
    "Does the oven fit through the door?",
)
STATION = (
    "The station wants a kiosk.",
    "The railway asks for a high rent.",
    "In the kiosk we would sell coffee.",
    "Trains leave the station at six.",
    "The rent of the kiosk is for three years.",
)


def told(*texts: str, seconds: float, part: int = 0) -> AnalyzePart:
    """A long recording whose sentences begin `seconds` apart."""
    whole = part_of(texts)
    lines = tuple(Line(number=n, start=n * seconds, text=text) for n, text in enumerate(texts))
    return whole.model_copy(update={"lines": lines, "chapters": True, "part": part, "parts": 2})


def chapters(*texts: str, seconds: float, part: int = 0) -> tuple[Chapter, ...]:
    return report(told(*texts, seconds=seconds, part=part)).chapters or ()


def test_a_chapter_begins_where_the_next_subject_is_announced() -> None:
    made = chapters(*OVEN * 2, "Right, next item, the station.", *STATION * 2, seconds=20)

    assert [chapter.evidence.quote for chapter in made] == [OVEN[0], "Right, next item, the station."]
    assert made[0].title.startswith("oven")
    assert "kiosk" in made[1].title


def test_without_a_word_about_it_a_chapter_begins_within_a_sentence_of_where_the_words_change() -> None:
    first, second = chapters(*OVEN * 4, *STATION * 4, seconds=20)

    assert first.evidence.segment == 0
    assert abs(second.evidence.segment - 20) <= 1


def test_one_subject_is_one_chapter() -> None:
    assert len(chapters(*OVEN * 6, seconds=20)) == 1


def test_a_later_part_begins_no_chapter_where_it_begins() -> None:
    assert chapters(*OVEN * 4, seconds=20, part=1) == ()
    made = chapters(*OVEN * 2, "Moving on to the station.", *STATION * 2, seconds=20, part=1)
    assert [chapter.evidence.segment for chapter in made] == [10]


def test_a_short_recording_has_no_chapters_and_an_unknown_language_a_reason() -> None:
    assert report(part_of(OVEN)).chapters is None
    foreign = told(*OVEN, seconds=20).model_copy(update={"language": "pl"})
    assert "chapters" in report(foreign).missing

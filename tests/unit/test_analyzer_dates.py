"""Which day a phrase names."""

from datetime import UTC, datetime

import pytest

from analyzer.dates import find, resolve
from tests.support.analyses import WEDNESDAY


@pytest.mark.parametrize(
    ("language", "phrase", "day"),
    [
        ("en", "today", "2026-11-18"),
        ("en", "Tomorrow", "2026-11-19"),
        ("en", "day after tomorrow", "2026-11-20"),
        ("en", "Friday", "2026-11-20"),
        ("en", "Wednesday", "2026-11-25"),
        ("en", "last Monday", "2026-11-16"),
        ("en", "last Wednesday", "2026-11-11"),
        ("en", "next Monday", "2026-11-23"),
        ("en", "next Friday", None),
        ("en", "next week", None),
        ("en", "end of the month", None),
        ("en", "three days ago", "2026-11-15"),
        ("en", "November 3rd", "2027-11-03"),
        ("en", "March 2027", "2027-03"),
        ("en", "2027-02-28", "2027-02-28"),
        ("en", "2027-02-30", None),
        ("en", "3/4/2027", None),
        ("en", "3/14/2027", "2027-03-14"),
        ("en", "3.4.2027", "2027-04-03"),
        ("en", "the 3rd of November 2026", "2026-11-03"),
        ("de", "übermorgen", "2026-11-20"),
        ("de", "Freitag", "2026-11-20"),
        ("de", "in drei Wochen", "2026-12-09"),
        ("de", "3. Dezember", "2026-12-03"),
        ("de", "nächste Woche", None),
        ("fr", "demain", None),
        ("en", "by Friday at noon", "2026-11-20"),
        ("en", "Monday or Tuesday", None),
        ("en", "we", None),
        ("en", "", None),
    ],
)
def test_a_phrase_names_the_day_a_listener_would_note(language: str, phrase: str, day: str | None) -> None:
    assert resolve(phrase, language, WEDNESDAY) == day


def test_next_friday_is_clear_when_this_weeks_is_over() -> None:
    saturday = datetime(2026, 11, 21, tzinfo=UTC)
    assert resolve("next Friday", "en", saturday) == "2026-11-27"


@pytest.mark.parametrize(
    "text",
    ["We may go to the second one.", "It is a march for peace.", "You sat on the sun deck.", "so be it"],
)
def test_everyday_words_are_no_dates(text: str) -> None:
    assert list(find(text, "en")) == []

"""Which day a phrase names."""

from datetime import UTC, datetime

import pytest

from analyzer.dates.mentions import FORMS, find, mentions, names_none, resolve
from analyzer.dates.readings import READINGS
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
        ("en", "end of the month", "2026-11-30"),
        ("en", "the end of next week", "2026-11-27"),
        ("en", "the end of the quarter", "2026-12-31"),
        ("en", "the middle of March", "2027-03"),
        ("en", "next month", "2026-12"),
        ("en", "next year", "2027"),
        ("en", "in three months", "2027-02"),
        ("en", "this Friday, the 20th", "2026-11-20"),
        ("en", "the 15th", "2026-12-15"),
        ("en", "the twenty-fifth of May", "2027-05-25"),
        ("en", "Thursday, March 4th at 3 pm", "2027-03-04T15:00"),
        ("en", "Friday at three", "2026-11-20"),
        ("en", "tomorrow morning at 9:30 am", "2026-11-19T09:30"),
        ("en", "the 28th", "2026-11-28"),
        ("en", "in two to three weeks", None),
        ("en", "Q3", None),
        ("en", "calendar week 3", "2027-W03"),
        ("en", "New Year's Eve", "2026-12-31"),
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
        ("de", "nächsten Freitag", None),
        ("de", "kommenden Freitag", "2026-11-20"),
        ("de", "Ende nächster Woche", "2026-11-27"),
        ("de", "am dritten März", "2027-03-03"),
        ("de", "am 3.3.", "2027-03-03"),
        ("de", "3.3.2027", "2027-03-03"),
        ("de", "bis zum 15.", "2026-12-15"),
        ("de", "Freitag, den 20. November, um 15 Uhr", "2026-11-20T15:00"),
        ("de", "Donnerstag um sieben Uhr dreißig", "2026-11-19T07:30"),
        ("de", "vor zwei Jahren", "2024"),
        ("de", "in vierzehn Tagen", "2026-12-02"),
        ("de", "im Mai", "2027-05"),
        ("de", "Ende Februar 2027", "2027-02-28"),
        ("de", "bis Monatsende", "2026-11-30"),
        ("de", "KW 12", "2027-W12"),
        ("de", "im dritten Quartal", None),
        ("de", "Heiligabend", "2026-12-24"),
        ("fr", "demain", None),
        ("en", "by Friday at noon", "2026-11-20T12:00"),
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
    ("language", "text"),
    [
        ("en", "We may go to the second one."),
        ("en", "It is a march for peace, on the 3rd floor, at 22 degrees."),
        ("en", "You sat on the sun deck one day, and every Thursday."),
        ("en", "so be it"),
        ("en", "May I ask April and June about it? We have 2000 of them."),
        ("de", "Guten Morgen, das Sonntagskind kommt jeden Montag und sonntags."),
        ("de", "Morgen, zusammen. Das kostet 2000 Euro im Jahr."),
        ("de", "Im 2. Stock, Version 2.3. der Anleitung."),
    ],
)
def test_everyday_words_are_no_dates(language: str, text: str) -> None:
    assert list(find(text, language)) == []


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("en", "I was told on Monday that someone would come.", "2026-11-16"),
        ("en", "They were fine until the 20th of February.", "2026-02-20"),
        ("en", "It has been down since October.", "2026-10"),
        ("en", "I booked it for Monday.", "2026-11-23"),
        ("en", "We opened in 1848.", "1848"),
        ("de", "Du warst am Samstag noch oben.", "2026-11-14"),
        ("de", "Das hat er im Mai erhöht.", "2026-05"),
        ("de", "Das müssen wir am Samstag machen.", "2026-11-21"),
        ("de", "Der Plan ging bis September.", "2026-09"),
        ("de", "Der Termin ist für Samstag reserviert.", "2026-11-21"),
    ],
)
def test_what_has_been_lies_before_the_recording_and_the_rest_after_it(
    language: str, text: str, day: str
) -> None:
    assert [mention.day(WEDNESDAY) for mention in mentions(text, language)] == [day]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Today we'll look at canals."),
        ("en", "We moved everything in two weeks."),
        ("de", "Heute geht es um Kanäle."),
    ],
)
def test_words_that_only_frame_or_measure_name_no_day(language: str, text: str) -> None:
    assert [m.text for m in mentions(text, language) if not names_none(text, m)] == []


def test_every_form_has_a_reading() -> None:
    assert {form.reading for forms in FORMS.values() for form in forms} <= set(READINGS)


@pytest.mark.parametrize(
    ("language", "text", "phrase"),
    [
        ("de", "Das geht zum Ersten los.", "Ersten"),
        ("de", "Am zwölften haben wir zu.", "zwölften"),
        ("de", "Wir sehen uns in zwei bis drei Wochen.", "in zwei bis drei Wochen"),
        ("de", "Das machen wir nach den Sommerferien.", "nach den Sommerferien"),
        ("en", "It was on the evening of the 28th.", "the 28th"),
        ("en", "I'll be back in a fortnight.", "in a fortnight"),
    ],
)
def test_days_and_stretches_of_days_are_found_in_many_forms(language: str, text: str, phrase: str) -> None:
    assert [mention.text for mention in mentions(text, language)] == [phrase]


@pytest.mark.parametrize(
    "text", ["Das ist am zweiten Tor.", "Zum ersten Mal war er da.", "Im fünften Stock."]
)
def test_german_ordinals_of_other_things_name_no_day(text: str) -> None:
    assert mentions(text, "de") == ()

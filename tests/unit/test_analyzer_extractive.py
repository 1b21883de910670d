"""What rules find in a meeting, and that no text makes them stumble."""

import asyncio
import threading

import pytest

from analyzer.extractive import ExtractiveEngine, report
from analyzer.sentences import MAX_SENTENCE, sentences
from analyzer.threads import in_thread
from scribeline.contracts.analysis import MAX_ITEMS, Analysis, SentimentLabel
from tests.support.analyses import MEETING, lines_of, part_of


@pytest.fixture(scope="module")
def meeting() -> Analysis:
    return report(part_of(MEETING))


def test_every_commitment_of_a_meeting_is_found_where_it_was_said(meeting: Analysis) -> None:
    assert [
        (item.task, item.owner, item.due, item.evidence.segment) for item in meeting.action_items or ()
    ] == [
        ("send the revised warehouse budget to the finance team by Friday", "Marta", "2026-11-20", 14),
        ("call the supplier about the delivery delays before next week", "Jonas", "next week", 15),
        ("call them tomorrow", "Jonas", "2026-11-19", 17),
        ("read the contract and report back in two weeks", None, "2026-12-02", 19),
        ("update the risk register", None, None, 20),
        ("book a follow-up meeting with the auditors", None, None, 23),
        ("prepare the slides", "Tom", None, 23),
    ]


def test_every_question_of_a_meeting_is_found_where_it_was_said(meeting: Analysis) -> None:
    assert [(question.text, question.evidence.segment) for question in meeting.questions or ()] == [
        ("Jonas, can you call the supplier about the delivery delays before next week?", 16),
        ("What is the new delivery date?", 17),
        ("Did anyone check the contract?", 18),
        ("How much does the penalty cost?", 21),
    ]


def test_every_date_of_a_meeting_is_found_and_resolved_where_it_names_one_day(meeting: Analysis) -> None:
    assert [(date.text, date.date, date.evidence.segment) for date in meeting.dates or ()] == [
        ("Last quarter", None, 12),
        ("Friday", "2026-11-20", 14),
        ("next week", None, 16),
        ("tomorrow", "2026-11-19", 17),
        ("November 30th", "2026-11-30", 18),
        ("in two weeks", "2026-12-02", 19),
        ("the 15th of January 2027", "2027-01-15", 20),
    ]


def test_evidence_is_the_segments_own_words_and_time(meeting: Analysis) -> None:
    found = [item.evidence for item in meeting.action_items or ()]
    found += [item.evidence for item in meeting.questions or ()]
    found += [item.evidence for item in meeting.dates or ()]

    assert len(found) == 18
    for evidence in found:
        assert evidence.quote in MEETING[evidence.segment - 10]
        assert evidence.start == 5.0 * (evidence.segment - 10)


def test_topics_are_subjects_and_not_names_or_greetings(meeting: Analysis) -> None:
    assert meeting.topics is not None
    assert "warehouse budget" in meeting.topics
    words = {word.lower() for topic in meeting.topics for word in topic.split()}
    assert not words & {"marta", "jonas", "tom", "hello", "morning", "everyone", "thank", "friday"}


def test_the_summary_is_sentences_that_were_said_in_their_order(meeting: Analysis) -> None:
    assert meeting.summary
    left = meeting.summary
    for sentence in sentences(lines_of(MEETING)):
        left = left.removeprefix(sentence.text).lstrip()
    assert left == ""
    assert len(meeting.summary) < len(" ".join(MEETING)) / 2


def test_the_report_says_that_rules_made_it_and_what_they_cannot(meeting: Analysis) -> None:
    assert meeting.engine == "extractive"
    assert meeting.model.startswith("yake 0.")
    assert meeting.prompt_version is None
    assert meeting.coverage.ratio == 1.0
    assert set(meeting.missing) == {"questions.answer"}


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("This is a terrible, horrible failure and everyone is angry.", SentimentLabel.NEGATIVE),
        ("What a wonderful, great success, I love it.", SentimentLabel.POSITIVE),
        ("The door is made of wood.", SentimentLabel.NEUTRAL),
    ],
)
def test_sentiment_comes_with_the_sentence_that_shows_it(text: str, label: SentimentLabel) -> None:
    mood = report(part_of([text])).sentiment

    assert mood is not None
    assert mood.label is label
    assert mood.evidence is not None
    assert mood.evidence.quote == text


def test_the_strongest_sentence_on_the_reports_side_is_the_evidence() -> None:
    texts = ["I am happy.", "It was horrible, terrible and cruel.", "I hate it.", "It failed badly."]
    mood = report(part_of(texts)).sentiment

    assert mood is not None
    assert mood.evidence is not None
    assert (mood.label, mood.evidence.quote) == (SentimentLabel.NEGATIVE, texts[1])


def test_without_the_day_of_the_recording_only_absolute_dates_are_resolved() -> None:
    dates = report(part_of(MEETING, recorded_at=None)).dates

    assert {date.text: date.date for date in dates or () if date.date} == {
        "the 15th of January 2027": "2027-01-15"
    }


def test_speakers_named_in_the_text_own_their_promises_and_questions() -> None:
    made = report(part_of(["Ana: I will check the logs today.", "Bo Li: Who broke the build?"]))

    assert [(item.owner, item.due) for item in made.action_items or ()] == [("Ana", "2026-11-18")]
    assert [question.asked_by for question in made.questions or ()] == ["Bo Li"]


@pytest.mark.parametrize(
    "text",
    [
        "I will never forget that day in the mountains.",
        "We'll see how it goes next time around.",
        "This will be remembered by our children.",
        "Ask not what your country can do for you, ask what you can do for your country.",
        "It will take a while to get there.",
    ],
)
def test_what_binds_nobody_is_no_action_item(text: str) -> None:
    assert report(part_of([text])).action_items == ()


def test_german_is_read_and_what_is_unknown_is_said() -> None:
    made = report(
        part_of(
            ["Ich werde den Bericht bis Freitag schreiben.", "Kannst du bitte Peter anrufen?"], language="de"
        )
    )

    assert [(item.task, item.due) for item in made.action_items or ()] == [
        ("den Bericht bis Freitag schreiben", "2026-11-20"),
        ("Peter anrufen", None),
    ]
    assert made.sentiment is None
    assert "de" in made.missing["sentiment"]


@pytest.mark.parametrize("language", ["ja", "yue", None])
def test_a_language_the_rules_do_not_know_gives_reasons_instead_of_nonsense(language: str | None) -> None:
    made = report(part_of(["本当ですか？", "はい。"], language=language))

    assert [question.evidence.segment for question in made.questions or ()] == [10]
    for field in ("summary", "topics", "action_items", "dates", "sentiment"):
        assert getattr(made, field) is None
        assert made.missing[field]


@pytest.mark.parametrize("texts", [[], [""], [" ", "\n"], ["\0\0"]])
def test_no_words_give_an_empty_report_with_the_reason(texts: list[str]) -> None:
    made = report(part_of(texts))

    assert (made.summary, made.sentiment) == (None, None)
    assert made.missing["summary"] == "there is no text"
    assert not any((made.action_items, made.questions, made.dates, made.topics))
    assert made.coverage.segments_total == len(texts)


@pytest.mark.parametrize(
    "unit", ["a b. ", "\"'", "?!", "😀 but ", "שלום \u202e. ", "Tom will please ", "a\0\ud800"]
)
def test_odd_text_does_not_break_the_rules(unit: str) -> None:
    made = report(part_of([unit * 200]))

    assert made.model_dump_json()
    found = (made.action_items or (), made.questions or (), made.dates or ())
    assert all(len(items) <= MAX_ITEMS for items in found)


@pytest.mark.parametrize("unit", ["a", ".x", '?" a', "Mr. ", "\u3002a", "Bob: "])
def test_a_huge_line_is_cut_into_bounded_sentences(unit: str) -> None:
    cut = sentences(lines_of([unit * 2000]))

    assert cut
    assert all(len(sentence.text) <= MAX_SENTENCE for sentence in cut)
    assert all(sentence.evidence().segment == 10 for sentence in cut)


def test_a_sentence_over_several_segments_is_read_as_one() -> None:
    (first, second) = sentences(lines_of(["We met on", "Monday. Then we", "left."]))

    assert (first.text, second.text) == ("We met on Monday.", "Then we left.")
    assert [first.evidence(at).segment for at in (0, 12)] == [10, 11]
    assert [second.evidence(at).quote for at in (0, 9)] == ["Then we", "left."]


def test_where_nothing_is_punctuated_each_segment_is_a_sentence() -> None:
    assert [s.text for s in sentences(lines_of(["so we met", "then we left"]))] == [
        "so we met",
        "then we left",
    ]


async def test_the_rules_run_beside_the_event_loop() -> None:
    engine = ExtractiveEngine()
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    await engine.analyze(part_of(["Some words."]))
    ticking.cancel()
    assert ticks > 1


async def test_a_cancelled_reading_ends_only_after_its_thread_has() -> None:
    begun, go, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go.wait(timeout=30)
        done.set()

    reading = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(begun.wait, 30)
    reading.cancel()
    await asyncio.sleep(0)
    assert not reading.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert done.is_set()


@pytest.mark.parametrize(
    ("language", "text", "asks"),
    [
        ("de", "Was kostet das im Monat.", True),
        ("de", "Haben Sie noch die Rechnung.", True),
        ("de", "Darf ich kurz unterbrechen.", True),
        ("de", "Ich wollte fragen, ob Sie offen haben.", True),
        ("de", "Wer fehlt, meldet sich.", False),
        ("de", "Haben Sie Fragen, melden Sie sich.", False),
        ("de", "Kann ich machen.", False),
        ("de", "Das ist gut so.", False),
        ("en", "What do you suggest.", True),
        ("en", "I wonder if it is open.", True),
        ("en", "Tell me about your last job.", True),
        ("en", "So did we.", False),
    ],
)
def test_a_question_is_one_without_its_mark_too(language: str, text: str, *, asks: bool) -> None:
    assert bool(report(part_of([text], language=language)).questions) is asks

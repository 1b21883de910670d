"""Spellings that the user wants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribeline.contracts.transcription import Replacement, Segment, Word
from transcriber.spelling import Spelling


def spelled(text: str, **pairs: str) -> str:
    return Spelling([Replacement(find=find, replace=new) for find, new in pairs.items()]).of(text)


@pytest.mark.parametrize(
    ("text", "pairs", "written"),
    [
        ("Rabbit MQ and rabbit  mq.", {"rabbit mq": "RabbitMQ"}, "RabbitMQ and RabbitMQ."),
        ("A cat concatenates.", {"cat": "dog"}, "A dog concatenates."),
        ("Übermorgen, übermorgen!", {"ÜBERMORGEN": "bald"}, "bald, bald!"),
        ("a b", {"a": "b", "b": "a"}, "b a"),
        ("new york city", {"new york": "NY", "new york city": "NYC"}, "NYC"),
        ("I use C++ now", {"c++": "Rust"}, "I use Rust now"),
        ("a.b axb", {"a.b": "x"}, "x axb"),
        ("東京都に行く", {"東京都": "Tokyo"}, "Tokyoに行く"),
        ("um, well", {"um": ""}, ", well"),
        ("say \\1", {"say": "\\g<0>"}, "\\g<0> \\1"),
    ],
)
def test_whole_words_are_written_as_the_user_wants_them(
    text: str, pairs: dict[str, str], written: str
) -> None:
    assert spelled(text, **pairs) == written


def segment(*texts: str) -> Segment:
    words = tuple(
        Word(start=n, end=n + 1, text=t, probability=max(0.0, 0.9 - n / 20)) for n, t in enumerate(texts)
    )
    text = " ".join(texts)
    return Segment(
        id=0, start=0, end=9, text=text, confidence=0.9, avg_logprob=-0.1, no_speech_prob=0, words=words
    )


def test_words_that_a_phrase_spans_become_one_with_their_times() -> None:
    spelling = Spelling([Replacement(find="rabbit mq", replace="RabbitMQ")])
    after = spelling.of_segment(segment("We", "use", "Rabbit", "MQ,", "too."))
    assert after.text == "We use RabbitMQ, too."
    assert [word.text for word in after.words or ()] == ["We", "use", "RabbitMQ,", "too."]
    assert (after.words or ())[2].model_dump() == {
        "start": 2, "end": 4, "text": "RabbitMQ,", "probability": 0.75,
    }  # fmt: skip


def test_a_word_that_is_replaced_by_nothing_is_gone() -> None:
    after = Spelling([Replacement(find="um", replace="")]).of_segment(segment("um", "well"))
    assert [word.text for word in after.words or ()] == ["well"]


@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=8), st.text(max_size=8)), max_size=8),
    st.lists(st.text(min_size=1, max_size=8), max_size=12),
)
def test_any_replacements_of_any_words_leave_the_times_in_order(
    pairs: list[tuple[str, str]], texts: list[str]
) -> None:
    spelling = Spelling([Replacement(find=find, replace=new) for find, new in pairs])
    after = spelling.of_segment(segment(*texts))
    starts = [word.start for word in after.words or ()]
    assert starts == sorted(starts)

"""Which gaps a transcription has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcriber.guards import Doubted, Stretch
from transcriber.untold import untold

SPEECH = [Stretch(1.0, 21.0)]


def gaps(
    texts: list[tuple[float, float]],
    left_out: tuple[Doubted, ...] = (),
    voice: tuple[tuple[float, float], ...] = ((1.4, 20.6),),
) -> list[tuple[float, float, str]]:
    found = untold([Stretch(*text) for text in texts], left_out, SPEECH, lambda: [Stretch(*v) for v in voice])
    return [(gap.start, gap.end, gap.reason) for gap in found]


def test_speech_that_is_all_in_the_text_has_no_gap() -> None:
    assert gaps([(1.0, 10.0), (10.5, 21.0)]) == []


@pytest.mark.parametrize("reason", ["no_speech", "repetition"])
def test_what_was_left_out_is_a_gap_however_short(reason: str) -> None:
    assert gaps([(1.0, 12.0), (12.5, 21.0)], (Doubted(12.0, 12.5, reason),)) == [(12.0, 12.5, reason)]


def test_a_text_that_was_left_out_ends_with_the_sound() -> None:
    assert gaps([(1.0, 20.0)], (Doubted(20.0, 31.0, "no_speech"),)) == [(20.0, 21.0, "no_speech")]


def test_a_gap_lies_beside_the_texts() -> None:
    doubted = (Doubted(9.0, 13.0, "no_speech"),)
    assert gaps([(1.0, 10.0), (12.0, 21.0)], doubted) == [(10.0, 12.0, "no_speech")]


def test_a_voice_without_words_is_a_gap_from_its_first_sound_to_its_last() -> None:
    assert gaps([(1.0, 8.0), (14.0, 21.0)], voice=((2.0, 9.0), (9.5, 13.0), (15.0, 20.0))) == [
        (8.0, 13.0, "no_speech")
    ]


def test_a_pause_between_two_texts_is_none() -> None:
    assert gaps([(1.0, 8.0), (14.0, 21.0)], voice=((1.4, 8.5), (13.5, 20.0))) == []


times = st.floats(0, 40).map(lambda seconds: round(seconds, 2))
stretches = st.lists(st.tuples(times, times).map(sorted), max_size=6)


@given(stretches, stretches, stretches)
def test_no_gap_covers_a_text(
    texts: list[list[float]], doubted: list[list[float]], voice: list[list[float]]
) -> None:
    found = untold(
        [Stretch(*text) for text in texts],
        [Doubted(start, end, "no_speech") for start, end in doubted],
        [Stretch(0.0, 40.0)],
        lambda: [Stretch(*each) for each in sorted(voice)],
    )
    assert all(gap.start <= gap.end <= 40.0 for gap in found)
    for gap in found:
        assert all(end <= gap.start or gap.end <= start or start == end for start, end in texts)

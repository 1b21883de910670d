"""What a transcript says that it leaves out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribeline.contracts.transcription import SAMPLE_RATE, Gap
from transcriber.excerpt import Excerpt
from transcriber.gaps import beside, broken_off, on_the_clock, silences

WHOLE = Excerpt()


def told(gaps: tuple[Gap, ...]) -> list[tuple[float, float, str]]:
    return [(gap.start, gap.end, gap.reason) for gap in gaps]


def gap(start: float, end: float, speaker: str | None = None, reason: str = "no_speech") -> Gap:
    return Gap(start=start, end=end, reason=reason, speaker=speaker)


def seconds(number: float) -> int:
    return round(number * SAMPLE_RATE)


@pytest.mark.parametrize(
    ("decoded", "stated", "lacks"),
    [
        (20.0, 40.0, [(20.0, 40.0, "truncated")]),
        (30.0, 32.1, [(30.0, 32.1, "truncated")]),
        (30.0, 32.0, []),  # 2 s: the last block of some encoders
        (3600.0, 3660.0, []),  # 1.6 %
        (3600.0, 3680.0, [(3600.0, 3680.0, "truncated")]),
        (40.0, 20.0, []),
        (40.0, None, []),
    ],
)
def test_a_file_that_is_much_shorter_than_it_says_lacks_its_end(
    decoded: float, stated: float | None, lacks: list[tuple[float, float, str]]
) -> None:
    assert told(broken_off(seconds(decoded), stated, WHOLE)) == lacks


@pytest.mark.parametrize(
    ("start", "end", "heard", "lacks"),
    [
        (10.0, 20.0, 10.0, []),  # all that was asked for, of a file that breaks off at 30 s and states 60
        (10.0, 40.0, 20.0, [(30.0, 40.0, "truncated")]),
        (10.0, None, 20.0, [(30.0, 60.0, "truncated")]),
        (10.0, 100.0, 20.0, [(30.0, 60.0, "truncated")]),
    ],
)
def test_a_part_of_a_file_lacks_only_what_was_asked_for(
    start: float, end: float | None, heard: float, lacks: list[tuple[float, float, str]]
) -> None:
    excerpt = Excerpt(seconds(start), None if end is None else seconds(end))
    assert told(broken_off(seconds(heard), 60.0, excerpt)) == lacks


def test_a_silence_of_a_part_of_a_file_is_told_on_the_files_clock() -> None:
    assert told(silences((), seconds(5), start=3600.0)) == [(3600.0, 3605.0, "silence")]


def test_what_a_piece_leaves_out_is_told_on_the_files_clock_and_of_its_channel() -> None:
    (moved,) = on_the_clock([gap(1.0, 2.5)], 30.0004, "channel 2")
    assert moved == gap(31.0, 32.5, "channel 2")


def test_the_same_stretch_is_told_once() -> None:
    silence = gap(10.0, 20.0, reason="silence")
    assert told(beside([gap(12.0, 15.0)], [silence])) == []
    assert told(beside([gap(5.0, 25.0)], [silence])) == [(5.0, 10.0, "no_speech"), (20.0, 25.0, "no_speech")]
    assert told(beside([gap(9.95, 20.0)], [silence])) == []  # what is left is no gap worth a word
    assert told(beside([gap(0.0, 4.0), gap(3.0, 6.0), gap(7.0, 7.0)], ())) == [
        (0.0, 4.0, "no_speech"),
        (4.0, 6.0, "no_speech"),
    ]


def test_two_channels_may_both_lack_a_stretch() -> None:
    both = [gap(1.0, 2.0, "channel 1"), gap(1.0, 2.0, "channel 2")]
    assert beside(both, ()) == tuple(both)


stretches = st.tuples(st.integers(0, 50), st.integers(0, 10)).map(
    lambda pair: gap(float(pair[0]), float(pair[0] + pair[1]))
)


@given(st.lists(stretches, max_size=10), st.lists(stretches, max_size=10))
def test_no_moment_is_told_twice_and_none_gets_lost(left_out: list[Gap], known: list[Gap]) -> None:
    rest = beside(left_out, known)
    for second in range(60):
        at = second + 0.5
        is_known = any(g.start <= at < g.end for g in known)
        is_left_out = any(g.start <= at < g.end for g in left_out)
        assert sum(g.start <= at < g.end for g in rest) == (is_left_out and not is_known)

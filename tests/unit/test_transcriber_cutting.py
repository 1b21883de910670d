"""Where recordings are cut."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from scribeline.contracts.transcription import SAMPLE_RATE
from transcriber.cutting import PAD, Span, cut, cut_channels, most_pieces
from transcriber.gaps import REPORTED_SILENCE, silences

LIMIT = 60 * SAMPLE_RATE


def seconds(*borders: float) -> list[Span]:
    """seconds(1, 2, 5, 9): speech from 1 to 2 and from 5 to 9."""
    samples = [round(border * SAMPLE_RATE) for border in borders]
    return [Span(first, last) for first, last in zip(samples[::2], samples[1::2], strict=True)]


@st.composite
def recordings(draw: st.DrawFn) -> tuple[list[Span], int, int]:
    """Any speech in any recording, and any limit: (speech, total, limit)."""
    steps = draw(st.lists(st.integers(1, 100_000), max_size=40))
    borders = [sum(steps[: i + 1]) for i in range(len(steps) - len(steps) % 2)]
    speech = [Span(first, last) for first, last in zip(borders[::2], borders[1::2], strict=True)]
    total = (borders[-1] if borders else 0) + draw(st.integers(0, 100_000))
    return speech, total, draw(st.integers(4_000, 150_000))


@given(recordings())
def test_pieces_are_ordered_disjoint_within_the_limit_and_within_the_recording(
    given_: tuple[list[Span], int, int],
) -> None:
    speech, total, limit = given_
    pieces = cut(speech, total, limit)
    assert [piece.index for piece in pieces] == list(range(len(pieces)))
    assert all(0 <= piece.first < piece.last <= total for piece in pieces)
    assert all(piece.last - piece.first <= limit for piece in pieces)
    assert all(earlier.last <= later.first for earlier, later in pairwise(pieces))


@given(recordings())
def test_no_sample_of_speech_is_lost(given_: tuple[list[Span], int, int]) -> None:
    speech, total, limit = given_
    pieces = cut(speech, total, limit)
    covered = sum(
        max(0, min(span.last, piece.last) - max(span.first, piece.first))
        for span in speech
        for piece in pieces
    )
    assert covered == sum(span.last - span.first for span in speech)


@given(recordings())
def test_nobody_is_cut_off_who_speaks_for_less_than_a_piece(given_: tuple[list[Span], int, int]) -> None:
    speech, total, limit = given_
    cuts = {sample for piece in cut(speech, total, limit) for sample in (piece.first, piece.last)}
    for span in speech:
        if span.last - span.first <= limit:
            assert not any(span.first < sample < span.last for sample in cuts)


@given(recordings())
def test_pieces_and_gaps_together_leave_out_only_pauses(given_: tuple[list[Span], int, int]) -> None:
    speech, total, limit = given_
    pieces = cut(speech, total, limit)
    told = {(piece.first, piece.last) for piece in pieces}
    told |= {(round(g.start * SAMPLE_RATE), round(g.end * SAMPLE_RATE)) for g in silences(pieces, total)}
    borders = [0, *(sample for stretch in sorted(told) for sample in stretch), total]
    assert all(later - earlier < REPORTED_SILENCE for earlier, later in zip(borders[::2], borders[1::2]))  # noqa: B905 - an even number


def test_a_recording_without_speech_has_no_pieces_and_is_one_gap() -> None:
    assert cut([], LIMIT, LIMIT) == ()
    (gap,) = silences((), LIMIT)
    assert (gap.start, gap.end, gap.reason) == (0.0, 60.0, "silence")


def test_the_longest_silence_near_the_end_of_a_piece_is_where_it_ends() -> None:
    # pauses at 20 s (3 s long, but early), 40 s (1 s), 50 s (0.2 s); speech goes on to 80 s
    speech = seconds(0, 20, 23, 40, 41, 50, 50.2, 80)
    first, second = cut(speech, 80 * SAMPLE_RATE, LIMIT)
    assert 40 <= first.last / SAMPLE_RATE <= second.first / SAMPLE_RATE <= 41


def test_without_a_late_silence_an_early_one_is_taken_before_a_word_is_cut() -> None:
    first, second = cut(seconds(0, 10, 12, 65), 65 * SAMPLE_RATE, LIMIT)
    assert (first.last, second.first) == (10 * SAMPLE_RATE + PAD, 12 * SAMPLE_RATE - PAD)


def test_an_hour_without_a_breath_is_cut_into_equal_pieces() -> None:
    pieces = cut(seconds(0, 3630), 3630 * SAMPLE_RATE, LIMIT)
    assert len(pieces) == 61
    assert max(p.seconds for p in pieces) - min(p.seconds for p in pieces) < 0.001


def test_a_word_in_an_hour_of_silence_is_one_short_piece_between_two_gaps() -> None:
    total = 3600 * SAMPLE_RATE
    pieces = cut(seconds(1800, 1801), total, LIMIT)
    assert [(piece.start, piece.seconds) for piece in pieces] == [(1799.6, 1.8)]
    assert [(gap.start, gap.end) for gap in silences(pieces, total)] == [(0.0, 1799.6), (1801.4, 3600.0)]


@given(recordings())
def test_a_recording_never_has_more_pieces_than_are_planned_for(
    given_: tuple[list[Span], int, int],
) -> None:
    speech, total, limit = given_
    assert len(cut(speech, total, limit)) <= most_pieces(total / SAMPLE_RATE, limit / SAMPLE_RATE)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[list[list[Span]], int, int]:
    """Any speech on up to eight channels of one recording, and any limit: (speech, total, limit)."""
    each = draw(st.lists(recordings(), min_size=1, max_size=8))
    return [speech for speech, _, _ in each], max(total for _, total, _ in each), each[0][2]


@given(conversations())
def test_each_channel_is_cut_as_if_it_were_alone(given_: tuple[list[list[Span]], int, int]) -> None:
    speech, total, limit = given_
    pieces = cut_channels(speech, total, limit)
    for channel, spans in enumerate(speech):
        alone = [(piece.first, piece.last) for piece in cut(spans, total, limit)]
        assert [(p.first, p.last) for p in pieces if p.channel == channel] == alone


@given(conversations())
def test_pieces_of_all_channels_are_numbered_as_they_are_said(
    given_: tuple[list[list[Span]], int, int],
) -> None:
    speech, total, limit = given_
    pieces = cut_channels(speech, total, limit)
    assert [piece.index for piece in pieces] == list(range(len(pieces)))
    assert [piece.first for piece in pieces] == sorted(piece.first for piece in pieces)


@given(conversations())
def test_a_silence_of_several_channels_is_where_none_of_them_is_heard(
    given_: tuple[list[list[Span]], int, int],
) -> None:
    speech, total, limit = given_
    pieces = cut_channels(speech, total, limit)
    for gap in silences(pieces, total):
        first, last = round(gap.start * SAMPLE_RATE), round(gap.end * SAMPLE_RATE)
        assert not any(piece.first < last - 8 and first + 8 < piece.last for piece in pieces)


def test_who_speaks_while_the_other_listens_leaves_no_silence() -> None:
    asks, answers = seconds(0, 10, 30, 40), seconds(10, 30)
    pieces = cut_channels([asks, answers], 50 * SAMPLE_RATE, 15 * SAMPLE_RATE)
    assert [(piece.channel, piece.start) for piece in pieces] == [(0, 0.0), (1, 9.6), (1, 20.0), (0, 29.6)]
    assert [(gap.start, gap.end) for gap in silences(pieces, 50 * SAMPLE_RATE)] == [(40.4, 50.0)]

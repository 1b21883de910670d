"""Parts of a file, and channels by themselves: what the three kinds of unit make of them. Real decoder, no
weights, no servers."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.contracts.transcription import (
    SAMPLE_RATE,
    ChunkTranscribed,
    Gap,
    Piece,
    RecordingPlanned,
    ShortHandedBack,
    ShortTranscribed,
)
from tests.support.audio import channels_file, joined, media_file, silence, tone, wav_file
from tests.support.handlers import LIMITS, Transcriber
from transcriber.slots import Lane

SPLIT: dict[str, Any] = {"channels": "split"}


@pytest.fixture
def transcriber() -> Iterator[Transcriber]:
    lane = Lane("test", 1)
    yield Transcriber(lane)
    lane.close()


def spans(pieces: tuple[Piece, ...]) -> list[tuple[int | None, float, float]]:
    return [(piece.channel, piece.start, piece.start + piece.seconds) for piece in pieces]


def silences(done: RecordingPlanned | ShortTranscribed) -> list[tuple[float, float]]:
    gaps = done.gaps if isinstance(done, RecordingPlanned) else done.transcribed.gaps
    assert {gap.reason for gap in gaps} <= {"silence"}
    return [(gap.start, gap.end) for gap in gaps]


CALL = channels_file(
    joined(silence(1), tone(2), silence(5), tone(1)),  # asks at 1-3 s, and again at 8-9 s
    joined(silence(3), tone(2), silence(10)),  # answers at 3-5 s
)


async def test_each_channel_of_a_call_is_cut_by_itself_and_is_a_speaker(transcriber: Transcriber) -> None:
    planned = await transcriber.plan(CALL, **SPLIT)
    assert isinstance(planned, RecordingPlanned)
    assert (planned.channels, planned.duration) == (2, 15.0)
    assert transcriber.normalised_seconds(channels=2) == 15.0
    assert spans(planned.pieces) == [(0, 0.6, 3.4), (1, 2.6, 5.4), (0, 7.6, 9.4)]
    assert silences(planned) == [(5.4, 7.6), (9.4, 15.0)]
    for piece in planned.pieces:
        done = await transcriber.chunk(piece, interleaved=2, **SPLIT)
        assert isinstance(done, ChunkTranscribed)
        (segment,) = done.transcribed.segments
        assert segment.speaker == f"channel {(piece.channel or 0) + 1}"
        assert segment.start == piece.start
        assert segment.end == pytest.approx(piece.start + piece.seconds)


async def test_a_piece_of_a_channel_holds_nothing_of_the_others(transcriber: Transcriber) -> None:
    await transcriber.plan(CALL, **SPLIT)
    whole = {"first": 0, "last": 5 * SAMPLE_RATE}
    for channel in (0, 1):
        await transcriber.chunk(Piece(index=0, channel=channel, **whole), interleaved=2, **SPLIT)
    asks, answers = (np.abs(samples) > 0.1 for samples in transcriber.engine.given)
    assert (asks.size, answers.size) == (5 * SAMPLE_RATE, 5 * SAMPLE_RATE)
    assert np.flatnonzero(asks).max() < 3 * SAMPLE_RATE <= np.flatnonzero(answers).min()


async def test_a_short_call_is_one_transcript_in_the_order_of_what_is_said(transcriber: Transcriber) -> None:
    call = channels_file(joined(silence(0.5), tone(0.5)), joined(tone(0.4), silence(1.6)))
    done = await transcriber.short(call, **SPLIT)
    assert isinstance(done, ShortTranscribed)
    assert (done.channels, done.duration) == (2, 2.0)
    assert transcriber.normalised_seconds(channels=2) == 2.0
    assert [(s.id, s.speaker) for s in done.transcribed.segments] == [(0, "channel 1"), (1, "channel 2")]
    assert done.transcribed.gaps == ()


async def test_a_channel_on_which_nobody_speaks_is_not_transcribed(transcriber: Transcriber) -> None:
    done = await transcriber.short(channels_file(silence(1.5), tone(1.5)), **SPLIT)
    assert isinstance(done, ShortTranscribed)
    assert [segment.speaker for segment in done.transcribed.segments] == ["channel 2"]
    assert len(transcriber.engine.given) == 1


async def test_the_language_of_a_call_is_told_once_by_all_who_speak(transcriber: Transcriber) -> None:
    call = channels_file(joined(tone(1), silence(1)), joined(silence(1), tone(0.5)))
    options = {**SPLIT, "languages": ("de", "en")}
    done = await transcriber.short(call, **options)
    planned = await transcriber.plan(call, **options)
    assert isinstance(done, ShortTranscribed)
    assert isinstance(planned, RecordingPlanned)
    assert [language and language.code for language in transcriber.engine.asked] == ["de", "de"]
    assert done.transcribed.language == planned.language
    assert transcriber.engine.told_by == [pytest.approx(2.7), pytest.approx(2.7)]  # 1 s, 0.5 s, their edges
    assert transcriber.engine.among == [("de", "en"), ("de", "en")]


async def test_one_channel_that_is_split_is_channel_1(transcriber: Transcriber) -> None:
    done = await transcriber.short(wav_file(tone(1.0)), **SPLIT)
    planned = await transcriber.plan(wav_file(tone(1.0)), **SPLIT)
    assert isinstance(done, ShortTranscribed)
    assert isinstance(planned, RecordingPlanned)
    assert (done.channels, [s.speaker for s in done.transcribed.segments]) == (1, ["channel 1"])
    assert (planned.channels, spans(planned.pieces)) == (1, [(0, 0.0, 1.0)])


async def test_channels_that_are_mixed_have_no_speaker(transcriber: Transcriber) -> None:
    done = await transcriber.short(channels_file(tone(1.0), tone(1.0, hertz=300)))
    assert isinstance(done, ShortTranscribed)
    assert (done.channels, [s.speaker for s in done.transcribed.segments]) == (1, [None])


async def test_channels_count_together_where_length_is_limited(transcriber: Transcriber) -> None:
    """Pieces of 4 s: two channels of 2.5 s are 5 s of work."""
    call = wav_file(tone(2.5), channels=2)
    assert isinstance(await transcriber.short(call), ShortTranscribed)
    assert isinstance(await transcriber.short(call, **SPLIT), ShortHandedBack)
    long = wav_file(silence(LIMITS.max_audio_seconds / 2 + 1, 8000), rate=8000, channels=2)
    assert isinstance(await transcriber.plan(long), RecordingPlanned)
    with pytest.raises(Fail) as failed:
        await transcriber.plan(long, **SPLIT)
    assert failed.value.code is Code.AUDIO_TOO_LONG


@pytest.mark.parametrize("kind", ["short", "plan"])
async def test_more_channels_than_can_be_split_are_refused_and_can_be_mixed(
    transcriber: Transcriber, kind: str
) -> None:
    file = wav_file(tone(0.4), channels=9)
    with pytest.raises(Fail) as failed:
        await getattr(transcriber, kind)(file, **SPLIT)
    assert failed.value.code is Code.TOO_MANY_CHANNELS
    assert (await getattr(transcriber, kind)(file)).duration == 0.4


SPEECH = joined(silence(10), tone(2), silence(6), tone(1), silence(5))
"""Speech at 10-12 s and 18-19 s of 24."""


async def test_a_part_of_a_long_recording_keeps_the_files_clock(transcriber: Transcriber) -> None:
    planned = await transcriber.plan(wav_file(SPEECH), start=5.0, end=22.0)
    assert isinstance(planned, RecordingPlanned)
    assert planned.duration == transcriber.normalised_seconds() == 17.0
    assert silences(planned) == [(5.0, 9.6), (12.4, 17.6), (19.4, 22.0)]
    done = await transcriber.chunk(planned.pieces[1], start=5.0, end=22.0, word_timestamps=True)
    assert isinstance(done, ChunkTranscribed)
    (segment,) = done.transcribed.segments
    assert (segment.start, segment.end) == (17.6, 19.4)
    assert segment.words is not None
    assert segment.words[0].start == 17.6


async def test_a_part_of_a_file_is_short_although_the_file_is_long(transcriber: Transcriber) -> None:
    done = await transcriber.short(wav_file(SPEECH), start=9.0, end=12.5)
    assert isinstance(done, ShortTranscribed)
    assert done.duration == transcriber.normalised_seconds() == 3.5
    assert [(s.start, s.end) for s in done.transcribed.segments] == [(9.0, 12.5)]


@pytest.mark.parametrize("kind", ["short", "plan"])
async def test_an_end_behind_the_files_end_is_its_end(transcriber: Transcriber, kind: str) -> None:
    done = await getattr(transcriber, kind)(wav_file(tone(5.0)), start=2.0, end=1e12)
    assert done.duration == 3.0


@pytest.mark.parametrize("kind", ["short", "plan"])
@pytest.mark.parametrize(
    "part", [{"start": 5.0}, {"start": 1e12}, {"start": 2.0, "end": 2.0}, {"start": 3.0, "end": 1.0}]
)
async def test_a_part_in_which_nothing_lies_says_so(
    transcriber: Transcriber, kind: str, part: dict[str, float]
) -> None:
    with pytest.raises(Fail) as failed:
        await getattr(transcriber, kind)(wav_file(tone(5.0)), **part)
    assert failed.value.code is Code.AUDIO_RANGE_EMPTY


@pytest.mark.parametrize("container", ["wav", "flac", "mp4"])
async def test_the_limit_of_length_counts_what_is_heard(transcriber: Transcriber, container: str) -> None:
    long = media_file(silence(LIMITS.max_audio_seconds + 60, 8000), container, rate=8000)
    planned = await transcriber.plan(long, start=600.0, end=650.0)
    assert isinstance(planned, RecordingPlanned)
    assert planned.duration == 50.0
    with pytest.raises(Fail) as failed:
        await transcriber.plan(long)
    assert failed.value.code is Code.AUDIO_TOO_LONG


@pytest.mark.parametrize("kind", ["short", "plan"])
async def test_only_what_was_asked_for_can_be_missing(transcriber: Transcriber, kind: str) -> None:
    """A file of 12 s that breaks off in the middle."""
    whole = media_file(tone(12.0), "flac")
    broken = whole[: len(whole) // 2]
    done = await getattr(transcriber, kind)(broken, start=2.0, end=4.0)
    assert (done.duration, silences(done)) == (2.0, [])
    done = await getattr(transcriber, kind)(broken, start=4.0, end=11.0)
    gaps = done.gaps if isinstance(done, RecordingPlanned) else done.transcribed.gaps
    (gap,) = [gap for gap in gaps if gap.reason == "truncated"]
    assert (gap.start, gap.end) == (pytest.approx(4.0 + done.duration, abs=0.001), 11.0)


async def test_what_the_engine_leaves_out_is_told_once_on_the_files_clock(transcriber: Transcriber) -> None:
    transcriber.engine.left_out = (Gap(start=0.2, end=3.0, reason="no_speech"),)
    done = await transcriber.short(wav_file(joined(tone(1), silence(3))), start=0.5)
    assert isinstance(done, ShortTranscribed)
    told = [(gap.start, gap.end, gap.reason) for gap in done.transcribed.gaps]
    assert told == [(1.4, 4.0, "silence"), (0.7, 1.4, "no_speech")]


async def test_what_the_engine_leaves_out_of_a_channel_is_that_channels_gap(transcriber: Transcriber) -> None:
    transcriber.engine.left_out = (Gap(start=0.0, end=1.0, reason="repetition"),)
    short = await transcriber.short(channels_file(tone(1.5), tone(1.5)), **SPLIT)
    assert isinstance(short, ShortTranscribed)
    assert [(g.start, g.end, g.speaker) for g in short.transcribed.gaps] == [
        (0.0, 1.0, "channel 1"),
        (0.0, 1.0, "channel 2"),
    ]
    await transcriber.plan(CALL, **SPLIT, start=1.0)
    piece = Piece(index=1, first=SAMPLE_RATE, last=3 * SAMPLE_RATE, channel=1)
    done = await transcriber.chunk(piece, interleaved=2, **SPLIT, start=1.0)
    assert isinstance(done, ChunkTranscribed)
    assert done.transcribed.gaps == (Gap(start=2.0, end=3.0, reason="repetition", speaker="channel 2"),)

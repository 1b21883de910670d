"""What the three kinds of unit answer: real files, the decoder's real process, no weights and no servers."""

from collections.abc import Iterator

import pytest

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.contracts.transcription import (
    SAMPLE_RATE,
    Language,
    Piece,
    RecordingPlanned,
    ShortHandedBack,
    ShortTranscribed,
)
from scribeline.contracts.unit import Outcome, Stage, UnitCancelled
from tests.support.audio import joined, media_file, silence, tone, wav_file
from tests.support.handlers import PREFIX, SOURCE, Transcriber
from transcriber.slots import Lane


@pytest.fixture
def transcriber() -> Iterator[Transcriber]:
    lane = Lane("test", 1)
    yield Transcriber(lane)
    lane.close()


async def test_a_short_file_is_transcribed_and_can_be_played(transcriber: Transcriber) -> None:
    done = await transcriber.short(media_file(tone(3.0, 44_100), "mp3", rate=44_100), word_timestamps=True)
    assert isinstance(done, ShortTranscribed)
    assert done.duration == transcriber.normalised_seconds() == pytest.approx(3.0, abs=0.1)
    assert done.audio.bytes == len(transcriber.store.objects[done.audio.key])
    (segment,) = done.transcribed.segments
    assert (segment.id, segment.words and segment.words[0].text) == (0, "hello")
    assert done.processing_seconds > 0


async def test_a_small_file_that_turns_out_long_is_handed_back_and_leaves_nothing(
    transcriber: Transcriber,
) -> None:
    assert isinstance(await transcriber.short(wav_file(tone(4.1))), ShortHandedBack)
    assert set(transcriber.store.objects) == {SOURCE}
    assert transcriber.engine.asked == []


async def test_silence_has_no_words_no_language_and_is_one_gap(transcriber: Transcriber) -> None:
    done = await transcriber.short(wav_file(silence(3.0)))
    assert isinstance(done, ShortTranscribed)
    assert (done.transcribed.segments, done.transcribed.language) == ((), None)
    assert [(gap.start, gap.end, gap.reason) for gap in done.transcribed.gaps] == [(0.0, 3.0, "silence")]
    assert transcriber.engine.asked == []


async def test_a_language_the_user_named_is_not_guessed_again(transcriber: Transcriber) -> None:
    await transcriber.short(wav_file(tone(1.0)), language="de")
    planned = await transcriber.plan(wav_file(tone(1.0)), language="de")
    assert isinstance(planned, RecordingPlanned)
    assert planned.language == Language(code="de", probability=1.0)
    assert transcriber.engine.asked == [Language(code="de", probability=1.0)]
    assert transcriber.engine.told_by == []


async def test_a_long_recording_becomes_one_wav_pieces_and_gaps(transcriber: Transcriber) -> None:
    # speech at 1-3 s and 5-8 s, then a long silence, then 20-21 s
    sound = joined(silence(1), tone(2), silence(2), tone(3), silence(12), tone(1))
    planned = await transcriber.plan(wav_file(sound))
    assert isinstance(planned, RecordingPlanned)
    assert planned.duration == transcriber.normalised_seconds() == 21.0
    assert [(p.index, p.start, p.last / SAMPLE_RATE) for p in planned.pieces] == [
        (0, 0.6, 3.4),
        (1, 4.6, 8.4),
        (2, 19.6, 21.0),
    ]
    assert [(gap.start, gap.end) for gap in planned.gaps] == [(8.4, 19.6)]


async def test_the_language_of_a_long_recording_is_told_once_by_its_speech(transcriber: Transcriber) -> None:
    planned = await transcriber.plan(wav_file(joined(silence(30), tone(3), silence(30), tone(3))))
    assert isinstance(planned, RecordingPlanned)
    assert planned.language == Language(code="de", probability=0.8)
    assert transcriber.engine.told_by == [pytest.approx(7.2)]  # both stretches with their edges


async def test_a_long_recording_without_speech_has_no_pieces_and_no_language(
    transcriber: Transcriber,
) -> None:
    planned = await transcriber.plan(wav_file(silence(10.0)))
    assert isinstance(planned, RecordingPlanned)
    assert (planned.pieces, planned.language, len(planned.gaps)) == ((), None, 1)


async def test_a_piece_answers_with_times_of_the_whole_recording(transcriber: Transcriber) -> None:
    await transcriber.plan(wav_file(tone(10.0)))
    piece = Piece(index=1, first=4 * SAMPLE_RATE, last=6 * SAMPLE_RATE)
    done = await transcriber.chunk(piece, Language(code="de", probability=0.8), word_timestamps=True)
    (segment,) = done.model_dump()["transcribed"]["segments"]
    assert (segment["id"], segment["start"], segment["end"]) == (0, 4.0, 6.0)
    assert (segment["words"][0]["start"], segment["words"][0]["end"]) == (4.0, 4.5)
    assert transcriber.engine.asked == [Language(code="de", probability=0.8)]


@pytest.mark.parametrize("kind", ["short", "plan"])
@pytest.mark.parametrize(
    ("file", "code"),
    [
        (b"", Code.AUDIO_EMPTY),
        (b"not audio at all", Code.AUDIO_UNREADABLE),
        (media_file(None, "mp4", video_seconds=1), Code.AUDIO_NO_STREAM),
    ],
    ids=["empty", "text", "film without sound"],
)
async def test_a_bad_file_fails_with_its_code_and_leaves_nothing(
    transcriber: Transcriber, kind: str, file: bytes, code: Code
) -> None:
    with pytest.raises(Fail) as failed:
        await getattr(transcriber, kind)(file)
    assert failed.value.code is code
    assert set(transcriber.store.objects) == {SOURCE}


def lost_ends(done: Outcome) -> list[tuple[float, float]]:
    """Of a short or a planned recording: where it breaks off, and where it should have ended."""
    assert isinstance(done, (ShortTranscribed, RecordingPlanned))
    gaps = done.transcribed.gaps if isinstance(done, ShortTranscribed) else done.gaps
    ends = [(gap.start, gap.end) for gap in gaps if gap.reason == "truncated"]
    assert all(start == pytest.approx(done.duration, abs=0.001) for start, _ in ends)
    return ends


@pytest.mark.parametrize("kind", ["short", "plan"])
@pytest.mark.parametrize("container", ["wav", "flac", "mp3", "webm"])
async def test_a_file_that_breaks_off_says_what_is_missing(
    transcriber: Transcriber, kind: str, container: str
) -> None:
    file = media_file(tone(6.0, 48_000), container, rate=48_000)
    ((start, end),) = lost_ends(await getattr(transcriber, kind)(file[: len(file) // 2]))
    assert 1.5 < start < 4.0
    assert end == pytest.approx(6.0, abs=0.1)


@pytest.mark.parametrize("container", ["wav", "flac", "mp3", "mp4", "ogg", "webm", "aiff", "mpegts"])
async def test_a_whole_file_lacks_nothing(transcriber: Transcriber, container: str) -> None:
    file = media_file(tone(3.0, 48_000), container, rate=48_000)
    assert lost_ends(await transcriber.plan(file)) == []


@pytest.mark.parametrize("kind", ["short", "plan"])
async def test_a_language_the_model_does_not_know_fails_at_once(transcriber: Transcriber, kind: str) -> None:
    with pytest.raises(Fail) as failed:
        await getattr(transcriber, kind)(wav_file(tone(1.0)), language="yue")
    assert failed.value.code is Code.LANGUAGE_UNSUPPORTED


async def test_a_recording_that_is_gone_from_the_store_fails_as_missing(transcriber: Transcriber) -> None:
    with pytest.raises(Fail) as failed:
        await transcriber.chunk(Piece(index=0, first=0, last=16_000))
    assert failed.value.code is Code.AUDIO_MISSING


async def test_a_piece_the_store_has_only_half_of_is_tried_again_not_half_transcribed(
    transcriber: Transcriber,
) -> None:
    transcriber.store.objects[PREFIX + "audio.wav"] = wav_file(tone(1.0))
    with pytest.raises(EOFError, match="holds 32000 of the piece's 64000 bytes"):
        await transcriber.chunk(Piece(index=0, first=0, last=32_000))


async def test_a_cancelled_job_costs_no_work(transcriber: Transcriber) -> None:
    transcriber.store.objects[PREFIX + "cancelled"] = b""
    outcomes = [
        await transcriber.short(b"never read"),
        await transcriber.plan(b"never read"),
        await transcriber.chunk(Piece(index=0, first=0, last=16_000)),
    ]
    assert [type(outcome) for outcome in outcomes] == [UnitCancelled] * 3
    assert [outcome.unit.stage for outcome in outcomes] == [Stage.SHORT, Stage.PLAN, Stage.CHUNK]

"""A real file of every container and codec that docs/formats.md calls tested, through the real decoder."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from scribeline.contracts.transcription import TranscriptionOptions
from tests.support.audio import JFK_TEXT, Sound, channels_file, floats, jfk, media_file, png, silence, tone
from tests.support.forgeries import cluster, element, matroska, matroska_info, pcm_track, uint
from tests.support.recipes import NIST, RECIPES, Recipe, made
from tests.support.words import differing
from transcriber import whisper
from transcriber.decode import DecodeLimits, decoding
from transcriber.engine import Compute
from transcriber.formats import CODECS, CONTAINERS, DECODERS, DEMUXERS

LIMITS = DecodeLimits(max_audio_seconds=60.0, seconds=60.0)
TESTED = [(container.name, codec) for container in CONTAINERS for codec in container.tested]


@contextmanager
def file_of(data: bytes) -> Iterator[BinaryIO]:
    with TemporaryFile() as file:
        file.write(data)
        yield file


def decoded(data: bytes) -> Sound:
    with file_of(data) as file, decoding(file, LIMITS) as heard:
        return np.frombuffer(b"".join(heard), np.int16)


def loudness(sound: Sound) -> NDArray[np.float64]:
    """Of each tenth of a second."""
    blocks = sound[: sound.size // 1600 * 1600].reshape(-1, 1600).astype(float)
    levels: NDArray[np.float64] = np.sqrt((blocks**2).mean(axis=1))
    return levels


def likeness(heard: Sound) -> float:
    """How well the loudness of what was heard follows JFK's, 0 to 1; some codecs come 50 ms late."""
    lags = range(-1600, 1601, 320)
    return max(_likeness(jfk()[max(0, -lag) :], heard[max(0, lag) :]) for lag in lags)


def _likeness(said: Sound, heard: Sound) -> float:
    both = min(said.size, heard.size)
    return float(np.corrcoef(loudness(said[:both]), loudness(heard[:both]))[0, 1])


def test_what_is_called_tested_is_what_is_made_here() -> None:
    here = {(container, codec) for container, codecs in RECIPES.items() for codec in codecs}
    assert set(TESTED) == here | {(NIST, "pcm_s16le"), (NIST, "pcm_mulaw")}


def test_every_name_of_the_table_is_one_that_ffmpeg_knows() -> None:
    for demuxer in DEMUXERS:
        assert av.ContainerFormat(demuxer, "r").is_input
    assert [av.Codec(name, "r").name for name in DECODERS] == list(DECODERS)
    assert set(CODECS) == set(DECODERS)


@pytest.mark.parametrize(("container", "codec"), TESTED, ids=lambda word: word.replace(" ", "-"))
def test_a_file_of_every_tested_kind_gives_what_was_said(container: str, codec: str) -> None:
    data = made(container, codec)
    heard = decoded(data)
    assert heard.size / 16_000 == pytest.approx(11.0, abs=0.25)
    assert likeness(heard) > 0.95
    (row,) = [row for row in CONTAINERS if row.name == container]
    with av.open(io.BytesIO(data)) as file:  # by the demuxer and the decoder of that row
        assert set(file.format.name.split(",")) & set(row.demuxers)
        assert file.streams.audio[0].codec_context.codec.name == codec


class Pipe(io.RawIOBase):
    """What can be written, and not gone back in: a recorder that streams as it goes."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self.data += data
        return len(data)


STREAMED = {
    "webm": Recipe("webm", "libopus", 48_000),
    "webm, live": Recipe("webm", "libopus", 48_000, options={"live": "1"}),
    "matroska": Recipe("matroska", "aac", 44_100, video="libx264"),
    "ogg": Recipe("ogg", "libopus", 48_000),
    "wav": Recipe("wav", "pcm_s16le"),
    "flac": Recipe("flac", "flac"),
    "mp3": Recipe("mp3", "libmp3lame", 44_100),
    "aac": Recipe("adts", "aac", 44_100),
    "mpegts": Recipe("mpegts", "aac", 44_100, video="libx264"),
    "flv": Recipe("flv", "aac", 44_100),
    "mp4 in fragments": Recipe(
        "mp4", "aac", 44_100, video="libx264", options={"movflags": "frag_keyframe+empty_moov"}
    ),
    "mp4 in fragments, sound only": Recipe(
        "mp4", "aac", 44_100, options={"movflags": "empty_moov", "frag_duration": "1000000"}
    ),
}


@pytest.mark.parametrize("kind", STREAMED)
def test_what_was_written_into_a_pipe_and_knows_no_length_is_heard_to_its_end(kind: str) -> None:
    pipe = Pipe()
    STREAMED[kind].file(into=pipe)
    heard = decoded(bytes(pipe.data))
    assert heard.size / 16_000 == pytest.approx(11.0, abs=0.25)
    assert likeness(heard) > 0.95


def test_a_film_with_subtitles_is_heard() -> None:
    text = element(0xAE, uint(0xD7, 2), uint(0x73C5, 2), uint(0x83, 0x11), element(0x86, b"S_TEXT/UTF8"))
    tracks = element(0x1654AE6B, pcm_track(1), text)
    film = matroska(matroska_info(), tracks, cluster(0, (0, tone(1.0).tobytes())))
    assert decoded(film).size / 16_000 == pytest.approx(1.0, abs=0.1)


def test_a_broadcast_to_which_pictures_come_late_is_heard_to_its_end() -> None:
    """Nine seconds of sound alone, then a second track beside it."""
    alone = media_file(tone(9.0, 44_100), "flv", codec="aac", rate=44_100)
    film = media_file(
        tone(2.0, 44_100), "flv", codec="aac", rate=44_100, video_seconds=2, video_codec="libx264"
    )
    header = 13
    assert decoded(alone + film[header:]).size / 16_000 == pytest.approx(11.0, abs=0.2)


def test_a_song_of_a_second_with_a_cover_of_many_megabytes_is_a_second() -> None:
    cover = b"APIC" + (20 << 20).to_bytes(4, "big") + b"\0\0\0image/png\0\3\0" + png()
    frame = cover.ljust((20 << 20) + 10, b"\0")
    size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    file = b"ID3\3\0\0" + size + frame + media_file(tone(1.0, 44_100), "mp3", rate=44_100)
    assert decoded(file).size / 16_000 == pytest.approx(1.0, abs=0.1)


@pytest.fixture(scope="module")
def engine(models_dir: Path) -> whisper.Whisper:
    return whisper.load("tiny.en", models_dir, Compute(threads=2))


def heard_in(file: bytes, engine: whisper.Whisper) -> str:
    segments = engine.transcribe(floats(decoded(file)), None, TranscriptionOptions()).segments
    return " ".join(segment.text for segment in segments)


@pytest.mark.parametrize(
    ("container", "codec"),
    [
        ("MP3, MP2, MP1", "mp3float"),
        ("MP4, QuickTime, 3GP", "aac"),
        ("Matroska, WebM", "opus"),
        ("WAV, Broadcast Wave, RF64", "pcm_mulaw"),
        ("WAV, Broadcast Wave, RF64", "g722"),
        ("AMR", "amrnb"),
    ],
)
def test_the_words_are_those_that_were_said(container: str, codec: str, engine: whisper.Whisper) -> None:
    assert differing(heard_in(made(container, codec), engine), JFK_TEXT) == 0


@pytest.mark.parametrize("channels", [2, 3, 6])
@pytest.mark.parametrize("speaks", ["first", "last"])
def test_who_speaks_on_one_channel_only_is_understood_in_the_mix(
    channels: int, speaks: str, engine: whisper.Whisper
) -> None:
    quiet = [silence(1.0)] * (channels - 1)
    file = channels_file(jfk(), *quiet) if speaks == "first" else channels_file(*quiet, jfk())
    assert differing(heard_in(file, engine), JFK_TEXT) == 0

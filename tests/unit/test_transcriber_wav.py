"""The normalised recording's file format."""

import io
import wave

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scribeline.contracts.transcription import SAMPLE_RATE
from tests.support.audio import tone
from transcriber import wav


def test_any_player_can_read_it() -> None:
    sound = tone(0.5)
    with wave.open(io.BytesIO(wav.header(sound.size) + sound.tobytes())) as file:
        shape = (file.getframerate(), file.getnchannels(), file.getsampwidth(), file.getnframes())
        assert shape == (SAMPLE_RATE, 1, 2, sound.size)
        assert file.readframes(sound.size) == sound.tobytes()


@given(st.integers(0, 8000), st.integers(1, 8000))
def test_a_piece_is_exactly_its_samples(first: int, length: int) -> None:
    sound = np.arange(16_000, dtype=np.int16)
    start, size = wav.byte_range(first, first + length)
    piece = (wav.header(sound.size) + sound.tobytes())[start : start + size]
    assert np.frombuffer(piece, np.int16).tolist() == sound[first : first + length].tolist()


def test_samples_become_floats_between_minus_one_and_one() -> None:
    floats = wav.to_floats(np.array([-32768, 0, 16384], np.int16).tobytes())
    assert floats.dtype == np.float32
    assert floats.tolist() == [-1.0, 0.0, 0.5]


@given(st.integers(1, 8), st.integers(0, 100), st.integers(1, 100))
def test_a_piece_of_a_channel_is_exactly_its_samples(channels: int, first: int, length: int) -> None:
    sound = np.arange(200 * channels, dtype=np.int16).reshape(200, channels)
    file = wav.header(200, channels) + sound.tobytes()
    start, size = wav.byte_range(first, first + length, channels)
    for channel in range(channels):
        heard = wav.to_floats(file[start : start + size], channel, channels) * 32768
        assert heard.tolist() == sound[first : first + length, channel].tolist()


@given(st.integers(1, 8), st.lists(st.integers(0, 50), max_size=20))
def test_channels_are_told_apart_wherever_a_block_ends(channels: int, sizes: list[int]) -> None:
    sound = np.arange(sum(sizes) // (2 * channels) * channels, dtype=np.int16)
    data = sound.tobytes() + b"\0" * (sum(sizes) - 2 * sound.size)
    splitter, heard = wav.Splitter(channels), [b""] * channels
    for size in sizes:
        block, data = data[:size], data[size:]
        heard = [before + more for before, more in zip(heard, splitter.split(block), strict=True)]
    assert [np.frombuffer(h, np.int16).tolist() for h in heard] == [
        sound[channel::channels].tolist() for channel in range(channels)
    ]


def test_a_recording_that_is_split_plays_with_all_its_channels() -> None:
    sound = np.zeros((800, 3), np.int16)
    with wave.open(io.BytesIO(wav.header(800, 3) + sound.tobytes())) as file:
        assert (file.getnchannels(), file.getnframes(), file.getframerate()) == (3, 800, SAMPLE_RATE)


def test_what_is_too_long_for_a_wavs_header_still_has_one() -> None:
    assert len(wav.header(40 * 3600 * SAMPLE_RATE)) == wav.HEADER_BYTES

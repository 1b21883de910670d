"""The normalised recording's file format."""

import io
import wave

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scribeline.contracts.transcription import SAMPLE_RATE, Piece
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
    start, size = wav.byte_range(Piece(index=0, first=first, last=first + length))
    piece = (wav.header(sound.size) + sound.tobytes())[start : start + size]
    assert np.frombuffer(piece, np.int16).tolist() == sound[first : first + length].tolist()


def test_samples_become_floats_between_minus_one_and_one() -> None:
    floats = wav.to_floats(np.array([-32768, 0, 16384], np.int16).tobytes())
    assert floats.dtype == np.float32
    assert floats.tolist() == [-1.0, 0.0, 0.5]

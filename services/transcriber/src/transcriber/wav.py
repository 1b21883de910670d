"""The normalised recording: one WAV of 16 kHz mono s16le, of which every piece is a range of bytes.

Written here and read here, so its header is always the 44 bytes of the canonical form
(Microsoft, Multimedia Programming Interface and Data Specifications 1.0, "WAVE").
"""

import struct

import numpy as np
from numpy.typing import NDArray

from scribeline.contracts.transcription import SAMPLE_RATE, Piece

CONTENT_TYPE = "audio/wav"
HEADER_BYTES = 44
SAMPLE_BYTES = 2
_PCM = 1


def header(samples: int) -> bytes:
    """The 44 bytes before `samples` samples."""
    data = samples * SAMPLE_BYTES
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", HEADER_BYTES - 8 + data, b"WAVE"),
        *(b"fmt ", 16, _PCM, 1, SAMPLE_RATE, SAMPLE_RATE * SAMPLE_BYTES, SAMPLE_BYTES, 8 * SAMPLE_BYTES),
        *(b"data", data),
    )


def byte_range(piece: Piece) -> tuple[int, int]:
    """First byte and length of a piece within the file."""
    return HEADER_BYTES + piece.first * SAMPLE_BYTES, (piece.last - piece.first) * SAMPLE_BYTES


def to_floats(pcm: bytes | bytearray | memoryview) -> NDArray[np.float32]:
    """s16le to samples in -1..1, as Whisper and the VAD take them."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768.0

"""The normalised recording: one WAV of 16 kHz s16le, of which every piece is a range of bytes.

One channel, or those of a recording that is split, interleaved. Written here and read here, so its header is
always the 44 bytes of the canonical form (Microsoft, Multimedia Programming Interface and Data Specifications
1.0, "WAVE").
"""

import struct

import numpy as np
from numpy.typing import NDArray

from scribeline.contracts.transcription import SAMPLE_RATE

CONTENT_TYPE = "audio/wav"
HEADER_BYTES = 44
SAMPLE_BYTES = 2
_PCM = 1
_MOST = 0xFFFF_FFFF
"""What a size of 32 bits can say; players take it for "to the end of the file"."""


def header(samples: int, channels: int = 1) -> bytes:
    """The 44 bytes before `samples` samples of each channel."""
    block = SAMPLE_BYTES * channels
    data = samples * block
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", min(_MOST, HEADER_BYTES - 8 + data), b"WAVE"),
        *(b"fmt ", 16, _PCM, channels, SAMPLE_RATE, SAMPLE_RATE * block, block, 8 * SAMPLE_BYTES),
        *(b"data", min(_MOST, data)),
    )


def byte_range(first: int, last: int, channels: int = 1) -> tuple[int, int]:
    """First byte and length, within the file, of the samples [first, last) of all channels."""
    block = SAMPLE_BYTES * channels
    return HEADER_BYTES + first * block, (last - first) * block


def to_floats(
    pcm: bytes | bytearray | memoryview, channel: int = 0, channels: int = 1
) -> NDArray[np.float32]:
    """s16le to one channel's samples in -1..1, as Whisper and the VAD take them."""
    return np.frombuffer(pcm, dtype="<i2")[channel::channels].astype(np.float32) / 32768.0


class Splitter:
    """Interleaved blocks of any size, as they come, to the same samples of each channel."""

    def __init__(self, channels: int) -> None:
        self._channels, self._rest = channels, b""

    def split(self, block: bytes) -> list[bytes]:
        """s16le of each channel. What is no whole sample of all channels waits for the next block."""
        sound = self._rest + block
        whole = len(sound) - len(sound) % (SAMPLE_BYTES * self._channels)
        self._rest = sound[whole:]
        samples = np.frombuffer(sound[:whole], dtype="<i2").reshape(-1, self._channels)
        return [samples[:, channel].tobytes() for channel in range(self._channels)]

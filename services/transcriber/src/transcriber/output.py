"""What the decoder writes: the wanted samples of a recording, and no more than are allowed."""

from typing import BinaryIO

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from transcriber.mixing import SAMPLE_BYTES

WRITE_BYTES = 1 << 18
SILENCE = bytes(1 << 16)


class Output:
    """One byte, the number of channels; then interleaved s16le of the samples [first, last) that go by.

    Small blocks are collected into large writes. Raises Fail(AUDIO_TOO_LONG) where more than `most` samples
    of all channels together would be written.
    """

    def __init__(self, file: BinaryIO, channels: int, *, first: int, last: int | None, most: int) -> None:
        self._file, self._size = file, SAMPLE_BYTES * channels
        self._first, self._last = first, last
        self._most = most * SAMPLE_BYTES
        self._block = bytearray([channels])
        self.passed = 0
        """Samples of each channel that went by, wanted or not."""
        self.written = 0
        """Bytes of samples."""

    @property
    def is_complete(self) -> bool:
        return self._last is not None and self.passed >= self._last

    def write(self, sound: bytes) -> None:
        begin, end = self._wanted(len(sound) // self._size)
        self._put(sound[begin * self._size : end * self._size])

    def silence(self, samples: int) -> None:
        """Costs nothing where it is not wanted, however long it is."""
        begin, end = self._wanted(samples)
        left = (end - begin) * self._size
        while left > 0:
            self._put(SILENCE[:left])
            left -= len(SILENCE)

    def flush(self) -> None:
        self._file.write(self._block)
        self._file.flush()
        self._block.clear()

    def _wanted(self, samples: int) -> tuple[int, int]:
        """Which of the next samples lie in the range; they are counted as passed."""
        here = self.passed
        self.passed += samples
        last = self.passed if self._last is None else min(self.passed, self._last)
        begin = max(here, self._first)
        return begin - here, max(begin, last) - here

    def _put(self, sound: bytes) -> None:
        self.written += len(sound)
        if self.written > self._most:
            raise Fail(Code.AUDIO_TOO_LONG)
        self._block += sound
        if len(self._block) >= WRITE_BYTES:
            self.flush()

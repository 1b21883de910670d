"""Where somebody speaks: Silero VAD (inside faster-whisper), in bounded memory.

One call on an hour costs +894 MB, in blocks of a minute +88 MB. The network starts deaf, so each block is
heard with a second of what went before it, and speech that touches at the border is joined.
"""

from collections.abc import Callable, Iterable

import numpy as np
from faster_whisper.vad import VadOptions, get_speech_timestamps
from numpy.typing import NDArray

from scribeline.contracts.transcription import SAMPLE_RATE
from transcriber.cutting import Span
from transcriber.wav import SAMPLE_BYTES, to_floats

BLOCK_SECONDS = 60
WARM_UP_SECONDS = 1

OPTIONS = VadOptions(
    threshold=0.5,
    # Every pause of a breath is worth knowing: it is where a piece may end.
    min_silence_duration_ms=160,
    # Shorter than any word: a click is no reason to wake the model.
    min_speech_duration_ms=96,
    # Padding is the cutter's business, which knows how much silence there is.
    speech_pad_ms=0,
)


Detect = Callable[[NDArray[np.float32]], list[Span]]


def silero(samples: NDArray[np.float32]) -> list[Span]:
    """Stretches of speech in at most a few minutes of 16 kHz mono, ordered and disjoint."""
    return [Span(s["start"], s["end"]) for s in get_speech_timestamps(samples, OPTIONS)]


def spoken(samples: NDArray[np.float32]) -> list[Span]:
    """What the model is given: as faster-whisper leaves it by itself, with 0.4 s around and pauses of up to
    2 s within, so that our words are its words."""
    return [Span(s["start"], s["end"]) for s in get_speech_timestamps(samples, VadOptions())]


def joined(spans: Iterable[Span]) -> list[Span]:
    """Ordered spans, with those that touch or overlap made one."""
    result: list[Span] = []
    for span in spans:
        if result and span.first <= result[-1].last:
            result[-1] = Span(result[-1].first, max(result[-1].last, span.last))
        else:
            result.append(span)
    return result


class Listener:
    """Hears a recording as it streams by. Holds one block of samples, and the spans."""

    def __init__(self, detect: Detect = silero) -> None:
        self._detect = detect
        self._pcm = bytearray()
        self._before = b""
        self._heard = 0
        self._spans: list[Span] = []

    def feed(self, pcm: bytes) -> None:
        """The next s16le bytes, in blocks of any size."""
        self._pcm += pcm
        block = BLOCK_SECONDS * SAMPLE_RATE * SAMPLE_BYTES
        while len(self._pcm) >= block:
            self._listen(bytes(self._pcm[:block]))
            del self._pcm[:block]

    def spans(self) -> list[Span]:
        """All speech, once everything has been fed."""
        whole = len(self._pcm) - len(self._pcm) % SAMPLE_BYTES
        if whole:
            self._listen(bytes(self._pcm[:whole]))
            self._pcm.clear()
        return joined(self._spans)

    def _listen(self, block: bytes) -> None:
        start = self._heard - len(self._before) // SAMPLE_BYTES
        for first, last in self._detect(to_floats(self._before + block)):
            if start + last > self._heard:
                self._spans.append(Span(max(start + first, self._heard), start + last))
        self._heard += len(block) // SAMPLE_BYTES
        self._before = block[-WARM_UP_SECONDS * SAMPLE_RATE * SAMPLE_BYTES :]

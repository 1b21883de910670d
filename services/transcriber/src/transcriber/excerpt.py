"""Which part of a file is heard, and of which of its channels."""

from dataclasses import dataclass

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.contracts.transcription import SAMPLE_RATE, Channels, TranscriptionOptions


@dataclass(frozen=True)
class Excerpt:
    """Samples [first, last) of a file's own clock at 16 kHz, to its end where `last` is None; its channels
    mixed into one, or split."""

    first: int = 0
    last: int | None = None
    split: bool = False

    @property
    def start(self) -> float:
        """Seconds of the file at which the first sample of what is heard lies."""
        return self.first / SAMPLE_RATE

    def lacks(self, samples: int, stated: float | None) -> float:
        """Seconds missing at the end, where `samples` of each channel were heard and the file states its
        length."""
        if stated is None:
            return 0.0
        ends = stated if self.last is None else min(stated, self.last / SAMPLE_RATE)
        return ends - (self.first + samples) / SAMPLE_RATE


def wanted(options: TranscriptionOptions) -> Excerpt:
    """Raises Fail(AUDIO_RANGE_EMPTY) where nothing can lie between `start` and `end`."""
    first = round((options.start or 0.0) * SAMPLE_RATE)
    last = None if options.end is None else round(options.end * SAMPLE_RATE)
    if last is not None and last <= first:
        raise Fail(Code.AUDIO_RANGE_EMPTY, "The 'end' that was asked for does not lie behind the 'start'.")
    return Excerpt(first, last, options.channels is Channels.SPLIT)

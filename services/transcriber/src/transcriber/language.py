"""Which language a recording is in: told once, by what is said first on all of its channels."""

from collections.abc import Callable, Sequence

import numpy as np

from scribeline.contracts.transcription import SAMPLE_RATE, Language, TranscriptionOptions
from transcriber.cutting import PAD, Span
from transcriber.engine import Engine, Samples, named
from transcriber.vad import joined

SECONDS = 90
"""Most speech the language is told by: three of Whisper's windows."""

Read = Callable[[Span, int], Samples]
"""The samples of a stretch of one channel."""


def told(
    engine: Engine, options: TranscriptionOptions, speech: Sequence[Sequence[Span]], total: int, read: Read
) -> Language | None:
    """What the user named, or what the speech tells; None where nobody speaks. `total` samples a channel."""
    if options.language is not None or not any(speech):
        return named(options)
    return engine.detect_language(first_speech(speech, total, read), options.languages)


def first_speech(speech: Sequence[Sequence[Span]], total: int, read: Read) -> Samples:
    """Speech from the beginning with its short pauses, without the long ones, channels in turn."""
    stretches = [
        (span, channel)
        for channel, spans in enumerate(speech)
        for span in joined(Span(max(0, s.first - PAD), min(total, s.last + PAD)) for s in spans)
    ]
    wanted, found = SECONDS * SAMPLE_RATE, list[Samples]()
    for (first, last), channel in sorted(stretches):
        length = min(last - first, wanted)
        found.append(read(Span(first, first + length), channel))
        wanted -= length
        if not wanted:
            break
    return np.concatenate(found)

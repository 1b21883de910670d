"""Segments of faster-whisper as those of a message: whatever numbers it says them with."""

import math
from collections.abc import Iterable

from faster_whisper.transcribe import Segment as HeardSegment
from faster_whisper.transcribe import Word as HeardWord

from scribeline.contracts.transcription import Segment, Word

DIGITS = 4
"""Of probabilities: more would only make results longer."""
LEAST_LOGPROB = -100.0
"""Stands for what is no number: float16 can overflow, and no message may carry a NaN."""


def said(heard: Iterable[HeardSegment], seconds: float) -> tuple[Segment, ...]:
    """What faster-whisper heard in a recording of that length, in numbers that every message may carry."""
    spoken = [segment for segment in heard if segment.text.strip()]
    return tuple(_segment(i, segment, seconds) for i, segment in enumerate(spoken))


def _segment(number: int, heard: HeardSegment, seconds: float) -> Segment:
    start, end = _within(heard.start, heard.end, seconds)
    logprob = float(heard.avg_logprob)
    logprob = min(0.0, logprob) if math.isfinite(logprob) else LEAST_LOGPROB
    return Segment(
        id=number,
        start=start,
        end=end,
        text=heard.text.strip(),
        confidence=clip(math.exp(logprob)),
        avg_logprob=round(logprob, DIGITS),
        no_speech_prob=clip(heard.no_speech_prob),
        words=_words(heard, seconds),
    )


def _words(segment: HeardSegment, seconds: float) -> tuple[Word, ...] | None:
    if segment.words is None:
        return None
    return tuple(_word(word, seconds) for word in segment.words)


def _word(heard: HeardWord, seconds: float) -> Word:
    start, end = _within(heard.start, heard.end, seconds)
    return Word(start=start, end=end, text=heard.word.strip(), probability=clip(heard.probability))


def clip(probability: float) -> float:
    """0..1; what is no number is 0."""
    return round(min(1.0, max(0.0, float(probability))), DIGITS) if math.isfinite(probability) else 0.0


def _within(start: float, end: float, seconds: float) -> tuple[float, float]:
    """Whisper's last timestamp may lie behind the last sample. What is no number is the start or the end."""
    first = min(max(0.0, float(start)), seconds) if math.isfinite(start) else 0.0
    last = min(float(end), seconds) if math.isfinite(end) else seconds
    return first, max(first, last)

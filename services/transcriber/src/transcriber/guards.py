"""What the model wrote and nobody said. Pure rules; times in seconds.

Whisper was trained on subtitles: over a noise that the voice detector took for speech it writes "Thank you.",
and what it cannot hear it repeats. Its own thresholds (openai/whisper transcribe.py; the temperature rises
where a text compresses more than 2.4 times or is less probable than e^-1, and a window that is improbable and
probably silent, 0.6, is left out) stop most of it. What they leave is stopped here:

- a text that is less probable than e^-1 although every temperature was tried;
- a text that is doubtful (less probable than 1/2) and longer than anyone could say in the time for which a
  voice is heard (Silero VAD);
- a text that still compresses more than 2.4 times and is longer than anyone could say in its time. Repeating
  alone is no reason: a chorus repeats, too.
"""

import math
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from faster_whisper.transcribe import Segment

from scribeline.contracts.transcription import Gap
from transcriber.spelling import UNSPACED

IMPROBABLE = -1.0
"""Mean log probability below which all temperatures failed (openai/whisper transcribe.py, logprob_threshold)."""
DOUBTFUL = math.log(0.5)
REPETITIVE = 2.4
"""Compression ratio (openai/whisper transcribe.py, compression_ratio_threshold)."""
FASTEST = 12.0
"""Syllables a second. Languages are spoken at 4 to 9 (Coupé et al. 2019, Science Advances 5:eaaw2594), one
syllable is repeated at most 7 times (Kent, Kent and Rosenbek 1987)."""
LETTERS = 2.5
"""In a syllable, at least on average; in scripts written without spaces a character is one."""
EDGE = 0.2
"""Seconds by which a segment's times may miss its speech."""
LEAST_GAP = 2.0
"""Seconds of speech without text that are worth mentioning."""
DIGITS = 3


class Stretch(NamedTuple):
    """Seconds [start, end)."""

    start: float
    end: float


Voice = Callable[[], Sequence[Stretch]]
"""Where a voice is heard, pauses left out. Asked only in doubt: it costs a run of the detector."""


class Doubted(NamedTuple):
    """What was written from `start` to `end`, and why it is left out."""

    start: float
    end: float
    reason: str


def believed(
    heard: Iterable[Segment], speech: Sequence[Stretch], voice: Voice, *, retried: bool
) -> tuple[list[Segment], list[Doubted]]:
    """The segments that may stay, and those that may not. `retried`: other temperatures were tried."""
    kept, left_out = list[Segment](), list[Doubted]()
    for segment in heard:
        reason = _doubt(segment, speech, voice, retried=retried)
        if reason is None:
            kept.append(segment)
        else:
            left_out.append(Doubted(segment.start, segment.end, reason))
    return kept, left_out


def _doubt(segment: Segment, speech: Sequence[Stretch], voice: Voice, *, retried: bool) -> str | None:
    loops = segment.compression_ratio > REPETITIVE
    if loops and _syllables(segment.text) > FASTEST * _within(segment, speech):
        return "repetition"
    if retried and segment.avg_logprob < IMPROBABLE:
        return "repetition" if loops else "no_speech"
    if segment.avg_logprob < DOUBTFUL and _syllables(segment.text) > FASTEST * _within(segment, voice()):
        return "no_speech"
    return None


def _syllables(text: str) -> float:
    letters = [c for c in text if unicodedata.category(c)[0] in "LN"]
    whole = sum(1 for letter in letters if UNSPACED_LETTER(letter))
    return whole + (len(letters) - whole) / LETTERS


def _within(segment: Segment, stretches: Iterable[Stretch]) -> float:
    """Seconds of the stretches that lie within the segment."""
    first, last = segment.start - EDGE, segment.end + EDGE
    return sum(max(0.0, min(last, end) - max(first, start)) for start, end in stretches)


def gaps(
    kept: Iterable[Segment], left_out: Sequence[Doubted], speech: Sequence[Stretch], voice: Voice
) -> tuple[Gap, ...]:
    """Speech for which there is no text, from its first sound to its last: ordered, disjoint, beside all
    segments. Both come in order."""
    found = []
    for start, end in _between(speech, [Stretch(s.start, s.end) for s in kept]):
        if end - start < LEAST_GAP:
            continue
        sounds = [Stretch(max(start, a), min(end, b)) for a, b in voice() if a < end and b > start]
        if sounds and sounds[-1].end - sounds[0].start >= LEAST_GAP:
            first, last = sounds[0].start, sounds[-1].end
            reason = _reason(first, last, left_out)
            found.append(Gap(start=round(first, DIGITS), end=round(last, DIGITS), reason=reason))
    return tuple(found)


def _between(speech: Iterable[Stretch], texts: Sequence[Stretch]) -> list[Stretch]:
    """The parts of the speech without text."""
    parts = []
    for start, end in speech:
        at = start
        for text in sorted(texts):
            if text.end > at and text.start < end:
                parts.append(Stretch(at, text.start))
                at = max(at, text.end)
        parts.append(Stretch(at, end))
    return [part for part in parts if part.end > part.start]


def _reason(start: float, end: float, left_out: Iterable[Doubted]) -> str:
    """Of most of it. What the model found no words in is `no_speech`, like what it did not believe."""
    looped = sum(
        max(0.0, min(end, each.end) - max(start, each.start))
        for each in left_out
        if each.reason == "repetition"
    )
    return "repetition" if looped > (end - start) / 2 else "no_speech"

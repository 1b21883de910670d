"""What the model wrote and nobody said. Pure rules; times in seconds.

The voice detector leaves out what is no voice (`transcriber.vad`). Over the rest Whisper, which was trained
on subtitles, sometimes writes "Thank you." or says the same again and again. Its own thresholds stop most of
that (openai/whisper transcribe.py): the temperature rises where a text compresses more than 2.4 times or is
less probable than e^-1, and a window that is improbable and probably silent (0.6) has no text. What they
leave is stopped here:

- a text that repeats itself and ends only where the decoder has no more room. One that repeats and ends by
  itself stays: a chorus repeats, too;
- a text that is less probable than e^-1 although every temperature was tried;
- a text that is doubtful, less probable than 1/2, and longer than anyone could say in the time for which a
  voice is heard.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from faster_whisper.transcribe import Segment

from transcriber.spelling import UNSPACED

REPETITIVE = 2.4
"""Compression ratio (openai/whisper transcribe.py, compression_ratio_threshold)."""
ENDLESS = 220
"""Tokens of one window: half of the decoder's 448 positions are for an answer (openai/whisper decoding.py),
a few less with a prompt. Speech of 30 s has about 100."""
IMPROBABLE = -1.0
"""Mean log probability (openai/whisper transcribe.py, logprob_threshold)."""
DOUBTFUL = math.log(0.5)
CLEAR = -0.5
"""Mean log probability from which on a text needs no second look."""
SILENT = 0.6
"""Probability of no speech above which a window may be silent (openai/whisper transcribe.py)."""
FASTEST = 12.0
"""Syllables a second. Languages are spoken at 4 to 9 (Coupé et al. 2019, Science Advances 5:eaaw2594)."""
LETTERS = 2.5
"""In a syllable, on average at least; in scripts written without spaces a character is one."""
EDGE = 0.2
"""Seconds by which a text's times may miss its voice."""

_WHOLE = re.compile(f"[{UNSPACED}]")


class Stretch(NamedTuple):
    """Seconds [start, end)."""

    start: float
    end: float


class Doubted(NamedTuple):
    """What was written from `start` to `end`, and why it is left out: a gap's reason."""

    start: float
    end: float
    reason: str


Voice = Callable[[], Sequence[Stretch]]
"""Where a voice is heard, pauses left out. Asked only in doubt: it costs a run of the detector."""


def believed(heard: Iterable[Segment], voice: Voice, *, retried: bool) -> tuple[list[Segment], list[Doubted]]:
    """The segments that may stay, and those that may not. `retried`: every temperature was tried, not one
    that the user chose."""
    written = list(heard)
    tokens = Counter[int]()
    for segment in written:
        tokens[segment.seek] += len(segment.tokens)
    kept, left_out = list[Segment](), list[Doubted]()
    for segment in written:
        endless = segment.compression_ratio > REPETITIVE and tokens[segment.seek] >= ENDLESS
        if endless or _is_invented(segment, voice, retried=retried):
            reason = "repetition" if endless else "no_speech"
            left_out.append(Doubted(segment.start, segment.end, reason))
        else:
            kept.append(segment)
    return kept, left_out


def _is_invented(segment: Segment, voice: Voice, *, retried: bool) -> bool:
    if retried and segment.avg_logprob < IMPROBABLE:
        return True
    if not segment.avg_logprob < DOUBTFUL:
        return False
    return syllables(segment.text) > FASTEST * _within(segment, voice())


def syllables(text: str) -> float:
    """At least about so many; digits and signs that are read aloud count as letters."""
    letters = [c for c in text if unicodedata.category(c)[0] in "LN"]
    whole = len(_WHOLE.findall("".join(letters)))
    return whole + (len(letters) - whole) / LETTERS


def _within(segment: Segment, stretches: Iterable[Stretch]) -> float:
    """Seconds of the stretches that lie within the segment."""
    first, last = segment.start - EDGE, segment.end + EDGE
    return math.fsum(max(0.0, min(last, end) - max(first, start)) for start, end in stretches)

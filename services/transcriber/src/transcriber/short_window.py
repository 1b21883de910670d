"""Where a window as short as its speech is as good as the full one, and when it was not after all.

Measured over the reference recordings cut into clips: docs/accuracy.md; tests/accuracy holds it.
"""

from faster_whisper.transcribe import Segment

from scribeline.contracts.transcription import Language, TranscriptionOptions
from transcriber.guards import REPETITIVE

SHORTENED = frozenset({"en"})
"""Languages in which shortened windows cost no words."""
CLEAR = -0.5
"""Mean log probability. Where a text is less probable, its words differ from those of the full window."""
SILENT = 0.6
"""Probability of no speech above which a window may be silent (openai/whisper transcribe.py)."""


def is_measured(language: Language, options: TranscriptionOptions) -> bool:
    """Whether shortened windows are known to be as good there. With a prompt they are not: it has less weight
    in them, and hotwords were not heard."""
    return language.code in SHORTENED and options.prompt is None and options.hotwords is None


def is_clear(segment: Segment) -> bool:
    """Whether a text from a shortened window may be believed; else the full one is heard."""
    return bool(
        segment.avg_logprob >= CLEAR
        and segment.compression_ratio <= REPETITIVE
        and segment.no_speech_prob <= SILENT
    )

"""Where a window as short as its speech is as good as the full one, and when it was not after all.

Measured over the reference recordings cut into clips: docs/accuracy.md; tests/accuracy holds it.
"""

from faster_whisper.transcribe import Segment

from scribeline.contracts.transcription import Language, TranscriptionOptions
from transcriber.guards import CLEAR, REPETITIVE, SILENT

SHORTENED = frozenset({("base", "en")})
"""Models and languages in which shortened windows cost no words. `tiny.en` has three of 767 more wrong."""


def is_measured(model: str, language: Language, options: TranscriptionOptions) -> bool:
    """Whether shortened windows are known to be as good there. With a prompt they are not: it has less weight
    in them, and hotwords were not heard."""
    known = (model, language.code) in SHORTENED
    return known and options.prompt is None and options.hotwords is None


def is_clear(segment: Segment) -> bool:
    """Whether a text from a shortened window may be believed. Where it is less clear, its words are often
    others than those of the full one, which is heard then."""
    return bool(
        segment.avg_logprob >= CLEAR
        and segment.compression_ratio <= REPETITIVE
        and segment.no_speech_prob <= SILENT
    )

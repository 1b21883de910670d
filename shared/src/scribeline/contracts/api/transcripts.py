"""What was said."""

from uuid import UUID

from pydantic import ConfigDict

from scribeline.contracts.api.view import View
from scribeline.contracts.transcription import EngineInfo, Gap, TranscriptionOptions, Word


class SegmentView(View):
    id: int
    """Counts from 0 through the whole transcript."""
    start: float
    """Seconds on the transcript's clock."""
    end: float
    """As the start, 0, where a text was given without times."""
    text: str
    confidence: float | None
    """Geometric mean of the token probabilities, 0..1. Null, as the two that follow, where the text was given
    (`transcript`)."""
    avg_logprob: float | None
    no_speech_prob: float | None
    words: list[Word] | None
    """When `word_timestamps` was asked for."""
    speaker: str | None
    """`channel 1` and so on, when the recording was split into its channels; of a given text, who was named.
    Else null."""


class TranscriptView(View):
    model_config = ConfigDict(use_attribute_docstrings=True, title="Transcript")

    job: UUID
    complete: bool
    """False when pieces are still to come (`partial=true`)."""
    text: str
    language: str | None
    language_probability: float | None
    duration: float | None
    """Seconds of audio, with what comes before the recording."""
    offset: float = 0.0
    """Where on the transcript's clock the recording itself begins: 0, unless something comes before it."""
    first_own_segment: int = 0
    """Number of its own first segment, or how many come before where it has none."""
    confidence: float | None
    """Mean of the segments' confidence by their seconds, 0..1: how sure the model was, not how right. Null
    while pieces are to come, and when nothing was said."""
    segments: list[SegmentView]
    gaps: list[Gap]
    """Stretches without text, and why."""
    engine: EngineInfo | None
    options: TranscriptionOptions
    processing_seconds: float
    """Compute time of all pieces together."""
    run: int

"""What was said."""

from uuid import UUID

from pydantic import ConfigDict

from scribeline.contracts.api.view import View
from scribeline.contracts.transcription import EngineInfo, Gap, TranscriptionOptions, Word


class SegmentView(View):
    id: int
    """Counts from 0 through the whole transcript."""
    start: float
    """Seconds on the recording's clock."""
    end: float
    text: str
    confidence: float
    """Geometric mean of the token probabilities, 0..1."""
    avg_logprob: float
    no_speech_prob: float
    words: list[Word] | None
    """When `word_timestamps` was asked for."""
    speaker: str | None
    """`channel 1` and so on, when the recording was split into its channels; else null."""


class TranscriptView(View):
    model_config = ConfigDict(use_attribute_docstrings=True, title="Transcript")

    job: UUID
    complete: bool
    """False when pieces are still to come (`partial=true`)."""
    text: str
    language: str | None
    language_probability: float | None
    duration: float | None
    """Seconds of audio."""
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

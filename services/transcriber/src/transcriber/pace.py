"""How fast units are transcribed, measured around their handler."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from scribeline.contracts.transcription import SAMPLE_RATE, ChunkTranscribed, ShortTranscribed
from scribeline.contracts.unit import Outcome
from scribeline.telemetry.metrics.transcription import (
    REAL_TIME_FACTOR,
    TRANSCRIBED_AUDIO_SECONDS,
    TRANSCRIPTION_SECONDS,
)

P = ParamSpec("P")
Kind = TypeVar("Kind", bound=Outcome)


def paced(queue: str, handle: Callable[P, Awaitable[Kind]]) -> Callable[P, Awaitable[Kind]]:
    """The same handler; what it transcribes counts for that queue."""

    @wraps(handle)
    async def measured(*args: P.args, **kwargs: P.kwargs) -> Kind:
        outcome = await handle(*args, **kwargs)
        if seconds := audio_of(outcome):
            took = outcome.processing_seconds
            TRANSCRIBED_AUDIO_SECONDS.labels(queue).inc(seconds)
            TRANSCRIPTION_SECONDS.labels(queue).inc(took)
            REAL_TIME_FACTOR.labels(queue).observe(took / seconds)
        return outcome

    return measured


def audio_of(outcome: Outcome) -> float:
    """Seconds of audio that were transcribed, of each channel; 0 where nothing was."""
    match outcome:
        case ShortTranscribed(duration=duration, channels=channels):
            return duration * channels
        case ChunkTranscribed(piece=piece):
            return (piece.last - piece.first) / SAMPLE_RATE
    return 0.0

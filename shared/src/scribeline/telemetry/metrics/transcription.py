"""How much the transcriber gets done, and how fast."""

from scribeline.telemetry.metrics.family import TRANSCRIBER, counter, gauge, histogram
from scribeline.telemetry.metrics.queues import TRANSCRIBING

TRANSCRIBED_AUDIO_SECONDS = counter(
    "transcribed_audio_seconds", "Seconds of audio transcribed.", (TRANSCRIBER,), queue=TRANSCRIBING
)
TRANSCRIPTION_SECONDS = counter(
    "transcription_seconds",
    "Seconds that transcribing it took. Divided by scribeline_transcribed_audio_seconds_total: the real-time"
    " factor, below 1 when it is faster than speech.",
    (TRANSCRIBER,),
    queue=TRANSCRIBING,
)
REAL_TIME_FACTOR = histogram(
    "real_time_factor",
    "Seconds of transcribing per second of audio, of each unit.",
    (TRANSCRIBER,),
    (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 4),
    queue=TRANSCRIBING,
)
MODEL_LOADS = counter(
    "model_loads", "Models loaded into memory.", (TRANSCRIBER,), outcome=("loaded", "failed")
)
MODEL_LOAD_SECONDS = histogram(
    "model_load_seconds",
    "Time to load a model.",
    (TRANSCRIBER,),
    (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)
MODELS_LOADED = gauge("models_loaded", "Models in memory.", (TRANSCRIBER,))

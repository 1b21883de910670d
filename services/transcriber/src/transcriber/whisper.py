"""The engine: faster-whisper on CTranslate2, one loaded model for all slots."""

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

import ctranslate2
import numpy as np
from faster_whisper.transcribe import Segment as HeardSegment
from faster_whisper.transcribe import restore_speech_timestamps

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.contracts.transcription import (
    SAMPLE_RATE,
    EngineInfo,
    Language,
    TranscriptionOptions,
)
from scribeline.weights import locate
from transcriber.cutting import Span
from transcriber.engine import Compute, Heard, Samples
from transcriber.guards import Doubted, Stretch, Voice, believed
from transcriber.model import Model
from transcriber.segments import clip, said
from transcriber.short_window import is_clear, is_measured
from transcriber.spelling import spelling
from transcriber.untold import untold, wordless
from transcriber.vad import silero, spoken

ENGINE = f"faster-whisper {version('faster-whisper')}"
BEAM_SIZE = 5
TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Tried one after the other while the text loops or is improbable (openai/whisper transcribe.py)."""
WINDOW = 30 * SAMPLE_RATE
"""Samples that Whisper hears at once."""
DETECTION_WINDOWS = 3
SURE = 0.5
"""Windows are looked at until a language is this probable (faster-whisper's language_detection_threshold)."""


def resolved(compute: Compute) -> tuple[str, str]:
    """Device and type: CUDA with float16 where there is one, else the CPU with int8."""
    device = compute.device
    if device == "auto":
        device = "cuda" if ctranslate2.get_cuda_device_count() > 0 else "cpu"
    if compute.compute_type != "auto":
        return device, compute.compute_type
    return device, "float16" if device == "cuda" else "int8"


class Whisper:
    """One model. See `transcriber.engine.Engine`, which it is.

    Hears what bare faster-whisper hears with `vad_filter=True, condition_on_previous_text=False`, and leaves
    out what nobody said (`transcriber.guards`).
    """

    def __init__(self, name: str, folder: Path, compute: Compute) -> None:
        device, compute_type = resolved(compute)
        self.info = EngineInfo(engine=ENGINE, model=name, compute=f"{device}/{compute_type}")
        self._model = Model(
            str(folder),
            device=device,
            compute_type=compute_type,
            cpu_threads=compute.threads,
            num_workers=compute.slots,
        )
        self._shortens = compute.short_encoder
        self.languages = frozenset[str](self._model.supported_languages)

    def transcribe(self, samples: Samples, language: Language | None, options: TranscriptionOptions) -> Heard:
        spans = spoken(samples)
        if not spans:
            return Heard((), language)
        language = language or self.detect_language(_joined(samples, spans), options.languages)
        voice = cache(lambda: stretches(silero(samples)))
        kept, left_out = self._believed(samples, spans, language, options, voice)
        # A window may end after one speaker and skip the next: what has no words is heard again by itself.
        for missed in wordless(_texts(kept), left_out, stretches(spans), voice):
            more, doubted = self._believed(samples, [samples_of(missed)], language, options, voice)
            kept, left_out = [*kept, *more], [*left_out, *doubted]
        kept.sort(key=lambda segment: segment.start)
        return Heard(
            tuple(map(spelling(options.replacements).of_segment, said(kept, samples.size / SAMPLE_RATE))),
            language,
            untold(_texts(kept), left_out, stretches(spans), voice),
        )

    def _believed(
        self,
        samples: Samples,
        spans: Sequence[Span],
        language: Language,
        options: TranscriptionOptions,
        voice: Voice,
    ) -> tuple[list[HeardSegment], list[Doubted]]:
        """Heard are the spans, one after the other: in the silences between them words would be found."""
        chunks = [{"start": span.first, "end": span.last} for span in spans]
        heard = self._heard(_joined(samples, spans), language, options)
        on_the_clock = restore_speech_timestamps(heard, chunks, SAMPLE_RATE)
        return believed(on_the_clock, voice, retried=options.temperature is None)

    def _heard(
        self, speech: Samples, language: Language, options: TranscriptionOptions
    ) -> list[HeardSegment]:
        """In a window as short as the speech, where that is as good; else in the full one."""
        temperatures = TEMPERATURES if options.temperature is None else (options.temperature,)
        short = self._model.shortened(speech.size) if self._shortens else None
        if short is not None and is_measured(self.info.model, language, options):
            heard = _decoded(short, speech, language, options, temperatures[:1])
            if heard and all(map(is_clear, heard)):
                return heard
        return _decoded(self._model, speech, language, options, temperatures)

    def detect_language(self, samples: Samples, among: Sequence[str] = ()) -> Language:
        if not self._model.model.is_multilingual:
            return Language(code="en", probability=1.0)
        best: Language | None = None
        # One window at a time: all at once would hold the features of all in memory.
        for first in range(0, min(samples.size, DETECTION_WINDOWS * WINDOW), WINDOW):
            code, probability = self._most_probable(samples[first : first + WINDOW], among)
            if best is None or probability > best.probability:
                best = Language(code=code, probability=clip(probability))
            if best.probability > SURE:
                break
        if best is None:
            raise ValueError("no samples to tell a language by")
        return best

    def _most_probable(self, samples: Samples, among: Sequence[str]) -> tuple[str, float]:
        _, _, every = self._model.detect_language(samples)
        return max(
            ((code, probability) for code, probability in every if not among or code in among),
            key=lambda told: told[1],
        )


def stretches(spans: Iterable[Span]) -> list[Stretch]:
    """Samples as seconds."""
    return [Stretch(first / SAMPLE_RATE, last / SAMPLE_RATE) for first, last in spans]


def samples_of(stretch: Stretch) -> Span:
    """Seconds as samples."""
    return Span(round(stretch.start * SAMPLE_RATE), round(stretch.end * SAMPLE_RATE))


def _joined(samples: Samples, spans: Iterable[Span]) -> Samples:
    return np.concatenate([samples[span.first : span.last] for span in spans])


def _texts(heard: Iterable[HeardSegment]) -> list[Stretch]:
    return [Stretch(segment.start, segment.end) for segment in heard if segment.text.strip()]


def _decoded(
    model: Model,
    speech: Samples,
    language: Language,
    options: TranscriptionOptions,
    temperatures: Sequence[float],
) -> list[HeardSegment]:
    segments, _ = model.transcribe(
        speech,
        language=language.code,
        task=options.task.value,
        beam_size=options.beam_size or BEAM_SIZE,
        temperature=temperatures,
        initial_prompt=options.prompt,
        hotwords=options.hotwords,
        word_timestamps=options.word_timestamps,
        # A piece starts anywhere: text carried on from a bad window would repeat itself to its end.
        condition_on_previous_text=False,
    )
    return list(segments)


def load(name: str, models_dir: Path, compute: Compute) -> Whisper:
    """Load a model by its name, from disk only. Raises Fail(MODEL_UNAVAILABLE), also for broken files."""
    folder = locate(name, models_dir)
    try:
        return Whisper(name, folder, compute)
    except (RuntimeError, ValueError, OSError) as error:
        raise Fail(Code.MODEL_UNAVAILABLE, f"The model '{name}' could not be loaded: {error}") from error

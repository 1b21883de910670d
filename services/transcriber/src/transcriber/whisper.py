"""The engine: faster-whisper on CTranslate2, one loaded model for all slots."""

import math
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

import ctranslate2
from faster_whisper import WhisperModel
from faster_whisper.transcribe import Segment as HeardSegment
from faster_whisper.transcribe import Word as HeardWord

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.contracts.transcription import (
    SAMPLE_RATE,
    EngineInfo,
    Language,
    Segment,
    TranscriptionOptions,
    Word,
)
from scribeline.weights import locate
from transcriber.engine import Compute, Heard, Samples
from transcriber.spelling import spelling
from transcriber.vad import speech_of

ENGINE = f"faster-whisper {version('faster-whisper')}"
BEAM_SIZE = 5
TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Tried one after the other while the text loops or is improbable (openai/whisper transcribe.py)."""
DIGITS = 4
"""Of probabilities: more would only make results longer."""
LEAST_LOGPROB = -100.0
"""Stands for what is no number: float16 can overflow, and no message may carry a NaN."""
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
    """One model. See `transcriber.engine.Engine`, which it is."""

    def __init__(self, name: str, folder: Path, compute: Compute) -> None:
        device, compute_type = resolved(compute)
        self.info = EngineInfo(engine=ENGINE, model=name, compute=f"{device}/{compute_type}")
        self._model = WhisperModel(
            str(folder),
            device=device,
            compute_type=compute_type,
            cpu_threads=compute.threads,
            num_workers=compute.slots,
            local_files_only=True,
        )
        self.languages = frozenset[str](self._model.supported_languages)

    def transcribe(self, samples: Samples, language: Language | None, options: TranscriptionOptions) -> Heard:
        if language is None and options.languages:
            # Of what the voice detector leaves of it: silence would be told a language too.
            speech = speech_of(samples)
            if not speech.size:
                return Heard((), None)
            language = self.detect_language(speech, options.languages)
        segments, info = self._model.transcribe(
            samples,
            language=language.code if language else None,
            task=options.task.value,
            beam_size=options.beam_size or BEAM_SIZE,
            temperature=TEMPERATURES if options.temperature is None else options.temperature,
            initial_prompt=options.prompt,
            hotwords=options.hotwords,
            word_timestamps=options.word_timestamps,
            # A piece starts anywhere: text carried on from a bad window would repeat itself to its end.
            condition_on_previous_text=False,
            vad_filter=True,
        )
        spell = spelling(options.replacements).of_segment
        heard = tuple(map(spell, said(segments, samples.size / SAMPLE_RATE)))
        if info.duration_after_vad == 0:
            return Heard((), language)
        return Heard(heard, language or _language(info.language, info.language_probability))

    def detect_language(self, samples: Samples, among: Sequence[str] = ()) -> Language:
        if not self._model.model.is_multilingual:
            return Language(code="en", probability=1.0)
        best: Language | None = None
        # One window at a time: all at once would hold the features of all in memory.
        for first in range(0, min(samples.size, DETECTION_WINDOWS * WINDOW), WINDOW):
            code, probability = self._most_probable(samples[first : first + WINDOW], among)
            if best is None or probability > best.probability:
                best = _language(code, probability)
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


def load(name: str, models_dir: Path, compute: Compute) -> Whisper:
    """Load a model by its name, from disk only. Raises Fail(MODEL_UNAVAILABLE), also for broken files."""
    folder = locate(name, models_dir)
    try:
        return Whisper(name, folder, compute)
    except (RuntimeError, ValueError, OSError) as error:
        raise Fail(Code.MODEL_UNAVAILABLE, f"The model '{name}' could not be loaded: {error}") from error


def _language(code: str, probability: float) -> Language:
    return Language(code=code, probability=_clip(probability))


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
        confidence=_clip(math.exp(logprob)),
        avg_logprob=round(logprob, DIGITS),
        no_speech_prob=_clip(heard.no_speech_prob),
        words=_words(heard, seconds),
    )


def _words(segment: HeardSegment, seconds: float) -> tuple[Word, ...] | None:
    if segment.words is None:
        return None
    return tuple(_word(word, seconds) for word in segment.words)


def _word(heard: HeardWord, seconds: float) -> Word:
    start, end = _within(heard.start, heard.end, seconds)
    return Word(start=start, end=end, text=heard.word.strip(), probability=_clip(heard.probability))


def _clip(probability: float) -> float:
    """0..1; what is no number is 0."""
    return round(min(1.0, max(0.0, float(probability))), DIGITS) if math.isfinite(probability) else 0.0


def _within(start: float, end: float, seconds: float) -> tuple[float, float]:
    """Whisper's last timestamp may lie behind the last sample. What is no number is the start or the end."""
    first = min(max(0.0, float(start)), seconds) if math.isfinite(start) else 0.0
    last = min(float(end), seconds) if math.isfinite(end) else seconds
    return first, max(first, last)

"""A clip in a window as short as itself has the words that it has in the full one. Real weights.

The words of many recordings are compared in tests/accuracy.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from scribeline.contracts.transcription import SAMPLE_RATE, Language, TranscriptionOptions
from tests.support.audio import floats, jfk
from tests.support.words import differing
from transcriber import whisper
from transcriber.engine import Compute, Engine, Engines

ENGLISH = Language(code="en", probability=1.0)
CLIPS = {
    (0.0, 2.3): "And so my fellow Americans",
    (0.0, 4.4): "And so my fellow Americans ask not",
    (3.2, 7.8): "ask not what your country can do for you",
    (8.0, 11.0): "ask what you can do for your country",
    (0.0, 11.0): "And so my fellow Americans ask not what your country can do for you"
    " ask what you can do for your country",
}
"""Seconds of Kennedy's sentence, cut at its pauses, and what is said there."""


@pytest.fixture(scope="module")
def off_and_on(models_dir: Path) -> tuple[Engines, Engines]:
    on = Compute(threads=2)
    off = replace(on, short_encoder=False)
    load = partial(whisper.load, models_dir=models_dir)
    return (
        Engines(partial(load, compute=off), "base", 2),
        Engines(partial(load, compute=on), "base", 2),
    )


def heard(engine: Engine, clip: tuple[float, float], **options: bool) -> str:
    first, last = (round(second * SAMPLE_RATE) for second in clip)
    asked = TranscriptionOptions.model_validate(options)
    found = engine.transcribe(floats(jfk()[first:last]), ENGLISH, asked)
    return " ".join(segment.text for segment in found.segments)


@pytest.mark.parametrize("model", [pytest.param("tiny.en", marks=pytest.mark.thorough), "base"])
def test_clips_of_many_lengths_lose_no_words(model: str, off_and_on: tuple[Engines, Engines]) -> None:
    off, on = (
        [differing(heard(engines.get(model), clip), said) for clip, said in CLIPS.items()]
        for engines in off_and_on
    )
    assert sum(on) <= sum(off), f"words wrong in each clip: {on}, in the full window {off}"
    assert on[-1] == 0


SPOKEN = [(0.0, 2.3, 5), (3.2, 7.8, 9), (8.0, 11.0, 8)]
"""From which second to which, between pauses, so many words are said."""


def test_words_of_a_short_window_begin_where_they_are_said(models_dir: Path) -> None:
    """In float32: int8 is rounded by each CPU in its own way, which moves a first word into the pause before
    it on some, in the full window as in the short one."""
    asked = TranscriptionOptions(word_timestamps=True)
    exact = Compute(threads=2, compute_type="float32")
    engines = Engines(partial(whisper.load, models_dir=models_dir, compute=exact), "base", 1)
    found = engines.get("base").transcribe(floats(jfk()), ENGLISH, asked)
    begins = [word.start for segment in found.segments for word in segment.words or ()]

    stretches = [stretch for *stretch, words in SPOKEN for _ in range(words)]
    assert len(begins) == len(stretches)
    misplaced = [
        (begin, first, last)
        for begin, (first, last) in zip(begins, stretches, strict=True)
        if not first - 0.3 <= begin <= last
    ]
    assert misplaced == []

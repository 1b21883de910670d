"""When a window may be as short as its speech."""

from typing import Any

import pytest
from faster_whisper.transcribe import Segment

from scribeline.contracts.transcription import SAMPLE_RATE, Language, TranscriptionOptions
from transcriber.model import FRAMES, frames_for
from transcriber.settings import TranscriberSettings
from transcriber.short_window import is_clear, is_measured


@pytest.mark.parametrize(
    ("seconds", "frames"), [(0.1, 1000), (5, 1000), (5.01, 1500), (11, 2000), (20, 2500), (20.1, FRAMES)]
)
def test_a_window_has_the_speech_and_five_seconds_at_least(seconds: float, frames: int) -> None:
    assert frames_for(round(seconds * SAMPLE_RATE)) == frames


def test_speech_of_any_length_needs_no_more_than_a_full_window() -> None:
    assert frames_for(3600 * SAMPLE_RATE) == FRAMES


@pytest.mark.parametrize(
    ("model", "language", "options", "measured"),
    [
        ("base", "en", {}, True),
        ("base", "en", {"word_timestamps": True, "beam_size": 1}, True),
        ("base", "fr", {}, False),
        ("tiny.en", "en", {}, False),
        ("base", "en", {"prompt": "A speech."}, False),
        ("base", "en", {"hotwords": "Kubernetes"}, False),
    ],
)
def test_it_is_done_only_where_it_was_measured(
    model: str, language: str, options: dict[str, Any], measured: bool
) -> None:
    asked = TranscriptionOptions.model_validate(options)
    assert is_measured(model, Language(code=language, probability=1.0), asked) is measured


@pytest.mark.parametrize(
    ("logprob", "compression", "no_speech", "clear"),
    [(-0.3, 1.5, 0.1, True), (-0.6, 1.5, 0.1, False), (-0.3, 2.5, 0.1, False), (-0.3, 1.5, 0.7, False)],
)
def test_a_text_that_is_not_clear_is_heard_again(
    logprob: float, compression: float, no_speech: float, clear: bool
) -> None:
    heard = Segment(
        id=1,
        seek=0,
        start=0.0,
        end=1.0,
        text=" Hello.",
        tokens=[],
        avg_logprob=logprob,
        compression_ratio=compression,
        no_speech_prob=no_speech,
        words=None,
        temperature=0.0,
    )
    assert is_clear(heard) is clear


def test_it_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert TranscriberSettings().compute.short_encoder
    monkeypatch.setenv("SCRIBELINE_SHORT_ENCODER", "false")
    assert not TranscriberSettings().compute.short_encoder

"""Hearing where somebody speaks, in blocks."""

import numpy as np
import pytest

from scribeline.contracts.transcription import SAMPLE_RATE
from tests.support.audio import floats, joined, loud, silence, tone
from transcriber.cutting import Span
from transcriber.vad import BLOCK_SECONDS, Listener, silero


def spans_of(sound: np.ndarray, block: int = 50_000) -> list[Span]:
    listener, pcm = Listener(loud), sound.tobytes()
    for first in range(0, len(pcm), block):
        listener.feed(pcm[first : first + block])
    return listener.spans()


def seconds(*borders: float) -> list[Span]:
    samples = [round(border * SAMPLE_RATE) for border in borders]
    return [Span(first, last) for first, last in zip(samples[::2], samples[1::2], strict=True)]


@pytest.mark.parametrize("block", [999, 65_536, 10_000_000])
def test_speech_is_found_at_the_same_place_however_the_samples_arrive(block: int) -> None:
    sound = joined(silence(1), tone(2), silence(70), tone(1), silence(3))
    assert spans_of(sound, block) == seconds(1, 3, 73, 74)


def test_who_speaks_across_a_block_border_is_heard_once() -> None:
    sound = joined(silence(BLOCK_SECONDS - 1), tone(2), silence(1))
    assert spans_of(sound) == seconds(BLOCK_SECONDS - 1, BLOCK_SECONDS + 1)


def test_what_was_heard_while_warming_up_is_not_reported_twice() -> None:
    sound = joined(silence(BLOCK_SECONDS - 0.5), tone(0.25), silence(10))
    assert spans_of(sound) == seconds(BLOCK_SECONDS - 0.5, BLOCK_SECONDS - 0.25)


def test_nothing_fed_is_nothing_heard() -> None:
    assert Listener(loud).spans() == []


def test_silence_and_a_hum_are_not_speech() -> None:
    hum = floats(joined(silence(2), tone(2, hertz=50.0)))
    assert silero(hum) == []

"""Where nobody speaks, no words are found, and speech beside a noise keeps its own. Real weights."""

from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from scribeline.contracts.transcription import SAMPLE_RATE, TranscriptionOptions
from tests.support.audio import JFK_TEXT, Sound, floats, jfk, joined, silence, wav_file
from tests.support.hearing import in_one, in_pieces
from tests.support.noises import NOISES, Samples, chords
from tests.support.words import same_words
from transcriber import whisper
from transcriber.engine import Compute, Engines

SECONDS = 6.0
LOUDEST = 32_767


@pytest.fixture(scope="module")
def engines(models_dir: Path) -> Engines:
    return Engines(partial(whisper.load, models_dir=models_dir, compute=Compute(threads=2)), "base", 2)


def pcm(samples: Samples) -> Sound:
    return (samples * LOUDEST).astype(np.int16)


def part(first: float, last: float | None = None) -> Sound:
    """Of Kennedy's sentence, in seconds."""
    return jfk()[round(first * SAMPLE_RATE) : None if last is None else round(last * SAMPLE_RATE)]


def murmur() -> Sound:
    """Eight voices at once, backwards: now and then the detector takes it for one."""
    backwards = jfk()[::-1].astype(np.float64)
    voices = [np.roll(backwards, int(voice * SAMPLE_RATE * 1.37)) for voice in range(8)]
    mixed: Sound = (np.sum(voices, axis=0) / len(voices)).astype(np.int16)
    return mixed


@pytest.mark.parametrize("model", ["tiny.en", "base"])
@pytest.mark.parametrize("noise", NOISES)
async def test_a_noise_is_silence_to_us(noise: str, model: str, engines: Engines) -> None:
    sound = pcm(NOISES[noise](SECONDS))
    heard = await in_one(wav_file(sound), engines, TranscriptionOptions(model=model))
    assert (heard.text, heard.language) == ("", None)
    assert heard.untold == [(0, SECONDS, "silence")]


@pytest.mark.parametrize("noise", ["pink", "chords", "applause", "breath"])
async def test_speech_between_two_noises_keeps_its_words_and_gets_no_others(
    noise: str, engines: Engines
) -> None:
    around = pcm(NOISES[noise](SECONDS))
    heard = await in_one(
        wav_file(joined(around, jfk(), around)), engines, TranscriptionOptions(model="tiny.en")
    )
    assert same_words(heard.text, JFK_TEXT, errors=1)
    assert {reason for _, _, reason in heard.untold} == {"silence"}
    assert heard.segments[0].start == pytest.approx(SECONDS, abs=1.0)
    assert heard.segments[-1].end == pytest.approx(SECONDS + 11, abs=1.0)


@pytest.mark.parametrize("model", ["tiny.en", "base"])
async def test_a_murmur_that_the_detector_took_for_a_voice_has_no_words(model: str, engines: Engines) -> None:
    options = TranscriptionOptions(model=model, language="en")
    heard = engines.get(model).transcribe(floats(murmur()), None, options)
    assert heard.segments == ()
    assert all(gap.reason == "no_speech" and gap.end < 2 for gap in heard.gaps)


async def test_what_the_model_repeats_without_end_is_left_out(engines: Engines) -> None:
    """Speech backwards over music. One fixed temperature leaves the model no way out of its loop."""
    sound = floats(jfk()[::-1]) * 0.3 + chords(11.0)[: jfk().size] * 0.3
    options = TranscriptionOptions(model="tiny.en", temperature=0.0)
    heard = engines.get("tiny.en").transcribe(sound.astype(np.float32), None, options)
    assert heard.segments == ()
    (gap,) = heard.gaps
    assert gap.reason == "repetition"
    assert gap.start < 1
    assert 10 < gap.end <= 11


async def test_of_a_voice_without_words_each_part_is_either_text_or_a_gap(engines: Engines) -> None:
    """Backwards, as a piece of its own: what is left out there is told on the file's clock."""
    sound = joined(jfk(), silence(10), jfk()[::-1])
    heard = await in_pieces(wav_file(sound), engines, TranscriptionOptions(language="en"), piece_seconds=15)
    assert heard.pieces == 2
    first = " ".join(segment.text for segment in heard.segments if segment.start < 12)
    assert same_words(first, JFK_TEXT, errors=1)
    told = sorted([(s.start, s.end) for s in heard.segments] + [(gap.start, gap.end) for gap in heard.gaps])
    holes = [later[0] - earlier[1] for earlier, later in pairwise(told)]
    assert max(holes) < 2.0
    assert told[-1][1] == pytest.approx(32, abs=2)


@pytest.mark.parametrize(
    ("said", "times", "phrase"),
    [(part(0.2, 2.3), 8, "so my fellow americans"), (part(8.0), 6, "what you can do for your country")],
)
async def test_a_chorus_that_was_really_said_stays(
    said: Sound, times: int, phrase: str, engines: Engines
) -> None:
    options = TranscriptionOptions(model="tiny.en")
    heard = await in_one(wav_file(joined(*[said] * times)), engines, options)
    assert heard.text.lower().count(phrase) == times
    assert heard.gaps == ()


async def test_music_beneath_speech_adds_no_words(engines: Engines) -> None:
    quiet = pcm(chords(11.0) * 0.1)
    mixed = (jfk().astype(np.int32) // 2 + quiet[: jfk().size]).astype(np.int16)
    heard = await in_one(wav_file(mixed), engines, TranscriptionOptions(model="base", language="en"))
    assert same_words(heard.text, JFK_TEXT, errors=1)

"""Our words are those of bare faster-whisper, and shorter windows and pieces cost none.

Over recordings with known texts: AUDIO_DIR names a folder with `manifest.tsv` (file, seconds, language,
reference). The project comes without one, so without AUDIO_DIR there is nothing to compare. The tables are
printed (`-s`); bench/accuracy.py prints them too, and docs/accuracy.md keeps them.
"""

import os
from pathlib import Path

import pytest

from bench.accuracy import (
    CLIPS,
    Engine,
    Heard,
    alone,
    clipped,
    long_ones,
    rates_of_all,
    recordings,
    split,
    table_alone,
    table_clips,
    table_split,
    wrong_of_all,
)
from tests.support.words import words

FOLDER = os.environ.get("AUDIO_DIR")
MODELS = ["tiny.en", "base"]
LONG_ENOUGH = 600.0
"""Seconds. Over less, the error rate moves by more than a point when the same file is shifted by a second."""
SAME = 0.2
"""Points of WER that mean nothing: by so much it moves over these recordings for no reason at all."""

pytestmark = [
    pytest.mark.skipif(not FOLDER, reason="AUDIO_DIR names no folder of recordings with known texts."),
    pytest.mark.timeout(3600),
]


@pytest.fixture(scope="module", params=MODELS)
def engine(request: pytest.FixtureRequest, models_dir: Path) -> Engine:
    return Engine(request.param)


@pytest.fixture(scope="module")
async def heard(engine: Engine) -> list[Heard]:
    done = [await alone(engine, each) for each in recordings(Path(FOLDER or ""), engine.name)]
    print("\n".join([f"\n{engine.name}", *table_alone(done)]))  # noqa: T201 - what this is for
    return done


def test_a_recording_of_up_to_a_minute_has_the_bare_engines_words(heard: list[Heard]) -> None:
    others = [each.name for each in heard if each.seconds <= 60 and not each.is_same]
    assert others == []


def test_the_short_encoder_makes_no_more_mistakes_in_clips(engine: Engine) -> None:
    done = [clipped(engine, recordings(Path(FOLDER or ""), engine.name), seconds) for seconds in CLIPS]
    print("\n".join([f"\n{engine.name}", *table_clips(done)]))  # noqa: T201 - what this is for
    full, short, total = (
        sum(counts) for counts in zip(*((e.full, e.short, e.words) for e in done), strict=True)
    )
    assert 100 * short / total <= 100 * full / total + SAME


async def test_in_pieces_a_long_recording_has_within_a_point_the_same_error_rate(engine: Engine) -> None:
    done = [await split(engine, each) for each in long_ones(Path(FOLDER or ""), engine.name)]
    print("\n".join([f"\n{engine.name}", *table_split(done)]))  # noqa: T201 - what this is for
    assert sum(each.recording.seconds for each in done) >= LONG_ENOUGH
    whole, pieces = rates_of_all(done)
    assert pieces <= whole + 1.0


def test_on_average_nothing_of_ours_makes_more_mistakes_than_the_bare_engine(heard: list[Heard]) -> None:
    bare, _, short = wrong_of_all(heard)
    total = sum(words(each.said, each.language) for each in heard)
    assert 100 * short / total <= 100 * bare / total + SAME

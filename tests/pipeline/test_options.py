"""What a client may ask for, seen in what comes out; delivered once, and delivered twice."""

import io
import json
import wave
from typing import Any

import numpy as np
import pytest

from tests.support.audio import Sound, jfk, joined, silence, wav_file
from tests.support.pipeline import Pipeline
from tests.support.words import same_words

JFK = (
    "and so my fellow americans ask not what your country can do for you ask what you can do for your country"
)
LONG = 11.0
"""Seconds of that speech."""


def stereo(left: Sound, right: Sound) -> bytes:
    """A WAV with a speaker on each channel, as a telephone system records a call."""
    samples = max(left.size, right.size)
    sides = [np.pad(side, (0, samples - side.size)) for side in (left, right)]
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((2, 2, 16_000, 0, "NONE", "not compressed"))
        file.writeframes(np.stack(sides, axis=1).astype("<i2").tobytes())
    return out.getvalue()


def said_by(segments: list[dict[str, Any]], speaker: str) -> str:
    return " ".join(s["text"] for s in segments if s["speaker"] == speaker)


async def test_each_channel_of_a_split_recording_is_a_speaker_of_its_own(system: Pipeline) -> None:
    call = stereo(joined(jfk(), silence(LONG + 8)), joined(silence(LONG + 8), jfk()))
    id_ = await system.submit(call, channels="split", analyze="false")
    job = await system.ended(id_)
    assert job["status"] == "completed", job
    assert job["stages"][0]["units_total"] == 2, "one piece for each channel"
    segments = (await system.transcript(id_)).json()["segments"]
    assert same_words(said_by(segments, "channel 1"), JFK, errors=1)
    assert same_words(said_by(segments, "channel 2"), JFK, errors=1)
    assert [s["start"] for s in segments] == sorted(s["start"] for s in segments)
    assert all(s["start"] < LONG + 1 for s in segments if s["speaker"] == "channel 1")
    assert all(s["start"] > LONG + 7 for s in segments if s["speaker"] == "channel 2")


async def test_a_short_split_recording_is_one_unit_whose_silent_channel_says_nothing(
    system: Pipeline,
) -> None:
    id_ = await system.submit(stereo(silence(7.0), jfk()[: 7 * 16_000]), channels="split", analyze="false")
    job = await system.ended(id_)
    assert (job["status"], job["stages"][0]["units_total"]) == ("completed", 1)
    segments = (await system.transcript(id_)).json()["segments"]
    assert {s["speaker"] for s in segments} == {"channel 2"}
    captions = await system.transcript(id_, format="vtt")
    assert "<v channel 2>" in captions.text


async def test_a_range_of_a_recording_keeps_the_files_own_clock(system: Pipeline) -> None:
    sound = joined(silence(30.0), jfk(), silence(9.0))
    id_ = await system.submit(wav_file(sound), start="28", end="0:42", analyze="false")
    job = await system.ended(id_)
    assert job["duration"] == pytest.approx(14.0, abs=0.1)
    transcript = (await system.transcript(id_)).json()
    assert same_words(transcript["text"], JFK, errors=1)
    assert 29.0 < transcript["segments"][0]["start"] < 32.0
    assert transcript["segments"][-1]["end"] < 42.1


async def test_a_range_behind_the_end_of_the_recording_fails_clearly(system: Pipeline) -> None:
    id_ = await system.submit(wav_file(jfk()), start="3600")
    job = await system.ended(id_)
    assert (job["status"], job["error"]["code"]) == ("failed", "audio_range_empty")


async def test_spellings_are_as_the_client_wants_them_in_transcript_and_events(system: Pipeline) -> None:
    id_ = await system.submit(
        wav_file(jfk()), replacements=json.dumps({"fellow Americans": "dear friends"}), analyze="false"
    )
    await system.ended(id_)
    transcript = (await system.transcript(id_)).json()
    assert "dear friends" in transcript["text"]
    assert 0 < transcript["confidence"] <= 1


async def test_two_models_serve_two_jobs_at_once_and_one_that_is_not_there_fails_its_job(
    system: Pipeline,
) -> None:
    here = await system.submit(wav_file(jfk()), model="base", analyze="false")
    gone = await system.submit(wav_file(jfk()), model="not-installed", analyze="false")
    assert (await system.ended(here))["status"] == "completed"
    job = await system.ended(gone, within=30)
    assert (job["status"], job["error"]["code"]) == ("failed", "model_unavailable")

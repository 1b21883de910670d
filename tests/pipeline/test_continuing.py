"""A recording in sittings: real speech, one transcript, one analysis; delivered once, and delivered twice."""

from itertools import pairwise

import pytest

from tests.support.audio import jfk, joined, silence, wav_file
from tests.support.captions import read_srt
from tests.support.pipeline import Pipeline
from tests.support.words import same_words

JFK = (
    "and so my fellow americans ask not what your country can do for you ask what you can do for your country"
)


async def test_two_sittings_are_one_transcript_and_one_analysis_on_one_clock(system: Pipeline) -> None:
    long = joined(jfk(), silence(2.0), jfk())
    first = await system.submit(wav_file(long))
    second = await system.submit(wav_file(jfk()), continues=first, word_timestamps="true")
    job = await system.ended(second)
    assert job["status"] == "completed", job
    assert job["offset"] == pytest.approx(len(long) / 16_000, abs=0.1)
    found = (await system.transcript(second)).json()
    segments = found["segments"]
    assert same_words(" ".join(s["text"] for s in segments), " ".join([JFK] * 3), errors=2)
    own = segments[found["first_own_segment"] :]
    assert same_words(" ".join(s["text"] for s in own), JFK, errors=1)
    assert own[0]["start"] >= job["offset"]
    assert all(w["start"] >= job["offset"] for s in own for w in s["words"])
    assert [s["start"] for s in segments] == sorted(s["start"] for s in segments)
    assert found["duration"] == pytest.approx(job["offset"] + job["duration"], abs=0.01)
    before = (await system.transcript(first)).json()["segments"]
    assert segments[: found["first_own_segment"]] == before

    captions = read_srt((await system.transcript(second, format="srt")).text)
    assert len(captions) == len(segments)
    assert all(a.end <= b.start for a, b in pairwise(captions))

    analysis = (await system.client.get(f"/v1/jobs/{second}/analysis")).json()
    assert analysis["coverage"]["segments_total"] == len(segments)


GIVEN = "Good morning.\nLet us begin.\nAnna will send the budget tomorrow."


async def test_given_text_comes_before_and_is_analyzed_with_the_recording(system: Pipeline) -> None:
    id_ = await system.submit(wav_file(jfk()), transcript=GIVEN)
    job = await system.ended(id_)
    assert job["status"] == "completed", job
    found = (await system.transcript(id_)).json()
    assert found["text"].startswith(f"{' '.join(GIVEN.splitlines())} And so")
    analysis = (await system.client.get(f"/v1/jobs/{id_}/analysis")).json()
    evidence = [item["evidence"] for item in analysis["action_items"]]
    assert {"segment": 2, "start": 0.0, "quote": "Anna will send the budget tomorrow."} in evidence

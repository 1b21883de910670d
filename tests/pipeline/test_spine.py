"""A recording goes in, a transcript and an analysis come out; delivered once, and delivered twice."""

from collections import Counter

import pytest
from sqlalchemy import text

from tests.support.audio import jfk, joined, media_file, png, silence, wav_file
from tests.support.brokers import events
from tests.support.pipeline import Pipeline
from tests.support.words import same_words

JFK = (
    "and so my fellow americans ask not what your country can do for you ask what you can do for your country"
)


async def test_a_short_recording_gives_its_words_a_report_and_each_event(system: Pipeline) -> None:
    id_ = await system.submit(wav_file(jfk()), metadata='{"call": 7}', tags="a,b")
    job = await system.ended(id_)
    assert job["status"] == "completed", job
    assert (job["progress"], job["metadata"], job["tags"]) == (100, {"call": 7}, ["a", "b"])
    transcript = (await system.transcript(id_)).json()
    assert same_words(" ".join(s["text"] for s in transcript["segments"]), JFK)
    analysis = (await system.client.get(f"/v1/jobs/{id_}/analysis")).json()
    assert analysis["engine"] == "extractive"
    assert "country" in analysis["summary"]
    told = await events(system.broker, until="job.completed")
    assert {e.type for e in told} >= {
        "job.accepted",
        "transcript.completed",
        "analysis.completed",
        "job.completed",
    }


async def test_a_long_recording_is_cut_transcribed_in_pieces_and_put_together_on_its_own_clock(
    system: Pipeline,
) -> None:
    pause = silence(2.0)
    sound = joined(jfk(), pause, jfk(), pause, jfk(), pause, jfk())
    id_ = await system.submit(wav_file(sound))
    job = await system.ended(id_)
    assert job["status"] == "completed", job
    assert job["stages"][0]["units_done"] >= 3, "at least three pieces"
    assert job["duration"] == pytest.approx(len(sound) / 16_000, abs=0.1)
    segments = (await system.transcript(id_)).json()["segments"]
    assert same_words(" ".join(s["text"] for s in segments), " ".join([JFK] * 4), errors=2)
    assert [s["start"] for s in segments] == sorted(s["start"] for s in segments)
    assert segments[-1]["start"] > 39, "the last sentence begins on the file's own clock"
    assert segments[-1]["end"] <= job["duration"] + 0.5


async def test_outcomes_stand_once_and_an_event_is_repeated_only_with_the_same_bytes(
    system: Pipeline,
) -> None:
    pause = silence(2.0)
    id_ = await system.submit(wav_file(joined(jfk(), pause, jfk())))
    await system.ended(id_)
    told = await events(system.broker, until="job.completed")
    copies = Counter(event.id for event in told)
    assert len({(event.id, event.encode()) for event in told}) == len(copies)
    distinct = {event.id: event for event in told}
    assert Counter(event.type for event in distinct.values())["job.completed"] == 1
    async with system.database.transaction() as session:
        twice = text("SELECT count(*) - count(DISTINCT (piece, id)) FROM segment")
        assert (await session.run(twice)).scalar_one() == 0
        open_ = text("SELECT count(*) FROM unit WHERE status NOT IN ('done', 'failed', 'cancelled')")
        assert (await session.run(open_)).scalar_one() == 0


async def test_a_picture_named_mp3_fails_clearly(system: Pipeline) -> None:
    id_ = await system.submit(png(), "song.mp3")
    job = await system.ended(id_, within=30)
    assert job["status"] == "failed"
    assert job["error"]["code"] == "audio_unreadable"
    assert (await system.transcript(id_)).status_code == 422


async def test_silence_completes_with_an_empty_transcript_and_no_invented_words(system: Pipeline) -> None:
    id_ = await system.submit(wav_file(silence(20.0)))
    job = await system.ended(id_)
    assert job["status"] == "completed", job
    transcript = (await system.transcript(id_)).json()
    assert transcript["segments"] == []
    assert transcript["gaps"], "what was left out is reported"
    assert (await system.client.get(f"/v1/jobs/{id_}/analysis")).status_code == 404


@pytest.mark.parametrize("container", ["mp3", "mp4", "ogg"])
async def test_common_containers_give_the_same_words(system: Pipeline, container: str) -> None:
    id_ = await system.submit(media_file(jfk(), container), f"a.{container}")
    await system.ended(id_)
    plain = await system.transcript(id_, format="txt")
    assert same_words(plain.text, JFK, errors=1)


@pytest.mark.parametrize("kind", ["srt", "vtt", "tsv", "txt"])
async def test_every_rendering_holds_the_words(system: Pipeline, kind: str) -> None:
    id_ = await system.submit(wav_file(jfk()), analyze="false")
    await system.ended(id_)
    answer = await system.transcript(id_, format=kind)
    assert answer.status_code == 200
    assert "country" in answer.text

"""A recording is run again, and every run stays readable; delivered once, and delivered twice."""

import wave
from io import BytesIO
from typing import Any
from uuid import UUID

from scribeline.storage import keys
from tests.support.audio import jfk, joined, silence, wav_file
from tests.support.pipeline import Pipeline
from tests.support.words import same_words

JFK = (
    "and so my fellow americans ask not what your country can do for you ask what you can do for your country"
)


async def rerun(system: Pipeline, id_: str, **body: Any) -> dict[str, Any]:
    answer = await system.client.post(f"/v1/jobs/{id_}/rerun", json=body)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


async def analysis(system: Pipeline, id_: str, **query: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await system.client.get(f"/v1/jobs/{id_}/analysis", params=query)).json()
    return found


async def seconds(system: Pipeline, id_: str, name: str) -> float:
    """Of a normalised recording."""
    data = await system.store.read(f"acme/{id_}/{name}")
    with wave.open(BytesIO(data)) as file:
        frames: int = file.getnframes()
        return frames / 16_000


async def test_another_model_writes_another_run_beside_the_first(system: Pipeline) -> None:
    id_ = await system.submit(wav_file(jfk()), language="en")
    assert (await system.ended(id_))["status"] == "completed"
    before, report = (await system.transcript(id_)).text, await analysis(system, id_)

    assert (await rerun(system, id_, model="base", word_timestamps=True))["run"] == 2

    job = await system.ended(id_)
    assert (job["status"], job["run"], job["progress"]) == ("completed", 2, 100)
    transcript = (await system.transcript(id_)).json()
    assert (transcript["run"], transcript["engine"]["model"]) == (2, "base")
    assert transcript["segments"][0]["words"]
    assert same_words(transcript["text"], JFK, errors=1)
    assert (await system.transcript(id_, run="1")).text == before
    assert await analysis(system, id_, run=1) == report


async def test_another_range_of_a_long_recording_is_heard_in_a_file_of_its_own(system: Pipeline) -> None:
    sound = joined(jfk(), silence(2.0), jfk(), silence(9.0))
    id_ = await system.submit(wav_file(sound), analyze="false")
    assert (await system.ended(id_))["status"] == "completed"
    before = (await system.transcript(id_)).text

    await rerun(system, id_, start="12", end="25")

    job = await system.ended(id_)
    assert job["status"] == "completed", job
    second = (await system.transcript(id_)).json()
    assert same_words(second["text"], JFK, errors=1)
    assert second["segments"][0]["start"] > 12, "on the file's own clock"
    assert (await system.transcript(id_, run="1")).text == before
    first = keys.audio(keys.prefix("acme", UUID(id_)), 1)
    assert await system.store.stat(first) is None, "nobody hears it any more"
    assert 12 < await seconds(system, id_, "audio-2.wav") < 14


async def test_only_the_analysis_is_made_anew_of_the_transcript_that_is_there(system: Pipeline) -> None:
    id_ = await system.submit(wav_file(jfk()), analyze="false")
    await system.ended(id_)
    said = (await system.transcript(id_)).json()

    job = await rerun(system, id_, stage="analysis")

    assert (job["status"], job["run"], job["input_run"]) == ("analyzing", 2, 1)
    job = await system.ended(id_)
    assert (job["status"], job["stages"][1]["status"]) == ("completed", "completed")
    assert (await system.transcript(id_)).json() == {**said, "run": 2}
    coverage, segments = (await analysis(system, id_))["coverage"], len(said["segments"])
    assert (coverage["segments_total"], coverage["segments_read"]) == (segments, segments)
    lacking = await system.client.get(f"/v1/jobs/{id_}/analysis", params={"run": 1})
    assert lacking.json()["code"] == "analysis_skipped"

"""What a job used is counted once; delivered once, and delivered twice."""

import pytest

from tests.support.audio import jfk, wav_file
from tests.support.pipeline import Pipeline


async def test_what_a_job_used_is_told_once(system: Pipeline) -> None:
    audio = wav_file(jfk())
    id_ = await system.submit(audio)
    job = await system.ended(id_)
    assert job["status"] == "completed", job
    told = (await system.client.get("/v1/usage")).json()
    assert (told["total"]["jobs"], told["total"]["bytes"]) == (1, len(audio))
    assert told["total"]["audio_seconds"] == pytest.approx(11.0, abs=0.1)
    assert told["limits"]["jobs_in_flight"]["used"] == 0
    await system.client.delete(f"/v1/jobs/{id_}")
    assert (await system.client.get("/v1/usage")).json()["total"] == told["total"]

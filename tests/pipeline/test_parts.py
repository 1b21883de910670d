"""A recording sent in parts, straight to the store, is transcribed as any other."""

from hashlib import sha256

import numpy as np

from tests.support.audio import JFK_TEXT, jfk, wav_file
from tests.support.parts import Uploading
from tests.support.pipeline import Pipeline
from tests.support.words import same_words

TIMES = 12
RATE = TIMES * 16_000
LARGE = wav_file(np.repeat(jfk(), TIMES), RATE, channels=2)
"""Eleven seconds that are two parts of 5 MiB."""


async def test_an_upload_of_several_parts_becomes_a_transcript(system: Pipeline) -> None:
    client = Uploading(system.client)
    upload = await client.begin(LARGE, filename="speech.wav", sha256=sha256(LARGE).hexdigest())
    assert upload["parts"] == 2
    await client.send(upload, 2, data=LARGE)
    await client.send(await client.look(upload["id"]), data=LARGE)
    answer = await client.finish(upload["id"], language="en", analyze=False)
    assert answer.status_code == 202, answer.text
    job = await system.ended(answer.json()["id"])
    assert job["status"] == "completed", job
    assert (job["sha256"], job["bytes"]) == (sha256(LARGE).hexdigest(), len(LARGE))
    plain = await system.transcript(job["id"], format="txt")
    assert same_words(plain.text, JFK_TEXT)


async def test_one_that_is_not_what_its_client_said_fails_clearly(system: Pipeline) -> None:
    client = Uploading(system.client)
    for said, status in ((None, "completed"), ("0" * 64, "failed")):
        id_ = await client.whole(wav_file(jfk()), sha256=said)
        job = await system.ended((await client.finish(id_, analyze=False)).json()["id"])
        assert job["status"] == status, job
    assert job["error"]["code"] == "audio_missing"
    assert "not the one that was uploaded" in job["error"]["message"]

"""Continuing a recording over HTTP, with a real database and a real object store."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from result_writer.handler import Rules, store_results
from result_writer.retention import Retention
from scribeline.contracts.envelope import Envelope, decode
from scribeline.contracts.job import JobRequest
from scribeline.contracts.unit import Stage
from scribeline.storage.database import EVERYBODY
from tests.support import births
from tests.support.api import AUDIO, KEY, Api
from tests.support.captions import read_srt
from tests.support.roles import as_writer

MISSING = [{"field": "continues", "message": "there is no such job, or it is not yours"}]


async def write(api: Api, *batch: Envelope) -> None:
    await store_results(batch, database=as_writer(api.database), rules=Rules(), committed=lambda: None)


async def hear_requests(api: Api) -> None:
    """Let the writer hear what it was asked."""
    async with api.database.transaction(EVERYBODY) as session:
        rows = (await session.run(text("DELETE FROM outbox RETURNING body"))).all()
    await write(api, *[e for e in (decode(bytes(r.body)) for r in rows) if isinstance(e.data, JobRequest)])


async def job(api: Api, id_: str, *, key: str = KEY) -> Any:
    async with api.client(key) as client:
        return (await client.get(f"/v1/jobs/{id_}")).json()


async def transcript(api: Api, id_: str, **query: str) -> Any:
    async with api.client() as client:
        return await client.get(f"/v1/jobs/{id_}/transcript", params=query)


async def test_the_transcript_is_both_with_its_own_part_marked_and_captions_on_one_clock(api: Api) -> None:
    first = (await api.send()).json()["id"]
    second = (await api.send(continues=first)).json()
    assert (second["continues"], second["offset"]) == (first, None)
    await write(api, births.short(UUID(first), "One.", "Two."))
    await write(api, births.short(UUID(second["id"]), "Three."))
    found = (await transcript(api, second["id"])).json()
    assert [(s["id"], s["start"], s["text"]) for s in found["segments"]] == [
        (0, 0.0, "One."),
        (1, 1.0, "Two."),
        (2, 3.0, "Three."),
    ]
    assert (found["offset"], found["first_own_segment"], found["duration"]) == (3.0, 2, 6.0)
    assert (found["text"], found["complete"]) == ("One. Two. Three.", True)
    captions = read_srt((await transcript(api, second["id"], format="srt")).text)
    assert [(c.start, c.end, c.text) for c in captions] == [
        (0, 1000, "One."),
        (1000, 2000, "Two."),
        (3000, 4000, "Three."),
    ]
    after = await job(api, second["id"])
    assert (after["offset"], after["duration"], after["confidence"]) == (3.0, 3.0, 0.9)
    alone = (await transcript(api, first)).json()
    assert (alone["offset"], alone["first_own_segment"], alone["duration"]) == (0.0, 0, 3.0)


async def test_while_it_waits_only_its_own_part_can_be_read_and_only_if_asked(api: Api) -> None:
    first = (await api.send()).json()["id"]
    second = (await api.send(continues=first, analyze="false")).json()["id"]
    await write(api, births.short(UUID(second), "Two."))
    waiting = await job(api, second)
    assert waiting["status"] == "transcribing"
    assert waiting["message"] == "Transcribed; waiting for the transcript of the recording that it continues."
    assert (await transcript(api, second)).json()["code"] == "not_ready"
    partial = (await transcript(api, second, partial="true")).json()
    assert (partial["text"], partial["complete"], partial["offset"]) == ("Two.", False, 0.0)
    await write(api, births.short(UUID(first), "One."))
    await hear_requests(api)
    assert (await job(api, second))["status"] == "completed"
    assert (await transcript(api, second)).json()["text"] == "One. Two."


async def test_a_job_that_is_deleted_while_another_waits_for_it_lets_it_go_on(api: Api) -> None:
    first = (await api.send()).json()["id"]
    second = (await api.send(continues=first, analyze="false")).json()["id"]
    await write(api, births.short(UUID(second), "Two."))
    async with api.client() as client:
        assert (await client.delete(f"/v1/jobs/{first}")).status_code == 204
    await hear_requests(api)
    await hear_requests(api)
    found = (await transcript(api, second)).json()
    assert (found["text"], found["complete"]) == ("Two.", True)
    assert found["gaps"] == [{"start": 0.0, "end": 0.0, "reason": "recording_missing", "speaker": None}]


@pytest.mark.parametrize("way", ["form", "query", "json"])
async def test_what_one_may_not_see_cannot_be_continued_and_nothing_is_left(api: Api, way: str) -> None:
    await api.add_key("sl_ann", owner="ann")
    await api.add_key("sl_ben", owner="ben")
    await api.add_key("sl_other", tenant="other")
    anns = (await api.send(key="sl_ann")).json()["id"]
    others = (await api.send(key="sl_other")).json()["id"]
    deleted = (await api.send()).json()["id"]
    async with api.client() as client:
        await client.delete(f"/v1/jobs/{deleted}")
    before = await api.count("job"), sorted(api.stored())

    async def send(key: str, continues: str) -> Any:
        if way == "form":
            return await api.send(key=key, continues=continues)
        async with api.client(key) as client:
            if way == "query":
                return await client.post("/v1/jobs", params={"continues": continues}, content=AUDIO)
            body = {"audio_url": "http://127.0.0.1:9999/a.wav", "continues": continues}
            return await client.post("/v1/jobs", json=body)

    tried = [("sl_ben", anns), ("sl_other", anns), (KEY, others), (KEY, deleted), (KEY, str(uuid4()))]
    for key, continues in tried:
        refused = await send(key, continues)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_parameter")
        assert refused.json()["errors"] == MISSING
    assert (await api.count("job"), sorted(api.stored())) == before


async def test_a_tenants_key_may_continue_a_users_job(api: Api) -> None:
    await api.add_key("sl_ann", owner="ann")
    first = (await api.send(key="sl_ann")).json()["id"]
    assert (await api.send(continues=first)).status_code == 202


async def test_a_job_to_continue_that_is_not_there_is_told_before_the_recording_is_read(api: Api) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="continues"\r\n\r\n' + str(uuid4()).encode() + b"\r\n"
        b'--b\r\nContent-Disposition: form-data; name="audio"; filename="a.wav"\r\n\r\n'
    )
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        yield body
        while sent < 1000:
            sent += 1
            yield bytes(2**16)

    async with api.client() as client:
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        refused = await client.post("/v1/jobs", content=endless(), headers=headers)
    assert refused.json()["errors"] == MISSING
    assert sent < 500, "what is on the way is drained, within a bound"


async def test_a_job_that_goes_while_the_recording_comes_leaves_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gateway import lookups

    async def unseen(*_: Any) -> None: ...

    monkeypatch.setattr(lookups.Lookups, "_continued", unseen)
    refused = await api.send(continues=str(uuid4()))
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_parameter")
    assert "continues: there is no such job" in refused.json()["detail"]
    assert (api.stored(), await api.count("job")) == ([], 0)


async def test_sent_again_it_is_the_same_job_even_if_the_one_before_is_gone(api: Api) -> None:
    first = (await api.send()).json()["id"]
    second = await api.send(continues=first, idempotency="k")
    async with api.client() as client:
        await client.delete(f"/v1/jobs/{first}")
    again = await api.send(continues=first, idempotency="k")
    assert (again.status_code, again.json()["id"]) == (202, second.json()["id"])
    other = await api.send(idempotency="k")
    assert other.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("kind", ["segments", "text"])
async def test_a_given_transcript_is_stored_with_the_job_and_read_back(api: Api, kind: str) -> None:
    segments = [{"text": "Good morning.", "start": 0.5, "end": 2.0, "speaker": "Ann"}]
    given = json.dumps(segments) if kind == "segments" else "Good\nmorning."
    made = (await api.send(transcript=given, analyze="false")).json()
    assert (made["continues"], made["offset"]) == (None, 2.0 if kind == "segments" else 0.0)
    await write(api, births.short(UUID(made["id"]), "Now."))
    found = (await transcript(api, made["id"])).json()
    assert found["text"] == "Good morning. Now."
    first, last = found["segments"][0], found["segments"][-1]
    assert (first["confidence"], first["avg_logprob"], first["no_speech_prob"]) == (None, None, None)
    assert (found["confidence"], last["confidence"]) == (0.9, 0.9)
    captions = read_srt((await transcript(api, made["id"], format="srt")).text)
    if kind == "segments":
        assert (first["speaker"], first["start"], first["end"]) == ("Ann", 0.5, 2.0)
        assert (last["start"], found["first_own_segment"], found["duration"]) == (2.0, 1, 5.0)
        assert [(c.start, c.text) for c in captions] == [(500, "Ann: Good morning."), (2000, "Now.")]
    else:
        assert (first["start"], first["end"], found["first_own_segment"]) == (0.0, 0.0, 2)
        assert [(c.start, c.text) for c in captions] == [(0, "Now.")]


async def test_what_is_found_is_counted_and_timed_as_the_transcript_tells_it(api: Api) -> None:
    first = (await api.send(transcript="A walrus.\nA seal.")).json()["id"]
    second = (await api.send(continues=first)).json()["id"]
    await write(api, births.short(UUID(first), "One walrus."), births.short(UUID(second), "No.", "Walrus!"))
    segments = (await transcript(api, second)).json()["segments"]
    async with api.client() as client:
        hits = (await client.get("/v1/search", params={"q": "walrus", "order": "newest"})).json()["hits"]
    assert [hit["job"] for hit in hits] == [second, first]
    assert [(m["segment"], m["start"], m["end"], m["text"]) for m in hits[0]["matches"]] == [
        (s["id"], s["start"], s["end"], s["text"]) for s in segments if "walrus" in s["text"].lower()
    ]
    assert [m["segment"] for m in hits[0]["matches"]] == [0, 2, 4]
    assert [m["start"] for m in hits[0]["matches"]] == [0.0, 0.0, 4.0]


async def test_who_waits_past_a_recording_that_failed_goes_on_when_that_one_is_gone(api: Api) -> None:
    first = (await api.send()).json()["id"]
    second = (await api.send(continues=first)).json()["id"]
    third = (await api.send(continues=second, analyze="false")).json()["id"]
    await write(api, births.failed(UUID(second), Stage.SHORT), births.short(UUID(third), "Three."))
    await hear_requests(api)
    assert (await job(api, third))["status"] == "transcribing"
    async with api.client() as client:
        assert (await client.delete(f"/v1/jobs/{second}")).status_code == 204
    await Retention(as_writer(api.database), api.store, lambda: None).remove_deleted()
    await hear_requests(api)
    assert (await job(api, third))["status"] == "completed"
    found = (await transcript(api, third)).json()
    assert (found["text"], [gap["reason"] for gap in found["gaps"]]) == ("Three.", ["recording_missing"])

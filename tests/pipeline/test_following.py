"""A job as one follows it or waits for it, over everything that is real."""

from tests.support.audio import jfk, joined, silence, wav_file
from tests.support.pipeline import Pipeline
from tests.support.sse import sent

WHOLE = ["job.accepted", "transcript.completed", "analysis.completed", "job.completed"]


async def test_a_job_is_followed_to_its_end(system: Pipeline) -> None:
    recording = wav_file(joined(*[joined(jfk(), silence(20))] * 3))
    id_ = await system.submit(recording, model="tiny.en")

    seen = sent(await system.client.get(f"/v1/jobs/{id_}/events", timeout=120))

    assert seen[0].type == "job"
    assert seen[0].data["id"] == id_
    stored = [event for event in seen if event.id is not None]
    assert [event.type for event in stored if not event.type.startswith("analysis.action")] == WHOLE
    assert len({event.id for event in stored}) == len(stored)
    assert [event.data["data"]["sequence"] for event in stored] == list(range(1, len(stored) + 1))
    assert [event.data["subject"] for event in stored] == [id_] * len(stored)
    ticks = [event.data["progress"] for event in seen if event.type == "job.progressed"]
    assert ticks == sorted(ticks)


async def test_who_comes_back_gets_what_is_new_and_is_told_when_there_is_no_more(system: Pipeline) -> None:
    id_ = await system.submit(wav_file(jfk()))
    path = f"/v1/jobs/{id_}/events"
    whole = [event for event in sent(await system.client.get(path, timeout=120)) if event.id]

    for number, event in enumerate(whole[:-1], start=1):
        rest = sent(await system.client.get(path, headers={"Last-Event-ID": str(event.id)}))
        assert [each for each in rest if each.id] == whole[number:]
    last = await system.client.get(path, headers={"Last-Event-ID": str(whole[-1].id)})
    assert last.status_code == 204


async def test_one_request_brings_the_result_when_it_waits_for_it(system: Pipeline) -> None:
    files = {"audio": ("a.wav", wav_file(jfk()))}

    at_once = await system.client.post("/v1/jobs?wait=60", files=files, timeout=90)
    early = await system.client.post("/v1/jobs?wait=0.01", files=files)
    later = await system.client.get(early.headers["location"] + "?wait=60", timeout=90)

    assert (at_once.status_code, at_once.json()["status"]) == (200, "completed")
    assert (early.status_code, early.json()["finished_at"]) == (202, None)
    assert (later.status_code, later.json()["status"], later.json()["progress"]) == (200, "completed", 100)
    assert (await system.client.get(at_once.headers["location"])).status_code == 200

"""A job run again, and its runs read: the gateway and the result-writer on a real database and store."""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import UUID

import httpx2
import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import text
from sqlmodel import col, select

from gateway import records
from gateway.runs import opening
from gateway.settings import GatewaySettings
from result_writer.handler import Rules, store_results
from result_writer.recovery import Recovery
from result_writer.retention import Retention
from scribeline.contracts.envelope import Envelope, decode
from scribeline.contracts.job import JobRequest
from scribeline.contracts.unit import Command, Stage
from scribeline.storage.database import EVERYBODY
from scribeline.storage.models import UnitRow
from tests.support import births
from tests.support.api import SECRET, Api
from tests.support.births import in_run
from tests.support.outboxes import announced
from tests.support.roles import as_writer
from tests.support.writers import hear

MEETING = {"type": "object", "properties": {"risks": {"type": "array", "items": {"type": "string"}}}}


@pytest.fixture
def api(api: Api) -> Api:
    api.settings = GatewaySettings(key_secret=SecretStr(SECRET), models_allowed=("tiny.en", "small"))
    return api


async def write(api: Api, *batch: Envelope) -> None:
    await store_results(batch, database=as_writer(api.database), rules=Rules(), committed=lambda: None)


async def taken(api: Api) -> list[Envelope]:
    """What is in the outbox, and is not any more."""
    async with api.database.transaction() as session:
        rows = (await session.run(text("DELETE FROM outbox RETURNING id, body"))).all()
    return [decode(bytes(row.body)) for row in sorted(rows, key=lambda row: row.id)]


async def requests(api: Api) -> list[Envelope]:
    return [each for each in await taken(api) if isinstance(each.data, JobRequest)]


async def get(api: Api, path: str, **query: Any) -> httpx2.Response:
    async with api.client() as client:
        return await client.get(path, params=query)


async def rerun(api: Api, id_: str, key: str = "sl_integration", **body: Any) -> httpx2.Response:
    async with api.client(key) as client:
        return await client.post(f"/v1/jobs/{id_}/rerun", json=body)


async def heard(api: Api, *said: str, **fields: Any) -> str:
    """A small recording that was transcribed, and analyzed unless it says otherwise; the job's id."""
    id_: str = (await api.send(**fields)).json()["id"]
    await write(api, births.short(UUID(id_), *(said or ("first",))))
    if fields.get("analyze") != "false":
        await write(api, births.analyzed(UUID(id_)))
    return id_


async def units(api: Api, id_: str, run: int) -> dict[tuple[str, int], str]:
    async with api.database.transaction() as session:
        found = select(UnitRow).where(UnitRow.job == UUID(id_), col(UnitRow.run) == run)
        return {(unit.stage, unit.index): unit.status for unit in await session.exec(found)}


async def test_a_job_run_again_with_another_model_keeps_what_it_said_before(api: Api) -> None:
    id_ = await heard(api, "old words", language="en", prompt="Ask not", tags="a")
    here, before = f"/v1/jobs/{id_}", await get(api, f"/v1/jobs/{id_}/transcript")
    await taken(api)
    answer = await rerun(api, id_, model="small", language=None, word_timestamps=True)
    assert (answer.status_code, answer.headers["location"]) == (202, here), answer.text
    job = answer.json()
    assert (job["run"], job["status"], job["progress"], job["input_run"]) == (2, "queued", 0, None)
    assert [stage["status"] for stage in job["stages"]] == ["pending", "pending"]
    asked = {**job["options"], "languages": [], "replacements": []}
    assert (asked["model"], asked["language"], asked["prompt"]) == ("small", None, "Ask not")
    assert job["finished_at"] is job["started_at"] is job["language"] is job["confidence"] is None
    [command] = [each.data for each in await taken(api) if isinstance(each.data, Command)]
    assert command.model_dump(mode="json")["options"] == {**asked, "word_timestamps": True}
    assert (await get(api, f"{here}/transcript")).json()["code"] == "not_ready"
    assert (await get(api, f"{here}/transcript", run=1)).content == before.content

    await write(api, in_run(2, births.short(UUID(id_), "new words")), births.short(UUID(id_), "too late"))
    await write(api, in_run(2, births.analyzed(UUID(id_), made=births.analysis("Of the new."))))

    assert (await get(api, here)).json()["status"] == "completed"
    assert (await get(api, f"{here}/transcript", format="txt")).text == "new words\n"
    assert (await get(api, f"{here}/analysis")).json()["summary"] == "Of the new."
    assert (await get(api, f"{here}/transcript", run=1)).content == before.content
    assert (await get(api, f"{here}/analysis", run=1)).json()["summary"] == "Part 0."
    first = (await get(api, here, run=1)).json()
    assert (first["run"], first["status"], first["options"]["language"]) == (1, "completed", "en")
    assert first["links"]["transcript"] == f"{here}/transcript?run=1"
    assert (await get(api, here, run=2)).json()["options"]["word_timestamps"] is True


async def test_asked_again_after_a_lost_answer_nothing_is_run_a_second_time(api: Api) -> None:
    id_ = await heard(api, analyze="false")
    assert (await rerun(api, id_, run=1, language="de")).json()["run"] == 2
    while_it_runs = await rerun(api, id_, run=1, language="de")
    await write(api, in_run(2, births.short(UUID(id_), "Wieder.")))
    ended = await rerun(api, id_, run=1, language="de")
    ahead = await rerun(api, id_, run=3)
    for answer in (while_it_runs, ended, ahead):
        assert (answer.status_code, answer.json()["code"]) == (409, "other_run")
        assert answer.json()["detail"] == "Its current run is 2."
    assert (await get(api, f"/v1/jobs/{id_}")).json()["run"] == 2
    assert (await rerun(api, id_, run=2)).json()["run"] == 3


async def test_of_two_that_saw_the_same_run_one_is_told_that_the_job_went_on(api: Api) -> None:
    id_ = await heard(api, analyze="false")
    answers = await asyncio.gather(*(rerun(api, id_, run=1) for _ in range(4)))
    told = sorted((answer.status_code, answer.json().get("code", "")) for answer in answers)
    assert told == [(202, ""), *[(409, "other_run")] * 3]


@pytest.mark.parametrize("run", [0, -1, "1", 1.0, True, []])
async def test_a_run_that_is_no_number_is_refused(api: Api, run: Any) -> None:
    id_ = await heard(api, analyze="false")
    answer = await rerun(api, id_, run=run)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "run")


async def test_an_empty_body_runs_everything_again_as_it_was(api: Api) -> None:
    id_ = await heard(api, language="de", start="5", recorded_at="2026-11-21T14:30:00+01:00")
    before = (await get(api, f"/v1/jobs/{id_}")).json()
    async with api.client() as client:
        job = (await client.post(f"/v1/jobs/{id_}/rerun")).json()
    same = ("options", "analyze", "brief", "recorded_at", "metadata", "tags", "bytes", "created_at")
    assert {name: job[name] for name in same} == {name: before[name] for name in same}
    assert await units(api, id_, 2) == {("short", 0): "released"}


async def test_only_the_analysis_is_made_again_with_a_question_of_ones_own(api: Api) -> None:
    id_ = await heard(api, "spoken once")
    here = f"/v1/jobs/{id_}"
    await taken(api)
    job = (await rerun(api, id_, stage="analysis", analysis_prompt="Which risks?")).json()
    assert (job["run"], job["status"], job["input_run"], job["finished_at"]) == (2, "analyzing", 1, None)
    assert [stage["status"] for stage in job["stages"]] == ["completed", "pending"]
    assert job["brief"]["prompt"] == "Which risks?"
    assert (await get(api, f"{here}/transcript")).json()["run"] == 2
    asked = await requests(api)
    await write(api, *asked, *asked)
    assert await units(api, id_, 2) == {("short", 0): "done", ("analyze", 0): "released"}
    [command] = [each.data for each in await taken(api) if isinstance(each.data, Command)]
    assert command.model_dump()["brief"]["prompt"] == "Which risks?"

    await write(api, in_run(2, births.analyzed(UUID(id_), made=births.analysis("Two of them."))), *asked)

    assert (await get(api, f"{here}/analysis")).json()["summary"] == "Two of them."
    assert (await get(api, f"{here}/analysis", run=1)).json()["summary"] == "Part 0."
    told = [each.type for each in await taken(api)]
    assert "transcript.completed" not in told
    assert told.count("job.completed") == 1


async def test_pieces_that_failed_stay_gaps_when_only_the_analysis_is_made_again(api: Api) -> None:
    job = await births.born(api.database)
    here = f"/v1/jobs/{job.id}"
    await write(api, births.planned(job.id, 3))
    await write(api, births.chunk(job.id, 0, "one"), births.failed(job.id, Stage.CHUNK, 1))
    await write(api, births.chunk(job.id, 2, "three"))
    await write(api, births.analyzed(job.id))
    before = (await get(api, f"{here}/transcript")).json()
    assert [gap["reason"] for gap in before["gaps"]] == ["unit_died"]
    await taken(api)
    again = (await rerun(api, str(job.id), stage="analysis")).json()
    assert [again["stages"][0][name] for name in ("units_total", "units_failed")] == [3, 1]
    await write(api, *await requests(api))
    assert (await get(api, here)).json()["status"] == "analyzing"
    await write(api, in_run(2, births.analyzed(job.id)))
    assert (await get(api, here)).json()["status"] == "completed"
    assert (await get(api, f"{here}/transcript")).json() == {**before, "run": 2}


async def test_runs_are_listed_with_what_was_asked_and_what_came_of_it(api: Api) -> None:
    id_ = await heard(api, analyze="false")
    await rerun(api, id_, language="de")
    await write(api, in_run(2, births.failed(UUID(id_), Stage.SHORT)))
    await rerun(api, id_, model="small", language=None)
    await write(api, in_run(3, births.short(UUID(id_), "better")))
    await rerun(api, id_, stage="analysis")
    found = (await get(api, f"/v1/jobs/{id_}/runs")).json()["runs"]
    assert [(run["run"], run["status"], run["input_run"]) for run in found] == [
        (1, "completed", None), (2, "failed", None), (3, "completed", None), (4, "analyzing", 3),
    ]  # fmt: skip
    assert [run["options"]["language"] for run in found] == [None, "de", None, None]
    assert [run["analyze"] for run in found] == [False, False, False, True]
    assert (found[1]["error"]["code"], found[2]["error"]) == ("unit_died", None)
    assert [run["created_at"] for run in found] == sorted({run["created_at"] for run in found})
    assert found[0]["links"]["self"] == f"/v1/jobs/{id_}?run=1"
    failed = await get(api, f"/v1/jobs/{id_}/transcript", run=2)
    assert (failed.status_code, failed.json()["code"]) == (500, "unit_died")


async def test_a_retry_keeps_how_the_run_before_it_ended(api: Api) -> None:
    id_ = (await api.send()).json()["id"]
    await write(api, births.short(UUID(id_), "said"), births.failed(UUID(id_), Stage.ANALYZE))
    await write(api, births.failed(UUID(id_), Stage.ANALYZE))
    async with api.client() as client:
        await client.post(f"/v1/jobs/{id_}/retry")
    await write(api, *await requests(api))
    await write(api, in_run(2, births.analyzed(UUID(id_))))
    lacking = await get(api, f"/v1/jobs/{id_}/analysis", run=1)
    assert (lacking.status_code, lacking.json()["code"]) == (500, "unit_died")
    runs = (await get(api, f"/v1/jobs/{id_}/runs")).json()["runs"]
    assert [(run["run"], run["input_run"], run["stages"][1]["status"]) for run in runs] == [
        (1, None, "failed"), (2, 1, "completed"),
    ]  # fmt: skip


async def test_a_run_that_is_not_there_is_told_with_how_many_there_are(api: Api) -> None:
    id_ = await heard(api)
    here = f"/v1/jobs/{id_}"
    for path in (here, f"{here}/transcript", f"{here}/analysis"):
        lacking = await get(api, path, run=2)
        assert (lacking.status_code, lacking.json()["detail"]) == (404, "This job has had one run.")
        for wrong in ("0", "-1", "one", 2**31):
            refused = await get(api, path, run=wrong)
            assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "run")
    async with api.database.transaction() as session:
        await session.run(text("UPDATE job SET run = 2"))  # as a job that was retried by an earlier version
    old = await get(api, here, run=1)
    assert old.json()["detail"] == "Nobody kept how run 1 ended. This job has had 2 runs."
    assert [run["run"] for run in (await get(api, f"{here}/runs")).json()["runs"]] == [2]


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"stage": "merge"}, "stage", "invalid_parameter"),
    ({"stage": 1}, "stage", "invalid_parameter"),
    ({"stage": "analysis", "language": "de"}, "language", "invalid_parameter"),
    ({"stage": "analysis", "analyze": False}, "analyze", "invalid_parameter"),
    ({"stage": "analysis", "model": None}, "model", "invalid_parameter"),
    ({"metadata": {"a": 1}}, "metadata", "invalid_parameter"),
    ({"audio_url": "http://example.com/"}, "audio_url", "invalid_parameter"),
    ({"x" * 200: 1}, "x" * 100, "invalid_parameter"),
    ({"language": "klingon"}, "language", "invalid_parameter"),
    ({"model": "huge"}, "model", "model_not_allowed"),
    ({"model": "tiny.en"}, "language", "language_unsupported"),
    ({"end": "5"}, "end", "invalid_parameter"),
    ({"languages": ["en", "fr"]}, "languages", "invalid_parameter"),
    ({"analyze": False, "analysis_prompt": "Who?"}, "analysis_prompt", "invalid_parameter"),
    ({"analysis_prompt": "Who?", "analysis_template": "meeting"}, "analysis_template", "invalid_parameter"),
    ({"analysis_template": "nobodys"}, "analysis_template", "invalid_parameter"),
    ({"stage": "analysis", "analysis_schema": {"type": "array"}}, "", "analysis_schema_invalid"),
    ({"word_timestamps": {"a": 1}}, "word_timestamps", "invalid_parameter"),
    ({"prompt": "a\0b"}, "", "invalid_parameter"),
]


@pytest.mark.parametrize(("body", "field", "code"), REFUSED)
async def test_what_is_wrong_or_does_not_go_with_the_run_before_is_named(
    api: Api, body: dict[str, Any], field: str, code: str
) -> None:
    id_ = await heard(api, language="de", start="60")
    refused = await rerun(api, id_, **body)
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (422, code), problem
    assert not field or problem["errors"][0]["field"] == field
    assert (await get(api, f"/v1/jobs/{id_}")).json()["run"] == 1
    assert await api.count("job_run") == 0


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b'{"language": "de", "language": "en"}'])
async def test_a_body_that_is_no_object_is_refused(api: Api, body: bytes) -> None:
    id_ = await heard(api)
    async with api.client() as client:
        assert (await client.post(f"/v1/jobs/{id_}/rerun", content=body)).status_code == 422


async def brief(api: Api, id_: str, **body: Any) -> dict[str, Any] | None:
    """What the next run is asked; it ends at once."""
    job = (await rerun(api, id_, **body)).json()
    await write(api, *await requests(api))
    await write(api, in_run(job["run"], births.short(UUID(id_), "said")))
    await write(api, in_run(job["run"], births.analyzed(UUID(id_))))
    asked: dict[str, Any] | None = job["brief"]
    return asked


async def test_a_question_is_kept_changed_in_part_or_given_up(api: Api) -> None:
    async with api.client() as client:
        own = {"prompt": "As it was then?", "analysis_schema": MEETING}
        assert (await client.put("/v1/templates/own", json=own)).status_code == 200
        id_ = await heard(api, analysis_template="own")
        await client.delete("/v1/templates/own")
    kept = await brief(api, id_)
    assert kept is not None
    assert (kept["template"], kept["prompt"]) == ("own", "As it was then?")
    assert await brief(api, id_, stage="analysis", analysis_schema=None) == kept
    asked = await brief(api, id_, stage="analysis", analysis_prompt="Who?", analysis_schema=MEETING)
    assert asked is not None
    assert (asked["template"], asked["prompt"]) == (None, "Who?")
    assert await brief(api, id_, stage="analysis", analysis_prompt="When?") == {**asked, "prompt": "When?"}
    assert await brief(api, id_, analysis_schema=None) == {**asked, "prompt": "When?", "answer_schema": None}
    meeting = await brief(api, id_, stage="analysis", analysis_template="meeting")
    assert meeting is not None
    assert meeting["template"] == "meeting"
    assert await brief(api, id_, stage="analysis", analysis_template=None) is None
    await brief(api, id_, analysis_template="call")
    assert await brief(api, id_, analyze=False) is None


async def test_what_is_under_way_is_not_run_again_and_of_two_at_once_one_is(api: Api) -> None:
    id_ = (await api.send(analyze="false")).json()["id"]
    running = await rerun(api, id_)
    assert (running.status_code, running.json()["code"]) == (409, "job_running")
    assert "retry-after" in running.headers
    await write(api, births.short(UUID(id_), "said"))
    answers = await asyncio.gather(*(rerun(api, id_) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "job_running"}
    assert await units(api, id_, 2) == {("short", 0): "released"}
    assert await units(api, id_, 3) == {}


async def test_without_a_complete_transcript_there_is_nothing_to_analyze_again(api: Api) -> None:
    id_ = (await api.send()).json()["id"]
    await write(api, births.failed(UUID(id_), Stage.SHORT))
    refused = await rerun(api, id_, stage="analysis")
    assert (refused.status_code, refused.json()["code"]) == (409, "transcript_incomplete")
    assert (await rerun(api, id_)).status_code == 202


async def test_a_recording_without_words_is_done_at_once_when_it_is_analyzed_again(api: Api) -> None:
    id_ = (await api.send()).json()["id"]
    await write(api, births.message(births.short(UUID(id_)).data))  # type: ignore[arg-type]  # an Outcome
    await rerun(api, id_, stage="analysis")
    await write(api, *await requests(api))
    job = (await get(api, f"/v1/jobs/{id_}")).json()
    assert (job["run"], job["status"], job["stages"][1]["status"]) == (2, "completed", "skipped")


async def test_a_cancelled_job_runs_again_whatever_of_its_cancelling_comes_late(api: Api) -> None:
    id_ = (await api.send()).json()["id"]
    async with api.client() as client:
        await client.post(f"/v1/jobs/{id_}/cancel")
    cancel = await requests(api)
    await write(api, *cancel)
    assert (await rerun(api, id_)).json()["status"] == "queued"
    await write(api, *cancel, births.marker_seen(UUID(id_), Stage.SHORT), births.short(UUID(id_), "late"))
    assert (await get(api, f"/v1/jobs/{id_}")).json()["status"] == "queued"
    assert (await get(api, f"/v1/jobs/{id_}", run=1)).json()["status"] == "cancelled"
    async with api.client() as client:
        await client.post(f"/v1/jobs/{id_}/cancel")
    assert {f"acme/{id_}/cancelled", f"acme/{id_}/cancelled-2"} <= set(api.stored())
    await write(api, *await requests(api))
    assert (await get(api, f"/v1/jobs/{id_}")).json()["status"] == "cancelled"


async def test_a_job_cancelled_after_its_transcript_was_complete_is_analyzed_again(api: Api) -> None:
    id_ = (await api.send()).json()["id"]
    await write(api, births.short(UUID(id_), "said"))
    await write(api, births.cancel(UUID(id_)))
    await taken(api)
    assert (await rerun(api, id_, stage="analysis")).status_code == 202
    await write(api, *await requests(api))
    await write(api, in_run(2, births.analyzed(UUID(id_))))
    assert (await get(api, f"/v1/jobs/{id_}")).json()["status"] == "completed"


async def test_a_job_that_runs_again_does_not_expire_and_goes_with_all_its_runs(api: Api) -> None:
    id_ = await heard(api, delete_after="PT0S", analyze="false")
    await rerun(api, id_)
    retention = Retention(as_writer(api.database), api.store, lambda: None)
    await retention.expire()
    assert (await get(api, f"/v1/jobs/{id_}")).status_code == 200
    for name in ("audio.wav", "audio-2.wav", "cancelled", "cancelled-2"):
        await api.store.put(f"acme/{id_}/{name}", b"x")
    await write(api, in_run(2, births.short(UUID(id_), "said")))
    await retention.expire()
    refused = await rerun(api, id_)
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert await retention.remove_deleted() == 1
    assert [key for key in api.stored() if id_ in key] == []
    tables = ("job", "job_run", "unit", "segment", "analysis")
    assert [await api.count(table) for table in tables] == [0] * 5


async def test_a_run_with_nothing_to_do_ends_by_a_cancel_that_comes_before_the_writer_has_looked(
    api: Api,
) -> None:
    id_ = (await api.send()).json()["id"]
    await write(api, births.short(UUID(id_)))  # nobody spoke
    await rerun(api, id_, stage="analysis")
    [asked] = await requests(api)
    await write(api, births.cancel(UUID(id_)))
    job = (await get(api, f"/v1/jobs/{id_}")).json()
    assert (job["status"], job["run"]) == ("completed", 2)
    told = await announced(api.database)
    await write(api, asked)
    assert await announced(api.database) == told


async def test_a_job_that_is_deleted_while_it_runs_again_ends_and_goes(api: Api) -> None:
    id_ = await heard(api)
    await taken(api)
    await rerun(api, id_, stage="analysis")
    async with api.client() as client:
        assert (await client.delete(f"/v1/jobs/{id_}")).status_code == 204
    await write(api, *await requests(api))
    await Retention(as_writer(api.database), api.store, lambda: None).remove_deleted()
    assert await api.count("job") == 0


async def test_nobody_runs_or_reads_the_runs_of_anothers_job(api: Api) -> None:
    await api.add_key("sl_ann", owner="ann")
    await api.add_key("sl_other", tenant="other")
    await api.add_key("sl_reader", scopes=["jobs:read"])
    id_ = await heard(api)
    await rerun(api, id_)
    for key, status in (("sl_ann", 404), ("sl_other", 404), ("sl_reader", 403)):
        assert (await rerun(api, id_, key)).status_code == status
    for key in ("sl_ann", "sl_other"):
        async with api.client(key) as client:
            paths = ("?run=1", "/runs", "/transcript?run=1", "/analysis?run=1")
            assert [(await client.get(f"/v1/jobs/{id_}{path}")).status_code for path in paths] == [404] * 4
    assert (await rerun(api, "no-id")).status_code == 404


async def test_those_who_watch_hear_of_the_next_run(api: Api) -> None:
    id_ = await heard(api, analyze="false")
    await taken(api)
    await rerun(api, id_)
    [accepted] = await announced(api.database)
    assert (accepted.type, accepted.data.run, accepted.data.status) == ("job.accepted", 2, "queued")  # type: ignore[attr-defined]  # a JobEvent
    assert api.wakes == 2


async def test_a_run_whose_request_was_lost_with_the_broker_goes_on_once_it_was_seen_twice(api: Api) -> None:
    id_ = await heard(api)
    other = await heard(api)
    await rerun(api, id_, stage="analysis")
    await taken(api)  # and the broker, that got it, lost its data
    woken: list[None] = []
    recovery = Recovery(as_writer(api.database), None, 32, committed=lambda: woken.append(None))
    assert [await recovery.advance_standing() for _ in range(2)] == [0, 1]
    assert await hear(api.database) == 1
    assert await recovery.advance_standing() == 0
    assert await units(api, id_, 2) == {("short", 0): "done", ("analyze", 0): "released"}
    assert woken
    assert (await get(api, f"/v1/jobs/{other}")).json()["run"] == 1


async def test_a_job_that_nobody_can_read_is_asked_three_times_and_holds_up_no_other(api: Api) -> None:
    broken, sound = await heard(api), await heard(api)
    for id_ in (broken, sound):
        await rerun(api, id_, stage="analysis")
    await taken(api)
    async with api.database.transaction(EVERYBODY) as session:
        unreadable = """UPDATE job SET brief = '{"prompt": 5}' WHERE id = CAST(:id AS uuid)"""
        await session.run(text(unreadable), {"id": broken})
    recovery = Recovery(as_writer(api.database), None, 32, committed=lambda: None)
    assert [await recovery.advance_standing() for _ in range(6)] == [0, 2, 2, 2, 0, 0]
    for envelope in await taken(api):
        with suppress(ValidationError):
            await write(api, envelope)
    assert await units(api, sound, 2) == {("short", 0): "done", ("analyze", 0): "released"}
    assert await units(api, broken, 2) == {("short", 0): "done"}


async def test_a_deleted_run_whose_requests_were_lost_ends_and_goes(api: Api) -> None:
    id_ = await heard(api)
    await rerun(api, id_, stage="analysis")
    async with api.client() as client:
        await client.delete(f"/v1/jobs/{id_}")
    await taken(api)
    recovery = Recovery(as_writer(api.database), None, 32, committed=lambda: None)
    assert [await recovery.advance_standing() for _ in range(2)] == [0, 1]
    assert await hear(api.database) == 1
    assert await recovery.advance_standing() == 0
    await write(api, in_run(2, births.analyzed(UUID(id_))))
    await Retention(as_writer(api.database), api.store, lambda: None).remove_deleted()
    assert await api.count("job") == 0


async def test_what_a_tenant_may_have_is_asked_of_a_run_too(api: Api) -> None:
    id_ = await heard(api, analyze="false")
    async with api.client() as client:
        limits = {"jobs_in_flight": 0, "models_allowed": ["base"]}
        assert (await client.patch("/v1/admin/tenants/acme", json=limits)).status_code == 200
    refused = await rerun(api, id_)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_jobs")
    assert (await rerun(api, id_, model="small")).json()["code"] == "model_not_allowed"
    assert (await get(api, f"/v1/jobs/{id_}")).json()["run"] == 1
    assert await api.count("job_run") == 0


async def test_a_job_is_run_a_bounded_number_of_times(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MOST_RUNS", 2)
    id_ = await heard(api, analyze="false")
    await rerun(api, id_)
    await write(api, in_run(2, births.short(UUID(id_), "said")))
    refused = await rerun(api, id_)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_runs")


async def test_the_normalised_recording_of_an_earlier_run_goes_when_all_of_it_is_done_anew(api: Api) -> None:
    id_ = await heard(api)
    old, source = (f"acme/{id_}/{name}" for name in ("audio.wav", "source"))
    await api.store.put(old, b"RIFF")
    await rerun(api, id_, stage="analysis")
    assert old in api.stored()
    await write(api, *await requests(api))
    await write(api, in_run(2, births.analyzed(UUID(id_))))
    assert (await rerun(api, id_)).status_code == 202
    assert old not in api.stored()
    assert source in api.stored()


async def test_a_job_is_not_tried_again_without_end_either(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MOST_RUNS", 2)
    id_ = (await api.send(analyze="false")).json()["id"]
    await write(api, births.failed(UUID(id_), Stage.SHORT))
    async with api.client() as client:
        assert (await client.post(f"/v1/jobs/{id_}/retry")).status_code == 202
        await hear(api.database)
        await write(api, in_run(2, births.failed(UUID(id_), Stage.SHORT)))
        refused = await client.post(f"/v1/jobs/{id_}/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_runs")


async def test_a_large_recording_begins_with_a_plan_again_and_nothing_of_the_old_plan_counts(
    api: Api,
) -> None:
    api.settings = api.settings.model_copy(update={"short_max_bytes": 1})
    id_ = (await api.send()).json()["id"]
    await write(api, births.planned(UUID(id_), 2))
    await write(api, births.chunk(UUID(id_), 0, "one"), births.chunk(UUID(id_), 1, "two"))
    await write(api, births.analyzed(UUID(id_)))
    await rerun(api, id_, channels="split", start="0:30")
    assert await units(api, id_, 2) == {("plan", 0): "released"}
    late = (births.planned(UUID(id_), 2), births.chunk(UUID(id_), 0, "late"), births.analyzed(UUID(id_)))
    await write(api, *late)
    assert await units(api, id_, 2) == {("plan", 0): "released"}
    await write(api, in_run(2, births.planned(UUID(id_), 1)), *late)
    assert await units(api, id_, 2) == {("plan", 0): "done", ("chunk", 0): "released"}
    await write(api, *late, in_run(2, births.chunk(UUID(id_), 0, "new")))
    assert (await get(api, f"/v1/jobs/{id_}/transcript", format="txt")).text == "new\n"
    assert (await get(api, f"/v1/jobs/{id_}/transcript", format="txt", run=1)).text == "one\ntwo\n"


async def test_what_was_long_may_be_short_when_less_of_it_is_heard(api: Api) -> None:
    id_ = (await api.send(analyze="false")).json()["id"]
    await write(api, births.handed_back(UUID(id_)))
    await write(api, births.planned(UUID(id_), 2, channels=2))
    await write(api, births.chunk(UUID(id_), 0, "one"), births.chunk(UUID(id_), 1, "two"))
    job = (await rerun(api, id_, end="20")).json()
    assert (job["duration"], job["channels"], job["engine"]) == (None, 1, None)
    await write(api, in_run(2, births.short(UUID(id_), "one")))
    job = (await get(api, f"/v1/jobs/{id_}")).json()
    assert (job["status"], job["stages"][0]["units_total"]) == ("completed", 1)
    first = (await get(api, f"/v1/jobs/{id_}", run=1)).json()
    assert (first["duration"], first["channels"], first["stages"][0]["units_total"]) == (60, 2, 2)

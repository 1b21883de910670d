"""What happened to a job, and when: the gateway and the result-writer on a real database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from result_writer.handler import Rules, store_results
from scribeline.contracts.envelope import Envelope
from scribeline.contracts.unit import Handled, Stage
from scribeline.storage.database import EVERYBODY, Database
from tests.support import births
from tests.support.api import Api
from tests.support.births import handled, in_run
from tests.support.roles import as_writer

TRACE = "0af7651916cd43dd8448eb211c80319c"


async def write(database: Database, *batch: Envelope) -> None:
    rules = Rules(window=4, part_tokens=40)
    await store_results(batch, database=as_writer(database), rules=rules, committed=lambda: None)


async def timeline(api: Api, job: UUID, **query: Any) -> Any:
    async with api.client() as client:
        answer = await client.get(f"/v1/jobs/{job}/timeline", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def units(api: Api, job: UUID, **query: Any) -> dict[str, Any]:
    told = await timeline(api, job, **query)
    return {f"{unit['stage']}/{unit['index']}": unit for unit in told["units"]}


async def change(api: Api, statement: str, **values: Any) -> None:
    async with api.database.transaction(EVERYBODY) as session:
        await session.run(text(statement), values)


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


async def test_a_job_is_told_from_its_acceptance_to_its_end(api: Api) -> None:
    async with api.client() as client:
        files = {"audio": ("a.wav", b"a recording", "audio/wav")}
        traced = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
        job = UUID((await client.post("/v1/jobs", files=files, headers=traced)).json()["id"])
    told = await timeline(api, job)
    assert (told["status"], told["trace_id"], told["accepted_by"]) == ("queued", TRACE, "gateway")
    [unit] = told["units"]
    assert (unit["status"], unit["releases"], unit["began_at"], unit["finished_at"]) == (
        "released", 1, None, None,
    )  # fmt: skip
    assert (told["stages"][0]["released"], told["joins"], told["finished_at"]) == (1, [], None)
    assert [each["type"] for each in told["announcements"]] == ["job.accepted"]

    now = datetime.now(UTC)
    how = Handled(attempt=2, began_at=now, seconds=0.0, put_off_at=now)
    await write(api.database, handled(births.short(job, "Ask not."), how))
    await write(api.database, births.analyzed(job))
    told = await timeline(api, job)
    short, analyze = told["units"]
    assert (short["stage"], short["attempts"], short["status"]) == ("short", 2, "done")
    assert at(short["put_off_at"]) == now
    assert at(short["created_at"]) <= at(short["released_at"]) <= at(short["began_at"])
    assert at(short["began_at"]) <= at(short["finished_at"]) <= at(analyze["released_at"])
    assert [stage["stage"] for stage in told["stages"]] == ["short", "analyze"]
    assert told["stages"][0]["attempts"] == 2
    [join] = told["joins"]
    assert (join["kind"], join["units"], join["last_stage"], join["last_index"]) == (
        "transcript", 1, "short", 0,
    )  # fmt: skip
    assert [each["type"] for each in told["announcements"]] == [
        "job.accepted", "transcript.completed", "analysis.completed", "job.completed",
    ]  # fmt: skip
    assert (told["status"], told["run"], told["runs"], told["error"]) == ("completed", 1, 1, None)
    assert told["missing"] == ["1 units ended without a worker that told when it began."]


async def test_what_the_broker_has_not_taken_yet_is_said(api: Api) -> None:
    job = (await births.born(api.database, Stage.SHORT)).id
    told = await timeline(api, job)
    assert (told["unsent"], [each["sent"] for each in told["announcements"]]) == (2, [False])
    await change(api, "DELETE FROM outbox")
    told = await timeline(api, job)
    assert (told["unsent"], [each["sent"] for each in told["announcements"]]) == (0, [True])


@pytest.mark.parametrize("hours", [-3, 3], ids=["late", "early"])
async def test_a_worker_whose_clock_is_wrong_still_works_between_release_and_outcome(
    api: Api, hours: int
) -> None:
    job = (await births.born(api.database, Stage.SHORT)).id
    await change(api, "UPDATE unit SET released_at = released_at - interval '10 s'")
    began = datetime.now(UTC) + timedelta(hours=hours)
    how = Handled(attempt=2, began_at=began, seconds=4.0, put_off_at=began - timedelta(seconds=1))
    await write(api.database, handled(births.short(job, "Ask not."), how))
    told = await timeline(api, job)
    unit = told["units"][0]
    ended = at(unit["began_at"]) + timedelta(seconds=4)
    assert (
        at(unit["released_at"])
        <= at(unit["put_off_at"])
        <= at(unit["began_at"])
        < ended
        <= at(unit["finished_at"])
    )
    assert 0 <= told["stages"][0]["queue_seconds"] <= 7


async def test_ten_hours_are_told_page_by_page_and_their_stages_in_one(api: Api) -> None:
    job = (await births.born(api.database)).id
    await write(api.database, births.planned(job, 600))
    await write(api.database, *(births.chunk(job, n, f"Piece {n}.") for n in range(5)))
    first = await timeline(api, job)
    plan, chunks = first["stages"]
    assert (plan["units"], plan["done"]) == (1, 1)
    assert (chunks["units"], chunks["done"], chunks["released"], chunks["waiting"]) == (600, 5, 4, 591)
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        page = await timeline(api, job, limit=250, **({"cursor": cursor} if cursor else {}))
        seen += [(unit["stage"], unit["index"]) for unit in page["units"]]
        cursor, pages = page["next"], pages + 1
    assert seen == [("plan", 0), *(("chunk", n) for n in range(600))]
    assert pages == 3
    assert [unit["index"] for unit in first["units"]] == [0, *range(99)]
    assert first["next"] == "chunk-98"


async def test_what_is_tried_again_is_told_apart_from_what_was_taken_over(api: Api) -> None:
    job = (await births.born(api.database, analyze=False)).id
    await write(api.database, births.planned(job, 2))
    await write(api.database, births.chunk(job, 0, "One."), births.failed(job, Stage.CHUNK, 1))
    await write(api.database, births.retry(job))
    again = await timeline(api, job)
    assert (again["run"], again["runs"], again["input_run"], again["accepted_by"]) == (
        2, 2, 1, None,
    )  # fmt: skip
    over = {f"{unit['stage']}/{unit['index']}": unit["taken_over"] for unit in again["units"]}
    assert over == {"plan/0": True, "chunk/0": True, "chunk/1": False}
    plan, chunks = again["stages"]
    assert (plan["units"], plan["taken_over"], plan["created_at"]) == (1, 1, None)
    assert (chunks["units"], chunks["taken_over"], chunks["released"]) == (2, 1, 1)
    assert again["announcements"] == []

    await write(api.database, in_run(2, births.chunk(job, 1, "Two.")))
    again, before = await timeline(api, job), await timeline(api, job, run=1)
    assert [join["last_index"] for join in again["joins"]] == [1]
    assert (before["run"], before["runs"], before["accepted_by"]) == (1, 2, "gateway")
    failed = before["units"][-1]
    assert (failed["index"], failed["status"], failed["error"]["code"]) == (1, "failed", "unit_died")
    assert [each["type"] for each in before["announcements"]] == [
        "job.accepted", "transcript.completed", "job.completed",
    ]  # fmt: skip
    ids = {each["id"] for each in before["announcements"]}
    assert ids.isdisjoint(each["id"] for each in again["announcements"])


async def test_the_reports_of_parts_come_together_where_the_last_was_merged(api: Api) -> None:
    job = (await births.born(api.database)).id
    await write(api.database, births.planned(job, 3))
    await write(api.database, *(births.chunk(job, n, "Many words that fill a part. " * 9) for n in range(3)))
    parts = (await timeline(api, job))["stages"][-1]["units"]
    assert parts > 1
    await write(api.database, *(births.analyzed(job, n) for n in range(parts)))
    await write(api.database, births.merged(job))
    told = await timeline(api, job)
    assert [(join["kind"], join["units"], join["last_stage"]) for join in told["joins"]] == [
        ("transcript", 3, "chunk"), ("report", parts, "merge"),
    ]  # fmt: skip


async def test_a_failed_and_a_cancelled_job_tell_how_far_they_came(api: Api) -> None:
    failed = (await births.born(api.database, Stage.SHORT)).id
    await write(api.database, births.failed(failed, Stage.SHORT))
    told = await timeline(api, failed)
    assert (told["status"], told["error"]["code"], told["joins"]) == ("failed", "unit_died", [])
    assert told["stages"][0]["failed"] == 1
    gone = (await births.born(api.database)).id
    await write(api.database, births.planned(gone, 6))
    await write(api.database, births.cancel(gone))
    told = await timeline(api, gone)
    assert (told["status"], told["stages"][1]["cancelled"]) == ("cancelled", 6)
    assert [unit["released_at"] is None for unit in told["units"]] == [False] * 5 + [True] * 2


async def test_what_is_not_kept_any_more_is_said(api: Api) -> None:
    job = (await births.born(api.database, Stage.SHORT)).id
    await write(api.database, births.failed(job, Stage.SHORT))
    await change(api, "DELETE FROM event")
    told = await timeline(api, job)
    assert (told["announcements"], told["accepted_by"]) == ([], None)
    assert told["missing"][0] == (
        "2 announcements of this job, in all its runs, are not kept any more: they are for 7 days."
    )


async def test_what_was_sent_to_webhooks_is_told_to_whom_they_belong(api: Api) -> None:
    await api.add_key("sl_ann", owner="ann", scopes=["jobs:read", "jobs:write"])
    async with api.client() as everybody:
        hook = (await everybody.post("/v1/webhooks", json={"url": "https://hooks.example"})).json()["id"]
    job = UUID((await api.send(key="sl_ann")).json()["id"])
    tries = '[{"at": "2026-11-22T00:00:00Z", "status": 500, "error": "500", "body": "no", "seconds": 1.5}]'
    await change(
        api,
        """INSERT INTO delivery (id, tenant, owner, webhook, lane, event, job, type, status, attempts, tries,
                                 next_attempt_at, replays, created_at)
           SELECT gen_random_uuid(), tenant, owner, :hook, 'x', id, job, type, 'pending', 1,
                  CAST(:tries AS jsonb), now(), 0, now() FROM event WHERE job = :job""",
        hook=UUID(hook),
        job=job,
        tries=tries,
    )
    [told] = (await timeline(api, job))["deliveries"]
    assert (told["type"], told["status"], told["webhook"]) == ("job.accepted", "pending", hook)
    assert told["tries"] == [
        {"at": "2026-11-22T00:00:00Z", "status": 500, "error": "500", "seconds": 1.5},
    ]
    async with api.client("sl_ann") as ann:
        hers = (await ann.get(f"/v1/jobs/{job}/timeline")).json()
    assert (hers["deliveries"], len(hers["announcements"])) == ([], 1)


@pytest.mark.parametrize("cursor", ["", "chunk", "chunk-", "song-1", "chunk-99999999999", "chunk-²"])
async def test_a_cursor_that_no_page_ended_with_is_refused(api: Api, cursor: str) -> None:
    job = (await births.born(api.database, Stage.SHORT)).id
    async with api.client() as client:
        answer = await client.get(f"/v1/jobs/{job}/timeline", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


async def test_a_unit_of_an_earlier_run_is_asked_for_by_that_run(api: Api) -> None:
    job = (await births.born(api.database, Stage.SHORT, analyze=False)).id
    await write(api.database, births.short(job, "Ask not."))
    async with api.client() as client:
        assert (await client.post(f"/v1/jobs/{job}/rerun")).status_code == 202
        missing = await client.get(f"/v1/jobs/{job}/timeline", params={"run": 3})
    assert (await units(api, job))["short/0"]["status"] == "released"
    assert (await units(api, job, run=1))["short/0"]["status"] == "done"
    assert missing.status_code == 404

"""Many jobs cancelled, deleted and tried again at once, with a real database and a real object store."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from gateway.bulk import actions, choice
from result_writer.handler import Rules, store_results
from scribeline.contracts.envelope import Envelope, decode
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.job import CancelJob, JobRequest, RetryFailed
from scribeline.contracts.unit import Stage
from scribeline.storage.database import EVERYBODY
from tests.support import births
from tests.support.api import KEY, Api
from tests.support.roles import as_writer


async def write(api: Api, *batch: Envelope) -> None:
    await store_results(batch, database=as_writer(api.database), rules=Rules(), committed=lambda: None)


async def requests(api: Api) -> list[Envelope]:
    """What was asked of the result-writer, and is not asked any more."""
    async with api.database.transaction(EVERYBODY) as session:
        rows = (await session.run(text("DELETE FROM outbox RETURNING body"))).all()
    return [e for e in (decode(bytes(row.body)) for row in rows) if isinstance(e.data, JobRequest)]


async def sent(api: Api, key: str = KEY, **fields: str) -> str:
    id_: str = (await api.send(b"abc", key=key, **fields)).json()["id"]
    return id_


async def completed(api: Api, **fields: str) -> str:
    id_ = await sent(api, analyze="false", **fields)
    await write(api, births.short(UUID(id_), "said"))
    return id_


async def failed(api: Api, **fields: str) -> str:
    id_ = await sent(api, **fields)
    await write(api, births.failed(UUID(id_), Stage.SHORT))
    return id_


async def cancelled(api: Api, **fields: str) -> str:
    id_ = await sent(api, **fields)
    await write(api, births.cancel(UUID(id_)))
    return id_


async def bulk(api: Api, key: str = KEY, **body: Any) -> dict[str, Any]:
    async with api.client(key) as client:
        answer = await client.post("/v1/jobs/bulk", json=body)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


async def statuses(api: Api) -> dict[str, str]:
    """By id, of the jobs that are there."""
    async with api.client() as client:
        return {job["id"]: job["status"] for job in (await client.get("/v1/jobs")).json()["jobs"]}


async def test_jobs_under_way_are_cancelled_and_marked_and_the_others_are_told_why_not(api: Api) -> None:
    over = [await completed(api, tags="x"), await failed(api, tags="x"), await cancelled(api, tags="x")]
    running = [await sent(api, tags="x") for _ in range(2)]
    other = await sent(api)
    await requests(api)
    told = await bulk(api, action="cancel", filter={"tag": ["x"]})
    assert (told["changed"], told["skipped"]) == (2, {"job_ended": 2, "cancelled": 1})
    assert (sorted(told["jobs"]), told["next"], told["interrupted"]) == (sorted(running), None, None)
    assert {f"acme/{id_}/cancelled" for id_ in running} <= set(api.stored())
    assert f"acme/{other}/cancelled" not in api.stored()
    await write(api, *await requests(api))
    after = await statuses(api)
    assert [after[id_] for id_ in (*running, other)] == ["cancelled", "cancelled", "queued"]
    assert [after[id_] for id_ in over] == ["completed", "failed", "cancelled"]


async def test_jobs_are_deleted_and_what_is_under_way_is_cancelled(api: Api) -> None:
    gone = [await completed(api, tags="x"), await sent(api, tags="x")]
    stays = await sent(api)
    await requests(api)
    told = await bulk(api, action="delete", filter={"tag": ["x"]})
    assert (told["changed"], told["skipped"]) == (2, {})
    assert list(await statuses(api)) == [stays]
    assert f"acme/{gone[1]}/cancelled" in api.stored()
    asked = await requests(api)
    assert [(type(each.data), str(each.data.job)) for each in asked if isinstance(each.data, JobRequest)] == [
        (CancelJob, gone[1])
    ]
    again = await bulk(api, action="delete", filter={"tag": ["x"]})
    assert (again["changed"], again["skipped"]) == (0, {})


async def test_what_failed_is_tried_again(api: Api) -> None:
    wanted = await failed(api)
    await completed(api)
    await cancelled(api)
    await sent(api)
    await requests(api)
    told = await bulk(api, action="retry", all=True)
    assert (told["changed"], told["jobs"]) == (1, [wanted])
    assert told["skipped"] == {"nothing_failed": 2, "job_running": 1}
    asked = await requests(api)
    assert [type(each.data) for each in asked] == [RetryFailed]
    await write(api, *asked)
    assert (await statuses(api))[wanted] == "queued"
    again = await bulk(api, action="retry", all=True)
    assert (again["changed"], again["skipped"]) == (0, {"nothing_failed": 2, "job_running": 2})


@pytest.mark.parametrize("action", ["cancel", "delete", "retry", "rerun"])
async def test_a_dry_run_tells_the_same_and_changes_nothing(api: Api, action: str) -> None:
    await failed(api, tags="x")
    await sent(api, tags="x")
    await sent(api)
    before = await statuses(api)
    await requests(api)
    dry = await bulk(api, action=action, filter={"tag": ["x"]}, dry_run=True)
    assert dry["dry_run"] is True
    assert await statuses(api) == before
    assert await requests(api) == []
    assert not [key for key in api.stored() if key.endswith("cancelled")]
    done = await bulk(api, action=action, filter={"tag": ["x"]})
    same = ("changed", "skipped", "jobs", "next")
    assert {name: dry[name] for name in same} == {name: done[name] for name in same}


async def test_jobs_are_run_again_with_other_options(api: Api) -> None:
    over = [await completed(api), await failed(api), await cancelled(api)]
    running = await sent(api)
    told = await bulk(api, action="rerun", all=True, options={"language": "de", "analyze": False})
    assert (told["jobs"], told["skipped"]) == (over[::-1], {"job_running": 1})
    async with api.client() as client:
        for id_ in over:
            job = (await client.get(f"/v1/jobs/{id_}")).json()
            assert (job["run"], job["status"], job["options"]["language"]) == (2, "queued", "de")
        assert (await client.get(f"/v1/jobs/{running}")).json()["run"] == 1
    again = await bulk(api, action="rerun", all=True)
    assert (again["changed"], again["skipped"]) == (0, {"job_running": 4})


async def test_only_the_analysis_is_run_again_where_there_is_a_transcript(api: Api) -> None:
    wanted = await completed(api)
    await failed(api)
    body: dict[str, Any] = {"action": "rerun", "all": True, "options": {"stage": "analysis"}}
    for dry_run in (True, False):
        told = await bulk(api, **body, dry_run=dry_run)
        assert (told["jobs"], told["skipped"]) == ([wanted], {"transcript_incomplete": 1})


async def test_a_job_whose_own_options_forbid_it_is_skipped_and_the_others_are_run_again(api: Api) -> None:
    fits = await completed(api)
    await completed(api, start="10", end="20")
    told = await bulk(api, action="rerun", all=True, options={"end": 5})
    assert (told["jobs"], told["skipped"]) == ([fits], {"invalid_parameter": 1})


async def test_a_dry_run_counts_all_and_is_not_bound_by_the_limit(api: Api) -> None:
    made = [await sent(api) for _ in range(3)]
    told = await bulk(api, action="cancel", all=True, dry_run=True, limit=1)
    assert (told["changed"], told["jobs"]) == (3, made[::-1])


async def test_many_jobs_are_done_in_steps_that_follow_each_other(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "AT_ONCE", 2)
    made = [await sent(api, tags="x") for _ in range(7)]
    cursor: dict[str, str] = {}
    done: list[str] = []
    for _ in range(5):
        told = await bulk(api, action="cancel", filter={"tag": ["x"]}, limit=3, **cursor)
        done += told["jobs"]
        if told["next"] is None:
            break
        cursor = {"cursor": told["next"]}
    assert done == made[::-1], "although the writer has cancelled none of them yet"


async def test_a_filter_is_that_of_the_list(api: Api) -> None:
    one = await sent(api, metadata='{"call": {"id": 7}, "kind": "a"}', tags="x,y")
    await sent(api, metadata='{"call": {"id": 8}}', tags="x")
    for filter_ in (
        {"metadata": {"call": {"id": 7}}},
        {"tag": ["x", "y"]},
        {"tag": ["x"], "metadata": {"kind": "a"}, "created_after": "2020-01-01T00:00:00Z"},
    ):
        assert (await bulk(api, action="cancel", filter=filter_, dry_run=True))["jobs"] == [one]
    assert (await bulk(api, action="cancel", filter={"status": ["failed"]}, dry_run=True))["changed"] == 0


async def test_others_jobs_are_not_touched(api: Api) -> None:
    await api.add_key("sl_ann", owner="ann")
    await api.add_key("sl_other", tenant="other")
    await api.add_key("sl_reader", scopes=["jobs:read"])
    hers, ours = await sent(api, key="sl_ann"), await sent(api)
    await sent(api, key="sl_other")
    for dry_run in (True, False):
        told = await bulk(api, "sl_ann", action="delete", all=True, dry_run=dry_run)
        assert (told["changed"], told["jobs"], told["skipped"]) == (1, [hers], {})
    assert list(await statuses(api)) == [ours]
    told = await bulk(api, "sl_ann", action="delete", filter={"owner": "bob"})
    assert told["changed"] == 0
    async with api.client("sl_reader") as client:
        assert (await client.post("/v1/jobs/bulk", json={"action": "delete", "all": True})).status_code == 403
    async with api.client("sl_other") as client:
        assert len((await client.get("/v1/jobs")).json()["jobs"]) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "delete"}, ""),
        ({"action": "delete", "filter": {}}, ""),
        ({"action": "delete", "filter": {"status": [], "tag": []}}, ""),
        ({"action": "delete", "filter": {"metadata": {}}}, ""),
        ({"action": "delete", "filter": {"owner": None}}, ""),
        ({"action": "delete", "all": True, "filter": {"tag": ["x"]}}, ""),
        ({"action": "delete", "all": "true"}, "all"),
        ({"action": "delete", "all": True, "options": {"stage": "analysis"}}, ""),
        ({"action": "rerun", "all": True, "options": {"colour": "red"}}, "colour"),
        ({"action": "rerun", "all": True, "options": {"colour": "red"}, "dry_run": True}, "colour"),
        ({"action": "rerun", "all": True, "options": []}, "options"),
        ({"action": "explode", "all": True}, "action"),
        ({"all": True}, "action"),
        ({"action": "delete", "all": True, "limit": 1001}, "limit"),
        ({"action": "delete", "all": True, "limit": 0}, "limit"),
        ({"action": "delete", "all": True, "cursor": "x"}, "cursor"),
        ({"action": "delete", "filter": {"status": ["done"]}}, "filter.status.0"),
        ({"action": "delete", "filter": {"metadata": "{}"}}, "filter.metadata"),
        ({"action": "delete", "filter": {"colour": "red"}}, "filter.colour"),
        ({"action": "delete", "filter": {"created_after": 0}}, "filter.created_after"),
        ({"action": "delete", "filter": {"created_after": "0"}}, "filter.created_after"),
        ({"action": "delete", "filters": {"tag": ["x"]}}, "filters"),
        ([], "body"),
    ],
)
async def test_a_request_that_says_too_little_or_too_much_changes_nothing(
    api: Api, body: Any, field: str
) -> None:
    await sent(api)
    before = await statuses(api)
    async with api.client() as client:
        answer = await client.post("/v1/jobs/bulk", json=body)
    assert answer.status_code == 422, answer.text
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert await statuses(api) == before


async def test_without_the_store_jobs_are_cancelled_all_the_same(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = _broken_store(api, monkeypatch, "put")
    made = [await sent(api) for _ in range(20)]
    told = await bulk(api, action="cancel", all=True)
    assert told["changed"] == len(made)
    assert len(tries) <= 8, "a store that does not answer is not asked for each job"
    assert len(await requests(api)) == len(made)


async def test_without_the_store_what_failed_is_tried_again_all_the_same(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await failed(api)
    await requests(api)
    _broken_store(api, monkeypatch, "remove")
    async with api.client() as client:
        assert (await client.post(f"/v1/jobs/{job}/retry")).status_code == 202
    told = await bulk(api, action="retry", all=True)
    assert (told["changed"], told["interrupted"]) == (1, None)
    assert len(await requests(api)) == 2


async def test_trouble_in_the_middle_leaves_what_was_done_and_says_where_to_go_on(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [await failed(api) for _ in range(3)]
    await requests(api)
    monkeypatch.setattr(actions, "AT_ONCE", 1)
    judged, batches = choice.judged, []

    async def away_in_the_second(*given: Any) -> Any:
        batches.append(given)
        if len(batches) > 1:
            raise DependencyDown("database", "nobody is there")
        return await judged(*given)

    with monkeypatch.context() as trouble:
        trouble.setattr(choice, "judged", away_in_the_second)
        told = await bulk(api, action="retry", all=True)
    assert (told["jobs"], told["interrupted"], told["next"]) == ([made[2]], "database_unavailable", made[2])
    rest = await bulk(api, action="retry", all=True, cursor=told["next"])
    assert (rest["jobs"], rest["interrupted"], rest["next"]) == ([made[1], made[0]], None, None)
    assert len(await requests(api)) == 3


def _broken_store(api: Api, monkeypatch: pytest.MonkeyPatch, method: str) -> list[Any]:
    """That method of the store finds nobody; gives the calls."""
    tries = []

    async def broken(_: Any, *given: Any) -> Any:
        tries.append(given)
        raise DependencyDown("store", "nobody is there")

    monkeypatch.setattr(type(api.store), method, broken)
    return tries


async def test_a_job_that_is_not_what_the_filter_says_any_more_is_left_alone(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, second = await failed(api), await failed(api)
    page = choice.page

    async def meanwhile(*given: Any) -> Sequence[UUID]:
        found: Sequence[UUID] = await page(*given)
        await write(api, births.retry(UUID(job)))
        return found

    monkeypatch.setattr(choice, "page", meanwhile)
    told = await bulk(api, action="delete", filter={"status": ["failed"]})
    assert (told["jobs"], told["skipped"]) == ([second], {"not_found": 1})
    assert await statuses(api) == {job: "queued"}

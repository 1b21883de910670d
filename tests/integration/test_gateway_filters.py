"""Jobs found by what they are and have, on the real database."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from tests.support.api import Api

MADE: dict[str, dict[str, Any]] = {
    "call": {"tags": "sales,north", "metadata": '{"customer": {"id": 7}, "kind": "call"}'},
    "talk": {"tags": "north", "metadata": '{"customer": {"id": 8}}'},
    "note": {"metadata": '{"kind": "call", "langs": ["de", "en"]}'},
}


@pytest.fixture
async def jobs(api: Api) -> dict[str, str]:
    """Ids by name, the oldest first; of two users, and one has failed."""
    await api.add_key("sl_ann", owner="ann")
    keys = {"call": "sl_ann"}
    made = {
        name: (await api.send(key=keys.get(name, "sl_integration"), **fields)).json()["id"]
        for name, fields in MADE.items()
    }
    dated = text("UPDATE job SET created_at = :moment WHERE id = :id")
    async with api.database.transaction() as session:
        for day, id_ in enumerate(made.values(), start=1):
            await session.run(dated, {"moment": datetime(2026, 11, day, 12, tzinfo=UTC), "id": id_})
        await session.run(text("UPDATE job SET status = 'failed' WHERE id = :id"), {"id": made["talk"]})
    return made


async def listed(api: Api, **query: Any) -> list[str]:
    async with api.client() as client:
        answer = await client.get("/v1/jobs", params=query)
    assert answer.status_code == 200, answer.text
    return [job["id"] for job in answer.json()["jobs"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "note talk call"),
        ({"order": "oldest"}, "call talk note"),
        ({"status": "failed"}, "talk"),
        ({"status": ["failed", "queued"]}, "note talk call"),
        ({"status": "completed"}, ""),
        ({"tag": "north"}, "talk call"),
        ({"tag": ["north", "sales"]}, "call"),
        ({"tag": "nort"}, ""),
        ({"owner": "ann"}, "call"),
        ({"owner": "bob"}, ""),
        ({"created_after": "2026-11-02T12:00:00Z"}, "note talk"),
        ({"created_before": "2026-11-02T13:00:00+01:00"}, "call"),
        (
            {"created_after": "0001-01-01T00:00:00Z", "created_before": "9999-12-31T23:59:59Z"},
            "note talk call",
        ),
        ({"created_after": "2026-11-02T00:00:00Z", "created_before": "2026-11-03T00:00:00Z"}, "talk"),
        ({"metadata": '{"kind": "call"}'}, "note call"),
        ({"metadata": '{"customer": {"id": 7}}'}, "call"),
        ({"metadata": '{"langs": ["en"]}'}, "note"),
        ({"metadata": '{"customer": {"id": "7"}}'}, ""),
        ({"metadata": "{}"}, "note talk call"),
        ({"tag": "north", "status": "failed"}, "talk"),
    ],
)
async def test_a_filter_finds_the_jobs_that_have_all_of_it(
    api: Api, jobs: dict[str, str], query: dict[str, Any], expected: str
) -> None:
    assert await listed(api, **query) == [jobs[name] for name in expected.split()]


@pytest.mark.parametrize("order", ["newest", "oldest"])
async def test_pages_of_a_filter_follow_each_other(api: Api, jobs: dict[str, str], order: str) -> None:
    query: dict[str, Any] = {"metadata": '{"kind": "call"}', "order": order, "limit": 1}
    whole = await listed(api, **{**query, "limit": 9})
    found: list[str] = []
    cursor: dict[str, str] = {}
    async with api.client() as client:
        for _ in range(3):
            page = (await client.get("/v1/jobs", params={**query, **cursor})).json()
            found += [job["id"] for job in page["jobs"]]
            cursor = {"cursor": page["next"]}
            if page["next"] is None:
                break
    assert found == whole
    assert len(whole) == 2


async def test_a_user_finds_no_job_of_another_by_any_filter(api: Api, jobs: dict[str, str]) -> None:
    async with api.client("sl_ann") as client:
        for query in ({}, {"owner": "bob"}, {"tag": "north"}):
            found = (await client.get("/v1/jobs", params=query)).json()["jobs"]
            assert {job["owner"] for job in found} <= {"ann"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "done"}, "status.0"),
        ({"tag": ""}, "tag.0"),
        ({"tag": "a\0b"}, "tag"),
        ({"owner": "a\0b"}, "owner"),
        ({"owner": "x" * 129}, "owner"),
        ({"created_after": "yesterday"}, "created_after"),
        ({"created_after": "0.5"}, "created_after"),
        ({"created_after": "2026-11-02T00:00:00"}, "created_after"),
        ({"created_after": "1e9"}, "created_after"),
        ({"created_after": "0001-01-01T00:00:00+23:59"}, "created_after"),
        ({"created_before": "9999-12-31T23:59:59-23:59"}, "created_before"),
        ({"metadata": "7"}, "metadata"),
        ({"metadata": "{"}, "metadata"),
        ({"metadata": '{"a": NaN}'}, "metadata"),
        ({"metadata": '{"a": "' + "x" * 9000 + '"}'}, "metadata"),
        ({"order": "random"}, "order"),
        ({"limit": 201}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_filter_that_means_nothing_is_told_so(api: Api, query: dict[str, Any], field: str) -> None:
    async with api.client() as client:
        answer = await client.get("/v1/jobs", params=query)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


OUTSIDE = "0001-01-01T00:00:00+23:59"


async def test_a_moment_outside_of_the_calendar_is_refused_wherever_one_is_named(api: Api) -> None:
    body = {"action": "delete", "filter": {"created_after": OUTSIDE}, "dry_run": True}
    async with api.client() as client:
        answers = [
            await client.get("/v1/search", params={"q": "said", "created_after": OUTSIDE}),
            await client.post("/v1/jobs/bulk", json=body),
            await client.post("/v1/keys", json={"expires_at": "9999-12-31T23:59:59-23:59"}),
        ]
    assert [answer.status_code for answer in answers] == [422] * 3
    fields = [answer.json()["errors"][0]["field"] for answer in answers]
    assert fields == ["created_after", "filter.created_after", "expires_at"]

"""What an operator allows a tenant, what is refused because of it, and what was used."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from gateway.auth import Scope
from gateway.limits.quotas import check
from gateway.problems import Problem
from result_writer.handler import Rules, store_results
from scribeline.contracts.codes import Code
from scribeline.contracts.unit import Stage
from scribeline.storage import usage
from scribeline.storage.database import EVERYBODY
from scribeline.storage.usage import Used
from tests.support import births
from tests.support.api import AUDIO, KEY, Api
from tests.support.births import born
from tests.support.roles import as_gateway, as_writer

MINUTES = "audio_minutes_per_month"
APP = "sl_an_app"
"""A key without the scope admin."""
TENANTS = "/v1/admin/tenants"


async def allow(api: Api, **limits: Any) -> dict[str, Any]:
    async with api.client() as client:
        answer = await client.patch(f"{TENANTS}/acme", json=limits)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def write(api: Api, *messages: Any) -> None:
    await store_results(messages, database=as_writer(api.database), rules=Rules(), committed=lambda: None)


async def report(api: Api, query: str = "", key: str = KEY) -> dict[str, Any]:
    async with api.client(key) as client:
        answer = await client.get(f"/v1/usage{query}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def use(api: Api, day: date, tenant: str = "acme", **counts: float) -> None:
    """As if it had been that day."""
    async with api.database.transaction() as session:
        session.info["clock"] = datetime.combine(day, datetime.min.time(), UTC)
        await usage.add(session, [Used(tenant, **counts)])  # type: ignore[arg-type]  # ints and floats


async def today(api: Api) -> date:
    async with api.database.transaction() as session:
        return await usage.today(session)


async def test_a_setting_that_is_not_named_stays_as_it_is_and_null_is_the_default_again(api: Api) -> None:
    await allow(api, retention_days=30, jobs_in_flight=5)
    told = await allow(api, bytes_per_month=10)
    assert (told["retention_days"], told["jobs_in_flight"], told["bytes_per_month"]) == (30, 5, 10)
    async with api.client() as client:
        put = (await client.put(f"{TENANTS}/acme", json={"retention_days": 7})).json()
    assert (put["retention_days"], put["jobs_in_flight"], put["bytes_per_month"]) == (7, 5, 10)
    told = await allow(api, jobs_in_flight=None, retention_days=None)
    assert (told["retention_days"], told["jobs_in_flight"], told["bytes_per_month"]) == (None, None, 10)
    async with api.client() as client:
        assert (await client.get(f"{TENANTS}/acme")).json() == told
        assert (await client.get(TENANTS)).json()["tenants"] == [told]


async def test_a_tenant_is_made_once(api: Api) -> None:
    async with api.client() as client:
        made = await client.post(TENANTS, json={"name": "new", "jobs_in_flight": 3})
        assert (made.status_code, made.json()["jobs_in_flight"]) == (201, 3)
        assert (await client.get(made.headers["location"])).json() == made.json()
        again = await client.post(TENANTS, json={"name": "new"})
        assert (again.status_code, again.json()["code"]) == (409, "tenant_exists")
        assert (await client.get(f"{TENANTS}/new")).json() == made.json()


@pytest.mark.parametrize("name", ["none", "*", "%00", "ACME", "a%2Fb", "x" * 5000])
async def test_a_tenant_that_is_not_there_is_not_found_whatever_its_name(api: Api, name: str) -> None:
    async with api.client() as client:
        answers = [
            await client.get(f"{TENANTS}/{name}"),
            await client.get(f"{TENANTS}/{name}/usage"),
            await client.patch(f"{TENANTS}/{name}", json={"jobs_in_flight": 1}),
        ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"jobs_in_flight": -1}, "jobs_in_flight"),
        ({"bytes_per_month": 10**15 + 1}, "bytes_per_month"),
        ({MINUTES: "many"}, MINUTES),
        ({"models_allowed": []}, "models_allowed"),
        ({"models_allowed": ["../x"]}, "models_allowed.0"),
        ({"requests_burst": 0}, "requests_burst"),
        ({"requests_per_second": 1e-310}, "requests_per_second"),
        ({"requests_per_second": 0.0009}, "requests_per_second"),
        ({"quota": 1}, "quota"),
        ({}, ""),
    ],
)
async def test_a_wrong_setting_is_named_and_nothing_changes(
    api: Api, body: dict[str, Any], field: str
) -> None:
    async with api.client() as client:
        before = (await client.get(f"{TENANTS}/acme")).json()
        answer = await client.patch(f"{TENANTS}/acme", json={**body})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
        assert (await client.get(f"{TENANTS}/acme")).json() == before


async def test_tenants_are_for_operators_only(api: Api) -> None:
    await api.add_key(APP, scopes=[Scope.JOBS_READ, Scope.JOBS_WRITE])
    async with api.client(APP) as client:
        answers = [
            await client.get(f"{TENANTS}/acme"),
            await client.patch(f"{TENANTS}/acme", json={"jobs_in_flight": 9}),
            await client.post(TENANTS, json={"name": "mine"}),
            await client.get(f"{TENANTS}/acme/usage"),
        ]
    assert [answer.status_code for answer in answers] == [403] * 4


async def test_a_job_more_than_may_be_in_flight_is_refused_until_one_has_ended(api: Api) -> None:
    await allow(api, jobs_in_flight=1)
    first = (await api.send()).json()
    refused = await api.send()
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_jobs")
    assert int(refused.headers["retry-after"]) > 0
    assert len(api.stored()) == await api.count("job") == 1
    await write(api, births.failed(first["id"], Stage.SHORT))
    assert (await api.send()).status_code == 202


async def test_of_many_at_once_exactly_as_many_as_are_allowed_get_a_place(api: Api) -> None:
    await allow(api, jobs_in_flight=3)
    answers = await asyncio.gather(*(api.send() for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [202] * 3 + [429] * 5
    assert len(api.stored()) == await api.count("job") == 3


async def test_a_request_sent_again_finds_its_job_when_there_is_room_for_no_other(api: Api) -> None:
    await allow(api, jobs_in_flight=1)
    first = await api.send(idempotency="a")
    again = await api.send(idempotency="a")
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert (await api.send(idempotency="b")).status_code == 429


async def test_bytes_are_taken_in_up_to_the_quota_and_no_further(api: Api) -> None:
    await allow(api, bytes_per_month=2 * len(AUDIO))
    assert [(await api.send()).status_code for _ in range(2)] == [202, 202]
    refused = await api.send(b"x")
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
    assert f"{2 * len(AUDIO) + 1} of {2 * len(AUDIO)} bytes" in refused.json()["detail"]
    assert 0 < int(refused.headers["retry-after"]) <= 86_400
    assert (await report(api))["limits"]["bytes_per_month"]["left"] == 0


async def test_a_recording_that_is_larger_than_what_is_left_leaves_nothing(api: Api) -> None:
    await allow(api, bytes_per_month=len(AUDIO) - 1)
    assert (await api.send()).json()["code"] == "quota_exceeded"
    assert (api.stored(), await api.count("job"), await api.count("usage")) == ([], 0, 0)


async def test_a_body_that_cannot_fit_is_refused_unread(api: Api) -> None:
    await allow(api, bytes_per_month=1000)
    read = 0

    async def endless() -> Any:
        nonlocal read
        while True:
            read += 1
            yield bytes(2**16)

    async with api.client() as client:
        headers = {"Content-Type": "audio/wav", "Content-Length": str(2**32)}
        answer = await client.post("/v1/jobs", content=endless(), headers=headers)
    assert answer.json()["code"] == "quota_exceeded"
    assert read * 2**16 < 16 * 2**20  # what is drained for the answer's sake


async def test_minutes_count_once_decoded_and_the_last_recording_may_exceed_them(api: Api) -> None:
    await allow(api, **{MINUTES: 1})
    job = (await api.send()).json()
    assert (await api.send()).status_code == 202
    await write(api, births.planned(job["id"], 3))  # of another lane: no such unit
    assert (await api.send()).status_code == 202
    long = await born(api.database, Stage.PLAN)
    await write(api, births.planned(long.id, 3))
    refused = await api.send()
    assert refused.json()["code"] == "quota_exceeded"
    assert "1.5 of 1 minutes" in refused.json()["detail"]
    assert (await report(api))["limits"][MINUTES] == {"used": 1.5, "allowed": 1, "left": 0}


async def test_what_was_used_last_month_does_not_count_against_this_one(api: Api) -> None:
    first = (await today(api)).replace(day=1)
    await use(api, first - timedelta(days=1), bytes=10**6, audio_seconds=6000.0)
    await allow(api, bytes_per_month=len(AUDIO), **{MINUTES: 1})
    assert (await api.send()).status_code == 202


async def test_a_model_that_is_not_the_tenants_is_refused_and_not_listed(api: Api) -> None:
    api.settings = api.settings.model_copy(update={"models_allowed": ("small", "large")})
    await allow(api, models_allowed=["base", "small"])
    refused = await api.send(model="large")
    assert (refused.status_code, refused.json()["code"]) == (422, "model_not_allowed")
    assert (await api.send(model="small")).status_code == 202
    async with api.client() as client:
        models = (await client.get("/v1/models")).json()["data"]
        assert [model["id"] for model in models] == ["base", "small", "whisper-1"]
        assert (await client.get("/v1/models/large")).status_code == 404
        files = {"file": ("a.wav", AUDIO)}
        answer = await client.post("/v1/audio/transcriptions", files=files, data={"model": "large"})
        assert answer.json()["error"]["code"] == "model_not_found"
        unknown = await client.patch(f"{TENANTS}/acme", json={"models_allowed": ["huge"]})
        assert (unknown.status_code, unknown.json()["code"]) == (422, "model_not_allowed")


async def test_a_tenant_without_the_default_model_has_to_name_one(api: Api) -> None:
    api.settings = api.settings.model_copy(update={"models_allowed": ("small",)})
    await allow(api, models_allowed=["small"])
    refused = await api.send()
    assert (refused.json()["code"], "choose of small" in refused.json()["detail"]) == (
        "model_not_allowed",
        True,
    )


async def test_one_tenants_limits_are_not_anothers(api: Api) -> None:
    await api.add_key("sl_other", tenant="other")
    await allow(api, jobs_in_flight=0)
    assert (await api.send()).status_code == 429
    assert (await api.send(key="sl_other")).status_code == 202


async def test_usage_tells_what_was_done_by_day_also_when_the_jobs_are_gone(api: Api) -> None:
    day = await today(api)
    await use(api, day - timedelta(days=1), jobs=2, bytes=5, prompt_tokens=7, completion_tokens=3)
    job = (await api.send()).json()
    async with api.database.transaction(EVERYBODY) as session:
        await session.run(text("DELETE FROM job"))
    told = await report(api, f"?from={day - timedelta(days=1)}")
    assert (told["tenant"], told["from"], told["to"]) == (
        "acme",
        str(day - timedelta(days=1)),
        str(day),
    )
    assert [(d["day"], d["jobs"], d["bytes"]) for d in told["days"]] == [
        (str(day - timedelta(days=1)), 2, 5),
        (str(day), 1, job["bytes"]),
    ]
    assert told["total"] == {
        "jobs": 3,
        "bytes": job["bytes"] + 5,
        "audio_seconds": 0,
        "prompt_tokens": 7,
        "completion_tokens": 3,
    }
    assert told["limits"]["jobs_in_flight"] == {"used": 0, "allowed": None, "left": None}
    async with api.client() as client:
        operators = await client.get(f"{TENANTS}/acme/usage?from={day - timedelta(days=1)}")
    assert operators.json() == told


async def test_a_repeated_request_is_not_counted_again(api: Api) -> None:
    for _ in range(3):
        assert (await api.send(idempotency="a")).status_code == 202
    assert (await report(api))["total"]["jobs"] == 1


async def test_usage_is_the_tenants_own_and_not_for_one_of_its_users(api: Api) -> None:
    await api.add_key("sl_other", tenant="other", scopes=[Scope.JOBS_READ])
    await api.add_key("sl_ann", owner="ann")
    await api.send()
    assert (await report(api, key="sl_other"))["days"] == []
    async with api.client("sl_ann") as client:
        assert (await client.get("/v1/usage")).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-11-02&to=2026-11-01",
        "from=2025-01-01&to=2026-11-01",
        "from=2020-01-01",
        "from=1762000000",
        "to=20261101",
        "from=yesterday",
        "to=2026-02-30",
        "from=2026-11-01T00:00",
        "since=2026-11-01",
        "from=2026-11-01&from=2026-11-02&to=1",
    ],
)
async def test_a_wrong_span_of_days_is_refused(api: Api, query: str) -> None:
    async with api.client() as client:
        answer = await client.get(f"/v1/usage?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_parameter")


@pytest.mark.parametrize("query", ["?to=0001-01-01", "?from=9999-12-31", "?from=2024-01-01&to=2024-12-31"])
async def test_the_ends_of_the_calendar_and_a_whole_leap_year_can_be_asked_for(api: Api, query: str) -> None:
    assert (await report(api, query))["days"] == []


async def test_counting_jobs_in_flight_does_not_read_those_that_have_ended(api: Api) -> None:
    row = await born(api.database)
    async with api.database.transaction() as session:
        await session.run(
            text("""
                INSERT INTO job SELECT (jsonb_populate_record(job, jsonb_build_object(
                    'id', gen_random_uuid(), 'finished_at', now(), 'status', 'completed'))).*
                FROM job, generate_series(1, 5000) WHERE id = :id
            """),
            {"id": row.id},
        )
        await session.run(text("ANALYZE job"))
        plan = await session.run(
            text("EXPLAIN SELECT count(*) FROM job WHERE tenant = 'acme' AND finished_at IS NULL")
        )
        assert "job_in_flight" in "\n".join(line for (line,) in plan)
        assert (await usage.standing(session, "acme")).jobs_in_flight == 1


async def test_others_who_make_work_for_a_tenant_ask_the_same_question(api: Api) -> None:
    await allow(api, jobs_in_flight=2)
    await api.send()
    async with as_gateway(api.database).transaction("acme") as session:
        await check(session, "acme")
        with pytest.raises(Problem) as refused:
            await check(session, "acme", jobs=2)
    assert refused.value.code is Code.TOO_MANY_JOBS

"""Cancelling and deleting over HTTP, with a real database and a real object store."""

from uuid import UUID

import pytest
from sqlalchemy import text

from result_writer.handler import Rules, store_results
from result_writer.retention import Retention
from scribeline.contracts.envelope import Envelope, decode
from scribeline.contracts.job import JobRequest
from scribeline.contracts.unit import Stage
from tests.support import births
from tests.support.api import Api
from tests.support.roles import as_writer


async def write(api: Api, *batch: Envelope) -> None:
    await store_results(batch, database=as_writer(api.database), rules=Rules(), committed=lambda: None)


async def requests(api: Api) -> list[Envelope]:
    """What was asked of the result-writer, and is not asked any more."""
    async with api.database.transaction() as session:
        rows = (await session.run(text("DELETE FROM outbox RETURNING body"))).all()
    return [e for e in (decode(bytes(row.body)) for row in rows) if isinstance(e.data, JobRequest)]


async def test_a_job_is_cancelled_by_asking_the_writer_and_marking_it_for_the_workers(api: Api) -> None:
    job = (await api.send()).json()
    async with api.client() as client:
        asked = await client.post(f"/v1/jobs/{job['id']}/cancel")
        assert (asked.status_code, asked.json()["status"]) == (202, "queued")
        assert f"acme/{job['id']}/cancelled" in api.stored()
        await write(api, *await requests(api))
        found = (await client.get(f"/v1/jobs/{job['id']}")).json()
        assert (found["status"], found["message"], found["error"]) == ("cancelled", "Cancelled.", None)
        again = await client.post(f"/v1/jobs/{job['id']}/cancel")
        assert (again.status_code, again.json()) == (202, found)
    assert await requests(api) == []


async def test_a_job_that_has_ended_cannot_be_cancelled(api: Api) -> None:
    job = (await api.send(analyze="false")).json()
    await write(api, births.short(UUID(job["id"]), "said"))
    async with api.client() as client:
        refused = await client.post(f"/v1/jobs/{job['id']}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "job_ended")
    assert await requests(api) == []


async def test_a_deleted_job_is_not_there_any_more_and_then_nothing_of_it_is(api: Api) -> None:
    job = (await api.send(idempotency="k-1")).json()
    here = f"/v1/jobs/{job['id']}"
    async with api.client() as client:
        assert (await client.delete(here)).status_code == 204
        answers = [await client.get(here), await client.get(f"{here}/transcript"), await client.delete(here)]
        answers.append(await client.post(f"{here}/cancel"))
        assert [answer.status_code for answer in answers] == [404] * 4
        assert (await client.get("/v1/jobs")).json()["jobs"] == []
    assert (await api.send(idempotency="k-1")).json()["id"] != job["id"]
    await write(api, *await requests(api))
    await Retention(as_writer(api.database), api.store, lambda: None).remove_deleted()
    assert [key for key in api.stored() if job["id"] in key] == [f"acme/{job['id']}/cancelled"]
    async with api.database.transaction() as session:
        await session.run(
            text("UPDATE job SET finished_at = now() - interval '1 hour' WHERE deleted_at IS NOT NULL")
        )
    await Retention(as_writer(api.database), api.store, lambda: None).remove_deleted()
    assert [key for key in api.stored() if job["id"] in key] == []
    assert await api.count("job") == 1


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_nobody_ends_anothers_job(api: Api, method: str) -> None:
    await api.add_key("sl_ann", owner="ann")
    await api.add_key("sl_other", tenant="other")
    await api.add_key("sl_reader", scopes=["jobs:read"])
    job = (await api.send()).json()
    path = f"/v1/jobs/{job['id']}" + ("/cancel" if method == "POST" else "")
    statuses = []
    for key in ("sl_ann", "sl_other", "sl_reader"):
        async with api.client(key) as client:
            statuses.append((await client.request(method, path)).status_code)
    assert statuses == [404, 404, 403]
    async with api.client() as client:
        assert (await client.get(f"/v1/jobs/{job['id']}")).json()["status"] == "queued"


async def test_how_long_a_job_is_kept_is_told_with_it(api: Api) -> None:
    job = (await api.send(delete_after="P30D")).json()
    assert job["delete_after"] == "P30D"
    refused = await api.send(delete_after="-P1D")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "delete_after")


async def test_an_operator_says_how_long_a_tenants_jobs_are_kept(api: Api) -> None:
    await api.add_key("sl_user", scopes=["jobs:read", "jobs:write"])
    async with api.client() as client:
        [tenant] = (await client.get("/v1/admin/tenants")).json()["tenants"]
        assert (tenant["name"], tenant["retention_days"]) == ("acme", None)
        set_ = await client.put("/v1/admin/tenants/acme", json={"retention_days": 0})
        assert (set_.status_code, set_.json()["retention_days"]) == (200, 0)
        assert (await client.put("/v1/admin/tenants/none", json={"retention_days": 1})).status_code == 404
        for wrong in ({}, {"retention_days": -1}, {"retention_days": False}, {"retention_days": "7"}):
            assert (await client.put("/v1/admin/tenants/acme", json=wrong)).status_code == 422, wrong
    async with api.client("sl_user") as client:
        assert (await client.get("/v1/admin/tenants")).status_code == 403
    job = (await api.send(analyze="false")).json()
    await write(api, births.short(UUID(job["id"]), "said"))
    retention = Retention(as_writer(api.database), api.store, lambda: None)
    await retention.expire()
    await retention.remove_deleted()
    assert await api.count("job") == 0


async def test_a_user_has_what_failed_tried_again(api: Api) -> None:
    job = (await api.send()).json()
    here, id_ = f"/v1/jobs/{job['id']}", UUID(job["id"])
    async with api.client() as client:
        running = await client.post(f"{here}/retry")
        assert (running.status_code, running.json()["code"]) == (409, "job_running")
        await write(api, births.short(id_, "said"))
        await write(api, births.failed(id_, Stage.ANALYZE))
        lacking = await client.get(f"{here}/analysis")
        assert (lacking.status_code, lacking.json()["code"]) == (500, "unit_died")
        assert (await client.post(f"{here}/retry")).status_code == 202
        await write(api, *await requests(api))
        assert (await client.get(here)).json()["status"] == "analyzing"
        await write(api, births.in_run(2, births.analyzed(id_)))
        assert (await client.get(f"{here}/analysis")).json()["summary"] == "Part 0."
        assert (await client.get(f"{here}/transcript?format=txt")).text == "said\n"
        done = await client.post(f"{here}/retry")
    assert (done.status_code, done.json()["code"]) == (409, "nothing_failed")

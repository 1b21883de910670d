"""Jobs that failed, as an operator is told of them, on a real database."""

from typing import Any

from sqlalchemy import text

from gateway.failures import failed
from result_writer.handler import Rules, store_results
from scribeline.contracts.envelope import Envelope
from scribeline.contracts.unit import Stage
from scribeline.storage.database import EVERYBODY
from tests.support import births
from tests.support.api import Api
from tests.support.roles import as_gateway, as_writer


async def write(api: Api, *batch: Envelope) -> None:
    await store_results(batch, database=as_writer(api.database), rules=Rules(), committed=lambda: None)


async def failures(api: Api, **query: Any) -> list[dict[str, Any]]:
    async with api.client() as client:
        answer = await client.get("/v1/admin/failures", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["failures"]
    return found


async def test_those_of_all_tenants_are_told_with_code_and_stage_the_latest_first(api: Api) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    first = await births.born(api.database, Stage.SHORT, traceparent=f"00-{trace}-b7ad6b7169203331-01")
    second = await births.born(api.database, tenant="other", filename="call.mp3")
    fine = await births.born(api.database, Stage.SHORT, analyze=False)
    await write(api, births.failed(first.id, Stage.SHORT))
    await write(api, births.failed(second.id, Stage.PLAN), births.short(fine.id, "All is well."))
    told = await failures(api)
    assert [(each["job"], each["tenant"], each["stage"], each["filename"]) for each in told] == [
        (str(second.id), "other", "plan", "call.mp3"), (str(first.id), "acme", "short", None),
    ]  # fmt: skip
    assert {each["code"] for each in told} == {"unit_died"}
    assert (told[1]["trace_id"], told[1]["run"]) == (trace, 1)
    assert [each["job"] for each in await failures(api, limit=1)] == [str(second.id)]


async def test_what_is_tried_again_or_deleted_is_none_any_more(api: Api) -> None:
    again, gone = [await births.born(api.database, Stage.SHORT) for _ in range(2)]
    for job in (again, gone):
        await write(api, births.failed(job.id, Stage.SHORT))
    assert len(await failures(api)) == 2
    await write(api, births.retry(again.id))
    async with api.client() as client:
        assert (await client.delete(f"/v1/jobs/{gone.id}")).status_code == 204
    assert await failures(api) == []


async def test_they_are_found_by_an_index_of_their_own(api: Api) -> None:
    asked = failed(20).compile(api.database.engine.sync_engine, compile_kwargs={"literal_binds": True})
    async with as_gateway(api.database).transaction(EVERYBODY) as session:
        await session.run(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(row[0] for row in await session.run(text(f"EXPLAIN {asked}")))
    assert "job_that_failed" in plan
    assert "Sort" not in plan

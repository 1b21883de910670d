"""An upload sent again with its `Idempotency-Key` makes no second job, whatever happened to the first."""

import asyncio

import pytest
from sqlalchemy import text

from scribeline.contracts.failures import DependencyDown
from tests.support.api import AUDIO, Api

OTHER = AUDIO[::-1]


async def test_the_same_request_with_the_same_key_answers_with_the_first_ones_job(api: Api) -> None:
    first = await api.send(idempotency="k-1", language="en", tags="a,b")
    again = await api.send(idempotency="k-1", tags="a,b", language="en")
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert again.headers["location"] == first.headers["location"]
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (
        None,
        "true",
    )
    assert [await api.count(table) for table in ("job", "unit", "outbox")] == [1, 1, 2]
    assert api.stored() == [f"acme/{first.json()['id']}/source"]


async def test_of_many_at_once_one_makes_the_job_and_all_answer_with_it(api: Api) -> None:
    answers = await asyncio.gather(*(api.send(idempotency="k-1") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert await api.count("job") == 1
    assert len(api.stored()) == 1


@pytest.mark.parametrize("other", [{"data": OTHER}, {"language": "de"}, {"metadata": '{"a": 1}'}])
async def test_a_key_belongs_to_one_request(api: Api, other: dict[str, object]) -> None:
    first = (await api.send(idempotency="k-1")).json()
    refused = await api.send(idempotency="k-1", **other)  # type: ignore[arg-type]  # either kind
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert await api.count("job") == 1
    assert api.stored() == [f"acme/{first['id']}/source"]


async def test_keys_are_each_owners_own(api: Api) -> None:
    await api.add_key("sl_ann", owner="ann")
    await api.add_key("sl_other", tenant="other")
    sent = [await api.send(idempotency="k-1", key=key) for key in ("sl_integration", "sl_ann", "sl_other")]
    assert len({answer.json()["id"] for answer in sent}) == 3


async def test_after_a_day_a_key_is_new(api: Api) -> None:
    first = await api.send(idempotency="k-1")
    async with api.database.transaction() as session:
        await session.run(text("UPDATE idempotency SET created_at = now() - interval '24 hours 1 second'"))
    second = await api.send(OTHER, idempotency="k-1")
    assert (second.status_code, second.headers.get("idempotency-replayed")) == (202, None)
    assert second.json()["id"] != first.json()["id"]
    assert (await api.send(OTHER, idempotency="k-1")).json()["id"] == second.json()["id"]


async def test_who_sends_again_after_a_failed_commit_gets_a_job_and_then_the_same(api: Api) -> None:
    create, calls = api.records.create, 0

    async def away(new: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise DependencyDown("database", "the test says so")
        return await create(new)  # type: ignore[arg-type]  # whatever it was

    api.records.create = away  # type: ignore[method-assign,assignment]  # a database that is away once
    assert (await api.send(idempotency="k-1")).status_code == 503
    assert api.stored() == []
    first = await api.send(idempotency="k-1")
    assert (first.status_code, first.headers.get("idempotency-replayed")) == (202, None)
    assert (await api.send(idempotency="k-1")).json()["id"] == first.json()["id"]


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ü"])
async def test_a_key_that_is_none_is_refused_before_the_upload(api: Api, key: str) -> None:
    async with api.client() as client:
        answer = await client.post(
            "/v1/jobs", content=AUDIO, headers={b"Idempotency-Key": key.encode()}
        )  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_parameter")
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert api.stored() == []

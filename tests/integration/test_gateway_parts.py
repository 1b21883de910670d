"""A recording in parts, straight into a real store: cut, resumed, repeated, hostile."""

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from gateway.auth import Scope
from gateway.records import Unsure
from result_writer.retention import Retention
from result_writer.sweep import Sweep
from scribeline.contracts.failures import DependencyDown
from scribeline.storage.database import Database
from scribeline.storage.s3 import S3Store
from scribeline.storage.uploads import GRACE
from tests.support.api import KEY, Api
from tests.support.buckets import open_uploads, own_bucket, stored
from tests.support.gateway_process import KEY as PROCESS_KEY
from tests.support.gateway_process import Process
from tests.support.manual import sections
from tests.support.parts import MIB, PART, RECORDING, Uploading, cut, of, put
from tests.support.refusing_store import SLOW_DOWN, door_to
from tests.support.scrapes import sample
from tests.support.waiting import eventually

AT_ONCE = timedelta(0)
TITLE = "A large recording in parts"


@pytest.fixture
async def api(bucket: S3Store, database: Database) -> Api:
    """With a bucket of its own."""
    api = Api(bucket, database)
    await api.add_key(KEY)
    return api


@pytest.fixture
async def client(api: Api) -> AsyncIterator[Uploading]:
    async with api.client() as gateway:
        yield Uploading(gateway)


def set_(api: Api, **changes: Any) -> None:
    api.settings = api.settings.model_copy(update=changes)


async def sql(api: Api, statement: str, **values: Any) -> None:
    async with api.database.transaction() as session:
        await session.run(text(statement), values)


async def test_a_recording_in_parts_becomes_a_job_with_all_that_is_asked_of_it(
    api: Api, client: Uploading
) -> None:
    upload = await client.begin(filename="C:\\a\\talk.wav", content_type="Audio/WAV; x=y")
    spans = [(part["number"], part["start"], part["bytes"]) for part in upload["missing"]]
    assert spans == [(1, 0, PART), (2, PART, PART), (3, 2 * PART, 3)]
    assert (upload["parts"], upload["missing_parts"], upload["stored"]) == (3, 3, [])
    assert (upload["filename"], upload["content_type"], upload["job"]) == ("talk.wav", "audio/wav", None)
    await client.send(upload)
    answer = await client.finish(upload["id"], language="de", tags=["a", "b"], metadata={"ticket": 7})

    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert (job["bytes"], job["sha256"], job["filename"]) == (len(RECORDING), None, "talk.wav")
    assert (job["options"]["language"], job["tags"], job["metadata"]) == ("de", ["a", "b"], {"ticket": 7})
    assert job["id"] > upload["id"], "listed by when it was made, not by when its upload began"
    [key] = await stored(api.store)
    assert await api.store.read(key) == RECORDING
    [command] = await commands(api)
    source = {"key": key, "bytes": len(RECORDING)}
    assert {name: command["source"].get(name) for name in source} == source
    assert command["key_prefix"] == f"acme/{job['id']}/"
    assert api.wakes == 1
    done = await client.look(upload["id"])
    assert (done["job"], done["missing"], done["stored"]) == (job["id"], [], [])


async def commands(api: Api) -> list[dict[str, Any]]:
    async with api.database.transaction() as session:
        return list((await session.run(text("SELECT command FROM unit"))).scalars())


async def test_after_a_cut_only_what_is_missing_is_sent(api: Api, client: Uploading) -> None:
    upload = await client.begin()
    await client.send(upload, 1)
    second = upload["missing"][1]
    await cut(second["url"], of(second, RECORDING))

    again = await client.look(upload["id"])
    assert [(part["number"], part["bytes"]) for part in again["stored"]] == [(1, PART)]
    assert again["stored"][0]["etag"].startswith('"')
    assert [part["number"] for part in again["missing"]] == [2, 3]
    await client.send(again)
    assert (await client.finish(upload["id"])).status_code == 202
    [key] = await stored(api.store)
    assert await api.store.read(key) == RECORDING


async def test_what_is_missing_is_named_nothing_is_lost_and_it_goes_on(api: Api, client: Uploading) -> None:
    upload = await client.begin()
    await client.send(upload, 2)
    for _ in range(2):
        early = await client.finish(upload["id"])
        assert (early.status_code, early.json()["code"]) == (409, "upload_unfinished")
        assert "2 of 3 parts" in early.json()["detail"]
        assert ": 1, 3." in early.json()["detail"]
    assert await api.count("job") == 0
    await client.send(await client.look(upload["id"]))
    assert (await client.finish(upload["id"])).status_code == 202


async def test_a_part_may_be_sent_again_and_the_last_one_counts(api: Api, client: Uploading) -> None:
    upload = await client.begin()
    await client.send(upload, data=bytes(len(RECORDING)))
    await client.send(upload)
    assert (await client.finish(upload["id"])).status_code == 202
    [key] = await stored(api.store)
    assert await api.store.read(key) == RECORDING


async def test_addresses_come_a_hundred_at_a_time(client: Uploading) -> None:
    whole = 102 * PART - 1
    upload = (await client.gateway.post("/v1/uploads", json={"bytes": whole, "part_bytes": PART})).json()
    assert [part["number"] for part in upload["missing"]] == list(range(1, 101))
    assert (upload["parts"], upload["missing_parts"]) == (102, 102)
    rest = await client.look(upload["id"], after=100)
    assert [(p["number"], p["bytes"]) for p in rest["missing"]] == [(101, PART), (102, PART - 1)]
    beyond = await client.look(upload["id"], after=10_000)
    assert (beyond["missing"], beyond["missing_parts"]) == ([], 102)
    for wrong in (-1, 10_001, "x"):
        answer = await client.gateway.get(f"/v1/uploads/{upload['id']}", params={"after": wrong})
        assert [error["field"] for error in answer.json()["errors"]] == ["after"]


async def test_the_server_chooses_parts_for_who_names_no_size(api: Api, client: Uploading) -> None:
    upload = (await client.gateway.post("/v1/uploads", json={"bytes": 2**30})).json()
    assert (upload["part_bytes"], upload["parts"]) == (11 * MIB, 94)
    small = (await client.gateway.post("/v1/uploads", json={"bytes": 1})).json()
    assert (small["part_bytes"], small["parts"]) == (8 * MIB, 1)
    await client.send(small, data=b"x")
    assert (await client.finish(small["id"])).status_code == 202


async def test_an_address_is_good_for_its_one_part_and_nothing_else(api: Api, client: Uploading) -> None:
    upload, other = await client.begin(), await client.begin()
    url, part = upload["missing"][2]["url"], b"end"
    tries = {
        "longer": (url, b"end.", "PUT"),
        "shorter": (url, b"en", "PUT"),
        "another part": (url.replace("partNumber=3", "partNumber=1"), part, "PUT"),
        "another upload": (url.replace(upload["id"], other["id"]), part, "PUT"),
        "the whole object": (url.replace("partNumber=3&", ""), part, "PUT"),
        "reading": (url, b"", "GET"),
        "deleting": (url, b"", "DELETE"),
        "completing": (url, b"", "POST"),
        "for longer": (url.replace("Expires=3600", "Expires=99999"), part, "PUT"),
        "of any length": (url.replace("content-length%3Bhost", "host"), part, "PUT"),
    }
    for what, (address, body, method) in tries.items():
        assert address != url or body != part or method != "PUT", what
        assert (await put(address, body, method)).status_code == 403, what
    assert (await client.look(upload["id"]))["missing_parts"] == 3
    assert (await put(url, part)).status_code == 200


async def test_an_address_expires_and_the_upload_gives_a_new_one(api: Api, client: Uploading) -> None:
    set_(api, upload_url_seconds=1)
    async with api.client() as gateway:
        upload = await Uploading(gateway).begin()

    async def refused() -> bool:
        return (await put(upload["missing"][2]["url"], b"end")).status_code == 403

    await eventually(refused)
    await client.send(await client.look(upload["id"]))
    assert (await client.finish(upload["id"])).status_code == 202


async def test_what_became_a_job_takes_no_more_parts(api: Api, client: Uploading) -> None:
    upload = await client.begin()
    await client.send(upload)
    await client.finish(upload["id"])
    late = await put(upload["missing"][2]["url"], b"END")
    assert late.status_code == 404
    [key] = await stored(api.store)
    assert await api.store.read(key) == RECORDING


async def test_clients_may_reach_the_store_by_another_name(api: Api) -> None:
    async with door_to(api.store.settings.s3_endpoint) as (_, outside):
        set_(api, s3_public_endpoint=outside)
        async with api.client() as gateway:
            client = Uploading(gateway)
            upload = await client.begin()
            assert all(part["url"].startswith(f"{outside}/") for part in upload["missing"])
            await client.send(upload)
            assert (await client.finish(upload["id"])).status_code == 202


async def test_sent_twice_it_is_one_job(api: Api, client: Uploading) -> None:
    id_ = await client.whole()
    first = await client.finish(id_, tags=["a"])
    again = await client.finish(id_, tags=["a"])
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (
        None,
        "true",
    )
    other = await client.finish(id_, tags=["b"])
    assert (other.status_code, other.json()["code"]) == (409, "upload_used")
    assert first.json()["id"] in other.json()["detail"]
    assert [await api.count(table) for table in ("job", "unit")] == [1, 1]
    assert len(await stored(api.store)) == 1


async def test_of_many_at_once_one_makes_the_job_and_all_answer_with_it(api: Api, client: Uploading) -> None:
    id_ = await client.whole()
    answers = await asyncio.gather(*(client.finish(id_) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {202}, [answer.text for answer in answers]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await api.count("job") == 1
    assert len(await stored(api.store)) == 1


async def test_an_idempotency_key_counts_as_well(api: Api, client: Uploading) -> None:
    one, two = await client.whole(), await client.whole()
    first = await client.finish(one, key="k-1")
    again = await client.finish(one, key="k-1")
    other = await client.finish(two, key="k-1")
    assert first.json()["id"] == again.json()["id"]
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (await client.finish(two, key="k-2")).status_code == 202


async def test_an_idempotency_key_is_of_whoever_sent_it_whosever_the_upload_is(
    api: Api, client: Uploading
) -> None:
    await api.add_key("sl_ann", owner="ann")
    async with api.client("sl_ann") as gateway:
        ann = Uploading(gateway)
        one, two = await ann.whole(b"1"), await ann.whole(b"2")
        first = await client.finish(one, key="K")
        assert (first.status_code, first.json()["owner"]) == (202, "ann")
        again = await client.finish(one, key="K")
        assert (again.json()["id"], again.headers["idempotency-replayed"]) == (first.json()["id"], "true")
        mine = await client.finish(await client.whole(b"3"), key="K")
        assert (mine.status_code, mine.json()["code"]) == (422, "idempotency_key_reused")
        hers = await ann.finish(two, key="K")
        assert hers.status_code == 202, hers.text
        assert (await ann.finish(two, key="K")).json()["id"] == hers.json()["id"]


@pytest.mark.parametrize("heard", ["before the commit", "after the commit", "unsure"])
async def test_a_database_that_goes_away_at_the_commit_costs_nothing(
    api: Api, client: Uploading, heard: str
) -> None:
    id_ = await client.whole()
    create = api.records.create

    async def away(new: Any) -> Any:
        api.records.create = create  # type: ignore[method-assign]  # once
        if heard != "before the commit":
            await create(new)
        raise Unsure("the test says so") if heard == "unsure" else DependencyDown("database", "says the test")

    api.records.create = away  # type: ignore[method-assign]  # see above
    assert (await client.finish(id_)).status_code == 503
    answer = await client.finish(id_)
    assert answer.status_code == 202, answer.text
    assert await api.count("job") == 1
    [key] = await stored(api.store)
    assert await api.store.read(key) == RECORDING


class Deaf(S3Store):
    """Joins the parts, and its answer is lost."""

    async def join(self, *given: Any) -> bool:
        await super().join(*given)
        raise DependencyDown("store", "the test says so")


async def test_a_store_that_joined_the_parts_unheard_is_found_to_have_done_so(
    api: Api, client: Uploading
) -> None:
    id_ = await client.whole()
    deaf = Deaf(api.store.settings)
    async with Api(deaf, api.database).client() as gateway:
        lost = await Uploading(gateway).finish(id_)
    deaf.close()
    assert (lost.status_code, lost.json()["code"]) == (503, "store_unavailable")
    assert (await client.finish(id_)).status_code == 202
    assert len(await stored(api.store)) == 1


async def resumed(client: Uploading, id_: str) -> httpx2.Response:
    """What the client on the page does, started again."""
    while (upload := await client.look(id_))["missing"]:
        await client.send(upload)
    return await client.finish(id_)


async def test_what_was_joined_and_became_no_job_is_gone_on_with_as_the_page_says(
    api: Api, client: Uploading
) -> None:
    id_ = await client.whole()
    create = api.records.create

    async def away(new: Any) -> Any:
        raise DependencyDown("database", "the test says so")

    api.records.create = away  # type: ignore[method-assign]  # once
    assert (await client.finish(id_)).status_code == 503
    api.records.create = create  # type: ignore[method-assign]  # see above
    upload = await client.look(id_)
    assert (upload["missing"], upload["missing_parts"], upload["job"]) == ([], 0, None)
    told = [(part["number"], part["bytes"]) for part in upload["stored"]]
    assert told == [(1, PART), (2, PART), (3, 3)]
    assert (await resumed(client, id_)).status_code == 202
    [key] = await stored(api.store)
    assert await api.store.read(key) == RECORDING


async def test_an_upload_for_which_there_is_no_room_is_not_joined_and_goes_on_when_there_is(
    api: Api, client: Uploading
) -> None:
    id_ = await client.whole()
    for limits, code in (
        ('{"jobs_in_flight": 0}', "too_many_jobs"),
        (f'{{"bytes_per_month": {len(RECORDING) - 1}}}', "quota_exceeded"),
    ):
        await sql(api, "UPDATE tenant SET limits = CAST(:limits AS jsonb)", limits=limits)
        refused = await client.finish(id_)
        assert (refused.status_code, refused.json()["code"]) == (429, code)
        assert await open_uploads(api.store) == {f"acme/{id_}/source"}, "still in parts"
    await sql(api, "UPDATE tenant SET limits = CAST(:limits AS jsonb)", limits="{}")
    assert (await resumed(client, id_)).status_code == 202


async def test_while_the_store_shows_neither_parts_nor_recording_one_comes_back(
    api: Api, client: Uploading
) -> None:
    """As while it still joins what a gateway asked for that died."""
    id_ = await client.whole()
    key, store_id, parts = await all_of(api, id_)
    await api.store.join(key, store_id, parts)
    await api.store.remove([key])
    for answer in (await client.finish(id_), await client.gateway.get(f"/v1/uploads/{id_}")):
        assert (answer.status_code, answer.json()["code"]) == (503, "upload_joining")
        assert answer.json()["retryable"] is True
        assert int(answer.headers["retry-after"]) > 0
    await api.store.put(key, RECORDING)
    assert (await client.look(id_))["missing"] == []
    assert (await client.finish(id_)).status_code == 202


async def test_a_store_that_is_away_loses_nothing(api: Api) -> None:
    async with door_to(api.store.settings.s3_endpoint) as (door, address):
        with own_bucket(api.store, s3_endpoint=address, s3_bucket=api.store.bucket) as behind:
            through = Api(behind, api.database)
            async with through.client() as gateway:
                client = Uploading(gateway)
                upload = await client.begin()
                await client.send(upload, 1, 2)
                door.refusal = SLOW_DOWN
                away = [
                    await client.gateway.post("/v1/uploads", json={"bytes": 9}),
                    await client.gateway.get(f"/v1/uploads/{upload['id']}"),
                    await client.finish(upload["id"]),
                ]
                door.refusal = None
                await client.send(await client.look(upload["id"]))
                assert (await client.finish(upload["id"])).status_code == 202
    assert [answer.json()["code"] for answer in away] == ["store_unavailable"] * 3
    assert all("retry-after" in answer.headers for answer in away)


async def test_a_commit_that_fails_leaves_nothing_begun(api: Api, client: Uploading) -> None:
    await sql(api, "ALTER TABLE upload ADD CONSTRAINT never CHECK (bytes < 0)")
    with pytest.raises(IntegrityError):
        await client.gateway.post("/v1/uploads", json={"bytes": 9})
    assert await open_uploads(api.store) == set()


async def test_others_do_not_see_it(api: Api, client: Uploading) -> None:
    await api.add_key("sl_ann", owner="ann")
    await api.add_key("sl_bob", owner="bob")
    await api.add_key("sl_other", tenant="other")
    await api.add_key("sl_reads", scopes=[Scope.JOBS_READ])
    async with api.client("sl_ann") as gateway:
        id_ = await Uploading(gateway).whole()
    for key, status in (("sl_bob", 404), ("sl_other", 404), ("sl_reads", 403)):
        async with api.client(key) as gateway:
            stranger = Uploading(gateway)
            answers = [
                await gateway.get(f"/v1/uploads/{id_}"),
                await gateway.delete(f"/v1/uploads/{id_}"),
                await stranger.finish(id_),
            ]
            listed = await gateway.get("/v1/uploads")
        assert {answer.status_code for answer in answers} == {status}, key
        assert "X-Amz" not in "".join(answer.text for answer in answers)
        assert listed.status_code == (403 if status == 403 else 200)
        assert listed.json().get("uploads", []) == []
    listed = (await client.gateway.get("/v1/uploads")).json()["uploads"]
    assert [(upload["id"], upload["owner"]) for upload in listed] == [(id_, "ann")]
    job = (await client.finish(id_)).json()
    assert job["owner"] == "ann", "it stays hers, whoever of the tenant asks for the job"
    assert (await client.gateway.get("/v1/uploads")).json()["uploads"] == []


@pytest.mark.parametrize("id_", ["x", "6ff92357-4018-4182-8af1-268637063c37", "a" * 400, "ü\u0000"])
async def test_what_is_no_upload_is_not_there(client: Uploading, id_: str) -> None:
    answer = await client.gateway.post("/v1/jobs", json={"upload_id": id_})
    assert answer.status_code == (422 if "\0" in id_ else 404)
    if id_.isascii():
        for method in ("GET", "DELETE"):
            assert (await client.gateway.request(method, f"/v1/uploads/{id_}")).status_code == 404


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "nothing": ({}, 422, "bytes"),
    "no bytes": ({"bytes": 0}, 422, "bytes"),
    "negative": ({"bytes": -1}, 422, "bytes"),
    "true": ({"bytes": True}, 422, "bytes"),
    "a float": ({"bytes": 1e6}, 422, "bytes"),
    "a text": ({"bytes": "9"}, 422, "bytes"),
    "too large": ({"bytes": 5 * 2**30 + 1}, 413, "upload_too_large"),
    "beyond a column": ({"bytes": 2**50}, 413, "upload_too_large"),
    "a picture": ({"bytes": 9, "content_type": "image/png"}, 415, "unsupported_media_type"),
    "a page": ({"bytes": 9, "content_type": "Text/HTML; charset=x"}, 415, "unsupported_media_type"),
    "small parts": ({"bytes": 9, "part_bytes": PART - 1}, 422, "part_bytes"),
    "huge parts": ({"bytes": 9, "part_bytes": 5 * 2**30 + 1}, 422, "part_bytes"),
    "no digest": ({"bytes": 9, "sha256": "abc"}, 422, "sha256"),
    "no digits": ({"bytes": 9, "sha256": "g" * 64}, 422, "sha256"),
    "a long name": ({"bytes": 9, "filename": "x" * 1001}, 422, "filename"),
    "an unknown field": ({"bytes": 9, "language": "de"}, 422, "language"),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a_wrong_upload_is_refused_by_name_and_nothing_is_begun(
    api: Api, client: Uploading, what: str
) -> None:
    body, status, named = REFUSED[what]
    answer = await client.gateway.post("/v1/uploads", json=body)
    assert answer.status_code == status, answer.text
    if status == 422:
        assert [error["field"] for error in answer.json()["errors"]] == [named]
    else:
        assert answer.json()["code"] == named
    assert await open_uploads(api.store) == set()
    assert await api.count("upload") == 0


async def test_too_many_parts_are_refused(api: Api) -> None:
    set_(api, upload_max_bytes=2**40)
    async with api.client() as gateway:
        fits, not_ = [
            await gateway.post("/v1/uploads", json={"bytes": size, "part_bytes": PART})
            for size in (10_000 * PART, 10_000 * PART + 1)
        ]
        chosen = (await gateway.post("/v1/uploads", json={"bytes": 2**40})).json()
    assert (fits.status_code, fits.json()["parts"]) == (201, 10_000)
    assert [error["field"] for error in not_.json()["errors"]] == ["part_bytes"]
    assert chosen["parts"] <= 10_000


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "a number": ({"upload_id": 7}, "upload_id"),
    "an address too": ({"audio_url": "http://a.example/"}, "upload_id"),
    "an unknown option": ({"webhook": "x"}, "webhook"),
    "a wrong option": ({"temperature": 2}, "temperature"),
    "no template": ({"analysis_template": "nobodys"}, "analysis_template"),
}


@pytest.mark.parametrize("what", MISTAKES)
async def test_a_mistake_in_the_options_is_named_and_the_upload_stays(
    api: Api, client: Uploading, what: str
) -> None:
    wrong, field = MISTAKES[what]
    id_ = await client.whole(b"x")
    answer = await client.gateway.post("/v1/jobs", json={"upload_id": id_, **wrong})
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await api.count("job") == 0
    assert (await client.finish(id_)).status_code == 202


async def test_a_tenant_has_so_many_open_and_gets_room_again(api: Api) -> None:
    set_(api, uploads_open_max=2)
    await api.add_key("sl_ann", owner="ann")
    await api.add_key("sl_other", tenant="other")
    async with api.client() as gateway, api.client("sl_ann") as ann, api.client("sl_other") as other:
        client = Uploading(gateway)
        await client.begin()
        body = {"bytes": 1}
        many = await asyncio.gather(*(gateway.post("/v1/uploads", json=body) for _ in range(4)))
        assert sorted(answer.status_code for answer in many) == [201, 429, 429, 429]
        refused = await ann.post("/v1/uploads", json=body)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_open_uploads")
        assert int(refused.headers["retry-after"]) > 0
        assert (await other.post("/v1/uploads", json=body)).status_code == 201
        made = next(answer.json() for answer in many if answer.status_code == 201)
        await client.send(made, data=b"x")
        assert (await client.finish(made["id"])).status_code == 202
        assert (await gateway.post("/v1/uploads", json=body)).status_code == 201
    assert len(await open_uploads(api.store)) == 3, "of those that were refused nothing is left"


async def test_a_tenants_quotas_hold_and_cost_no_upload(api: Api, client: Uploading) -> None:
    limit = "UPDATE tenant SET limits = CAST(:limits AS jsonb) WHERE name = 'acme'"
    await sql(api, limit, limits='{"bytes_per_month": 8, "jobs_in_flight": 1}')
    refused = await client.gateway.post("/v1/uploads", json={"bytes": 9})
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
    assert await open_uploads(api.store) == set()
    one, two = await client.whole(b"1"), await client.whole(b"2")
    job = (await client.finish(one)).json()["id"]
    full = await client.finish(two)
    assert (full.status_code, full.json()["code"]) == (429, "too_many_jobs")
    assert (await client.finish(one)).json()["id"] == job, "it takes no further place"
    await sql(api, "UPDATE job SET status = 'completed', finished_at = now()")
    assert (await client.finish(two)).status_code == 202


async def test_an_upload_that_is_given_up_leaves_nothing(api: Api, client: Uploading) -> None:
    upload = await client.begin()
    await client.send(upload, 1)
    assert (await client.gateway.delete(f"/v1/uploads/{upload['id']}")).status_code == 204
    assert await open_uploads(api.store) == set()
    assert (await client.gateway.delete(f"/v1/uploads/{upload['id']}")).status_code == 404
    assert (await client.gateway.get(f"/v1/uploads/{upload['id']}")).status_code == 404
    assert (await client.finish(upload["id"])).status_code == 404
    assert (await put(upload["missing"][2]["url"], b"end")).status_code == 404


async def test_one_that_was_joined_and_became_no_job_can_be_given_up(api: Api, client: Uploading) -> None:
    id_ = await client.whole()
    create = api.records.create

    async def away(new: Any) -> Any:
        raise DependencyDown("database", "the test says so")

    api.records.create = away  # type: ignore[method-assign]  # see the name
    assert (await client.finish(id_)).status_code == 503
    assert len(await stored(api.store)) == 1
    api.records.create = create  # type: ignore[method-assign]  # see above
    assert (await client.gateway.delete(f"/v1/uploads/{id_}")).status_code == 204
    assert await stored(api.store) == set()


async def test_what_became_a_job_is_not_given_up(api: Api, client: Uploading) -> None:
    id_ = await client.whole()
    job = (await client.finish(id_)).json()["id"]
    answer = await client.gateway.delete(f"/v1/uploads/{id_}")
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_used")
    assert job in answer.json()["detail"]
    assert len(await stored(api.store)) == 1


async def test_a_store_that_is_away_does_not_keep_an_upload_from_being_given_up(api: Api) -> None:
    async with door_to(api.store.settings.s3_endpoint) as (door, address):
        with own_bucket(api.store, s3_endpoint=address, s3_bucket=api.store.bucket) as behind:
            async with Api(behind, api.database).client() as gateway:
                upload = await Uploading(gateway).begin()
                door.refusal = SLOW_DOWN
                assert (await gateway.delete(f"/v1/uploads/{upload['id']}")).status_code == 204
                assert (await gateway.get(f"/v1/uploads/{upload['id']}")).status_code == 404
    await sql(api, "UPDATE upload SET expires_at = expires_at - CAST(:grace AS interval)", grace=GRACE)
    await Retention(api.database, api.store, lambda: None).end_uploads()
    assert await open_uploads(api.store) == set()
    assert await api.count("upload") == 0


async def test_one_that_expires_is_not_there_and_its_parts_go_a_little_later(
    api: Api, client: Uploading
) -> None:
    expired, open_ = await client.begin(), await client.begin()
    await client.send(expired)
    retention = Retention(api.database, api.store, lambda: None)
    await sql(api, "UPDATE upload SET expires_at = now() WHERE id = :id", id=expired["id"])
    assert (await client.finish(expired["id"])).status_code == 404
    assert (await client.gateway.get(f"/v1/uploads/{expired['id']}")).status_code == 404
    await retention.end_uploads()
    assert len(await open_uploads(api.store)) == 2, "somebody may be joining it"
    earlier = "UPDATE upload SET expires_at = expires_at - CAST(:g AS interval) WHERE id = :id"
    await sql(api, earlier, g=GRACE, id=expired["id"])
    before = sample("scribeline_stale_uploads_aborted_total")
    await retention.end_uploads()
    assert sample("scribeline_stale_uploads_aborted_total") == before + 1
    assert await open_uploads(api.store) == {f"acme/{open_['id']}/source"}
    assert await api.count("upload") == 1
    await client.send(open_)
    assert (await client.finish(open_["id"])).status_code == 202


async def test_the_sweep_ends_nothing_that_has_time_left(api: Api, client: Uploading) -> None:
    """Neither parts under way, nor what was joined and waits for its commit, nor a job's recording."""
    under_way, joined, done = await client.begin(), await client.whole(), await client.whole()
    await client.send(under_way, 1)
    await api.store.join(*await all_of(api, joined))
    await client.finish(done)
    left = await api.store.upload("acme/01a1ff5a-db9f-70bc-a07e-6ead63682d68/source", "audio/wav")
    await left.write(bytes(9 * MIB))
    await Sweep(api.database, api.store, AT_ONCE).round()
    assert await open_uploads(api.store) == {f"acme/{under_way['id']}/source"}
    assert len(await stored(api.store)) == 2
    await left.abort()
    await client.send(await client.look(under_way["id"]))
    for id_ in (under_way["id"], joined):
        assert (await client.finish(id_)).status_code == 202


async def all_of(api: Api, id_: str) -> Any:
    async with api.database.transaction() as session:
        found = await session.run(text("SELECT key, store_id FROM upload WHERE id = :id"), {"id": id_})
        row = found.one()
    return row.key, row.store_id, await api.store.parts(row.key, row.store_id)


async def test_what_was_joined_and_never_became_a_job_is_swept_once_it_has_expired(
    api: Api, client: Uploading
) -> None:
    id_ = await client.whole()
    await api.store.join(*await all_of(api, id_))
    await sql(api, "UPDATE upload SET expires_at = now() - 2 * CAST(:grace AS interval)", grace=GRACE)
    await Retention(api.database, api.store, lambda: None).end_uploads()
    assert len(await stored(api.store)) == 1, "a restored database may have forgotten its job"
    await client.finish(await client.whole())
    await Sweep(api.database, api.store, AT_ONCE).round()
    [key] = await stored(api.store)
    assert id_ not in key


async def test_a_job_that_is_deleted_takes_its_recording_along(api: Api, client: Uploading) -> None:
    id_ = await client.whole()
    job = (await client.finish(id_)).json()["id"]
    await sql(api, "UPDATE job SET status = 'completed', finished_at = now() - interval '1 hour'")
    assert (await client.gateway.delete(f"/v1/jobs/{job}")).status_code == 204
    assert (await client.gateway.get(f"/v1/uploads/{id_}")).status_code == 404
    assert (await client.finish(id_)).status_code == 404
    await Retention(api.database, api.store, lambda: None).remove_deleted()
    assert await stored(api.store) == set()
    assert [await api.count(table) for table in ("job", "upload")] == [0, 0]


async def test_a_digest_that_the_client_knows_is_the_jobs(client: Uploading) -> None:
    id_ = await client.whole(b"x", sha256="AB" * 32)
    job = (await client.finish(id_)).json()
    assert job["sha256"] == "ab" * 32


async def test_the_client_on_the_page_goes_on_where_it_was_cut(
    gateway: Process, store: S3Store, tmp_path: Path
) -> None:
    [script] = sections("api.md")[TITLE].blocks("python")
    recording, note = tmp_path / "call.mp3", tmp_path / "call.mp3.upload"
    recording.write_bytes(RECORDING)
    headers = {"Authorization": f"Bearer {PROCESS_KEY}"}
    async with httpx2.AsyncClient(base_url=gateway.url, headers=headers, timeout=60) as client:
        jobs = [await ran(script, tmp_path, gateway)]
        assert not note.exists()
        upload = await Uploading(client).begin()
        await Uploading(client).send(upload, 2)
        note.write_text(upload["id"])
        jobs.append(await ran(script, tmp_path, gateway))
        assert (await Uploading(client).look(upload["id"]))["job"] == jobs[1]
        told = [(await client.get(f"/v1/jobs/{job}")).json() for job in jobs]
    assert [(job["bytes"], job["filename"]) for job in told] == [
        (len(RECORDING), "call.mp3"),
        (len(RECORDING), None),
    ]
    assert await store.read(f"default/{upload['id']}/source") == RECORDING


async def ran(script: str, directory: Path, gateway: Process) -> str:
    """What it prints."""
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        cwd=directory,
        env={"SCRIBELINE_URL": gateway.url, "SCRIBELINE_API_KEY": PROCESS_KEY},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await running.communicate()
    assert running.returncode == 0
    return said.decode().strip()

"""`webhook_url`: where one job's events are sent."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import text

from gateway.auth import Scope
from result_writer.handler import Rules, store_results
from tests.support import births
from tests.support.api import Api
from tests.support.births import in_run
from tests.support.notified import settle, spread
from tests.support.parts import PART, Uploading
from tests.support.roles import as_writer
from tests.support.sites import recording, site

URL = "https://hooks.example.com:8443/in?ticket=7#part"
ENDS = ["job.completed", "job.failed", "job.cancelled"]
AUDIO = {"audio": ("a.wav", b"a recording", "audio/wav")}
EVER = {"since": "2026-01-01T00:00:00Z"}


@pytest.fixture
async def client(api: Api) -> AsyncIterator[httpx2.AsyncClient]:
    async with api.client() as client:
        yield client


async def hooks(api: Api) -> list[dict[str, Any]]:
    async with api.database.transaction() as session:
        rows = await session.run(text("SELECT to_jsonb(w) AS row FROM webhook w ORDER BY id"))
        return [row.row for row in rows]


async def test_its_events_are_sent_there_and_the_job_says_so(api: Api, client: httpx2.AsyncClient) -> None:
    job = (await api.send(webhook_url=URL)).json()
    assert job["webhook_url"] == URL
    assert (await client.get(f"/v1/jobs/{job['id']}")).json()["webhook_url"] == URL
    [hook] = await hooks(api)
    assert (hook["job"], hook["tenant"], hook["owner"], hook["url"]) == (job["id"], "acme", None, URL)
    assert (hook["types"], hook["status"], hook["content"]) == (ENDS, "active", "full")
    assert hook["lane"] == "callback/acme/22"
    assert (await client.get("/v1/webhooks")).json() == {"webhooks": []}
    assert (await client.get(f"/v1/webhooks/{hook['id']}")).json()["url"] == URL
    assert (await api.send(b"another")).json()["webhook_url"] is None


async def test_it_hears_of_that_job_alone_and_of_what_was_asked(api: Api, client: httpx2.AsyncClient) -> None:
    job = (await api.send(webhook_url=URL, webhook_events="job.accepted,transcript.completed")).json()
    await api.send(b"another")
    assert await spread(api) == 1
    [delivery] = (await client.get("/v1/deliveries")).json()["deliveries"]
    assert (delivery["job"], delivery["type"]) == (job["id"], "job.accepted")
    await settle(api, "failed")
    again = await client.post(f"/v1/webhooks/{delivery['webhook']}/replay", json=EVER)
    assert again.json() == {"deliveries": 1}


async def test_it_can_be_given_in_each_way_to_send_a_recording(api: Api, client: httpx2.AsyncClient) -> None:
    asked: dict[str, Any] = {"webhook_url": URL, "webhook_events": ["job.failed", "job.completed"]}
    raw: dict[str, Any] = {"params": asked, "content": b"raw", "headers": {"Content-Type": "audio/wav"}}
    api.settings = api.settings.model_copy(update={"fetch_hosts_allowed": ("127.0.0.1",)})
    async with api.client() as trusting, site({"/a.wav": recording(b"fetched")}) as web:
        upload = await Uploading(client).begin(b"x" * PART)
        await Uploading(client).send(upload, data=b"x" * PART)
        answers = [
            await client.post("/v1/jobs", files=AUDIO, data=asked),
            await client.post("/v1/jobs", **raw),
            await trusting.post("/v1/jobs", json={"audio_url": web.url("/a.wav"), **asked}),
            await client.post("/v1/jobs", json={"upload_id": upload["id"], **asked}),
        ]
    assert [answer.status_code for answer in answers] == [202] * 4, [a.text for a in answers]
    assert {answer.json()["webhook_url"] for answer in answers} == {URL}
    assert [hook["types"] for hook in await hooks(api)] == [asked["webhook_events"]] * 4


async def test_sent_again_it_makes_no_second_one_and_another_address_is_another_request(api: Api) -> None:
    first = await api.send(idempotency="k", webhook_url=URL)
    again = await api.send(idempotency="k", webhook_url=URL)
    assert again.json()["id"] == first.json()["id"]
    others: list[dict[str, Any]] = [
        {"webhook_url": URL + "x"},
        {"webhook_url": URL, "webhook_events": "job.failed"},
        {},
    ]
    for other in others:
        refused = await api.send(idempotency="k", **other)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert len(await hooks(api)) == 1


@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        (
            {"webhook_url": "http://hooks.example.com"},
            "webhook_url_refused",
            "webhook_url: must begin with https",
        ),
        (
            {"webhook_url": "https://u:p@x.example"},
            "webhook_url_refused",
            "webhook_url: may hold no user name",
        ),
        ({"webhook_url": "x" * 5000}, "invalid_parameter", "webhook_url: is longer than 4096"),
        (
            {"webhook_url": URL, "webhook_events": "job.done"},
            "invalid_parameter",
            "webhook_events.0: 'job.done'",
        ),
        (
            {"webhook_url": URL, "webhook_events": "webhook.paused"},
            "invalid_parameter",
            "webhook_events.0: 'web",
        ),
        ({"webhook_events": "job.failed"}, "invalid_parameter", "webhook_events: is given without"),
    ],
)
async def test_what_cannot_be_one_is_refused_before_anything_is_stored(
    api: Api, given: dict[str, Any], code: str, told: str
) -> None:
    answer = await api.send(**given)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert answer.json()["detail"].startswith(told), answer.text
    assert (await api.count("job"), await hooks(api), api.stored()) == (0, [], [])


async def test_a_user_s_is_that_user_s(api: Api) -> None:
    await api.add_key("sl_of_ann", owner="ann", scopes=[Scope.JOBS_READ, Scope.JOBS_WRITE])
    await api.add_key("sl_of_bob", owner="bob", scopes=[Scope.JOBS_READ, Scope.JOBS_WRITE])
    await api.send(key="sl_of_ann", webhook_url=URL, webhook_events="job.accepted")
    await spread(api)
    [hook] = await hooks(api)
    assert hook["owner"] == "ann"
    async with api.client("sl_of_ann") as ann, api.client("sl_of_bob") as bob:
        assert len((await ann.get("/v1/deliveries")).json()["deliveries"]) == 1
        assert (await bob.get("/v1/deliveries")).json()["deliveries"] == []
        assert (await bob.get(f"/v1/webhooks/{hook['id']}")).status_code == 404


async def test_it_keeps_its_address_and_has_no_secret_of_its_own(
    api: Api, client: httpx2.AsyncClient
) -> None:
    await api.send(webhook_url=URL)
    [hook] = await hooks(api)
    here = f"/v1/webhooks/{hook['id']}"
    moved = await client.patch(here, json={"url": "https://new.example"})
    rotated = await client.post(f"{here}/rotate")
    assert [answer.status_code for answer in (moved, rotated)] == [422, 422]
    assert rotated.json()["detail"].endswith("signed with the tenant's callback secret")
    assert (await client.patch(here, json={"status": "disabled"})).json()["status"] == "disabled"


async def test_in_a_later_run_it_is_told_again(api: Api, client: httpx2.AsyncClient) -> None:
    job = UUID((await api.send(webhook_url=URL, analyze="false")).json()["id"])
    for run in (1, 2):
        said = in_run(run, births.short(job, "said"))
        await store_results([said], database=as_writer(api.database), rules=Rules(), committed=lambda: None)
        assert await spread(api) == 1
        await settle(api, "delivered")
        if run == 1:
            assert (await client.post(f"/v1/jobs/{job}/rerun")).json()["webhook_url"] == URL
    assert len(await hooks(api)) == 1

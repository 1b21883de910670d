"""Webhooks over HTTP, with a real database."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from gateway.auth import Scope
from gateway.webhooks import rows
from scribeline.contracts.failures import DependencyDown
from scribeline.signing import webhook_secret
from scribeline.storage import webhooks
from scribeline.storage.database import Session
from tests.support.api import SECRET, Api
from tests.support.notified import settle, spread

URL = "https://hooks.example.com/in?token=mine"
ANN, READER = "sl_of_ann", "sl_reader"


async def made(client: httpx2.AsyncClient, **given: Any) -> dict[str, Any]:
    answer = await client.post("/v1/webhooks", json={"url": URL, **given})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def column(api: Api, sql: str) -> list[Any]:
    async with api.database.transaction() as session:
        return list((await session.run(text(sql))).scalars())


async def test_a_webhook_is_made_with_a_secret_that_is_shown_once(api: Api) -> None:
    async with api.client() as client:
        answer = await client.post("/v1/webhooks", json={"url": URL, "description": "Ours"})
        hook = answer.json()
        assert answer.headers["location"] == f"/v1/webhooks/{hook['id']}"
        assert answer.headers["cache-control"] == "no-store"
        assert hook["secret"] == webhook_secret(SECRET, hook["id"], 1)
        shown = (await client.get(answer.headers["location"])).json()
        assert shown == {name: value for name, value in hook.items() if name != "secret"}
        assert shown | {"id": "", "created_at": ""} == {
            "id": "", "created_at": "", "url": URL, "description": "Ours", "types": [], "content": "full",
            "status": "active", "reason": None, "owner": None, "failing_since": None, "succeeded_at": None,
            "previous_secret_until": None,
        }  # fmt: skip
        assert (await client.get("/v1/webhooks")).json() == {"webhooks": [shown]}
    assert await column(api, "SELECT lane FROM webhook") == [hook["id"]]
    assert "whsec_" not in str(await column(api, "SELECT w.*::text FROM webhook w"))


async def test_they_are_listed_newest_first_without_those_of_jobs(api: Api) -> None:
    async with api.client() as client:
        hooks = [(await made(client))["id"] for _ in range(3)]
        await api.send(webhook_url=URL)
        listed = (await client.get("/v1/webhooks")).json()["webhooks"]
    assert [hook["id"] for hook in listed] == hooks[::-1]


@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        ({"url": "http://hooks.example.com"}, "webhook_url_refused", "url: must begin with https://"),
        ({"url": "https://u:p@hooks.example.com"}, "webhook_url_refused", "url: may hold no user name"),
        ({"url": "https://hooks.example.com:22"}, "webhook_url_refused", "url: has a port that"),
        ({"url": "nonsense"}, "webhook_url_refused", "url: must begin with http"),
        ({"url": ""}, "invalid_parameter", "url: is shorter than 1"),
        ({"url": "https://x.example/" + "a" * 4096}, "invalid_parameter", "url: is longer than 4096"),
        ({"url": URL, "types": ["webhook.ping"]}, "invalid_parameter", "types.0: 'webhook.ping' is none of"),
        ({"url": URL, "types": "job.failed"}, "invalid_parameter", "types: must be a list"),
        ({"url": URL, "content": "some"}, "invalid_parameter", "content: must be"),
        ({"url": URL, "description": "a\nb"}, "invalid_parameter", "description: may hold printable"),
        ({"url": URL, "secret": "mine"}, "invalid_parameter", "secret: unknown option"),
        ({}, "invalid_parameter", "url: is needed"),
    ],
)
async def test_what_cannot_be_a_webhook_is_refused(
    api: Api, given: dict[str, Any], code: str, told: str
) -> None:
    async with api.client() as client:
        answer = await client.post("/v1/webhooks", json=given)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["detail"].startswith(told)
    assert await api.count("webhook") == 0


async def test_a_host_that_the_operator_allows_may_be_inside_and_plain(api: Api) -> None:
    api.settings = api.settings.model_copy(update={"webhook_hosts_allowed": ("hooks.corp:8080",)})
    async with api.client() as client:
        assert (await made(client, url="http://hooks.corp:8080/in"))["url"] == "http://hooks.corp:8080/in"


async def test_at_once_no_more_are_made_than_are_allowed(api: Api) -> None:
    api.settings = api.settings.model_copy(update={"webhooks_max": 2})
    await api.send(webhook_url=URL)  # does not count
    async with api.client() as client:
        asked = [client.post("/v1/webhooks", json={"url": URL}) for _ in range(6)]
        answers = await asyncio.gather(*asked)
        assert sorted(answer.status_code for answer in answers) == [201] * 2 + [409] * 4
        refused = next(answer for answer in answers if answer.status_code == 409).json()
        assert (refused["code"], refused["detail"]) == ("too_many_webhooks", "There are 2 already.")
        hook = (await client.get("/v1/webhooks")).json()["webhooks"][0]
        await client.delete(f"/v1/webhooks/{hook['id']}")
        await made(client)


@pytest.mark.parametrize(("most", "hers"), [(8, 2), (3, 1)])
async def test_one_user_takes_no_more_than_a_quarter_of_the_tenants(api: Api, most: int, hers: int) -> None:
    api.settings = api.settings.model_copy(update={"webhooks_max": most})
    await api.add_key(ANN, owner="ann", scopes=[Scope.JOBS_READ, Scope.JOBS_WRITE])
    async with api.client() as client, api.client(ANN) as ann:
        answers = await asyncio.gather(*(ann.post("/v1/webhooks", json={"url": URL}) for _ in range(5)))
        assert sorted(answer.status_code for answer in answers) == [201] * hers + [409] * (5 - hers)
        refused = next(answer for answer in answers if answer.status_code == 409).json()
        assert (refused["code"], refused["detail"]) == (
            "too_many_webhooks", f"Of one owner there are {hers} already.",
        )  # fmt: skip
        for _ in range(most - hers):
            await made(client)
        full = await client.post("/v1/webhooks", json={"url": URL})
        assert (full.status_code, full.json()["detail"]) == (409, f"There are {most} already.")


async def test_a_user_has_no_place_where_the_tenant_has_none(api: Api) -> None:
    api.settings = api.settings.model_copy(update={"webhooks_max": 1})
    await api.add_key(ANN, owner="ann", scopes=[Scope.JOBS_READ, Scope.JOBS_WRITE])
    async with api.client() as client, api.client(ANN) as ann:
        await made(client)
        assert (await ann.post("/v1/webhooks", json={"url": URL})).status_code == 409


async def test_without_a_secret_none_can_be_made_or_tested(api: Api) -> None:
    async with api.client() as client:
        hook = await made(client)
    api.settings = api.settings.model_copy(update={"webhook_secret": SecretStr("")})
    here = f"/v1/webhooks/{hook['id']}"
    async with api.client() as client:
        answers = [
            await client.post("/v1/webhooks", json={"url": URL}),
            await client.post(f"{here}/rotate"),
            await client.post(f"{here}/test"),
            await client.post(f"{here}/replay", json={"since": "2026-01-01T00:00:00Z"}),
            await client.get("/v1/callback-secret"),
            await client.post("/v1/callback-secret/rotate"),
        ]
        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(503, "webhooks_off")}
        assert (await client.get(here)).status_code == 200
        assert (await client.delete(here)).status_code == 204
    refused = await api.send(webhook_url=URL)
    assert (refused.status_code, refused.json()["code"]) == (503, "webhooks_off")
    assert await api.count("job") == 0


async def test_what_is_named_changes_and_the_rest_stays(api: Api) -> None:
    async with api.client() as client:
        hook = await made(client, types=["job.failed"], description="Ours")
        here = f"/v1/webhooks/{hook.pop('id')}"
        changed = (await client.patch(here, json={"url": "https://new.example", "content": "refs"})).json()
        assert (changed["url"], changed["content"]) == ("https://new.example", "refs")
        assert (changed["types"], changed["description"]) == (["job.failed"], "Ours")
        changed = (await client.patch(here, json={"types": [], "description": None})).json()
        assert (changed["types"], changed["description"]) == ([], "Ours")
        assert (await client.get(here)).json() == changed
        for wrong in ({}, {"status": "paused"}, {"url": "ftp://x.example"}, {"owner": "bob"}):
            assert (await client.patch(here, json=wrong)).status_code == 422, wrong
        assert (await client.get(here)).json() == changed


async def test_disabled_nothing_is_to_be_sent_any_more_and_enabled_what_comes_is(api: Api) -> None:
    async with api.client() as client:
        hook = await made(client)
        here = f"/v1/webhooks/{hook['id']}"
        await api.send(analyze="false")
        assert await spread(api) == 1
        disabled = (await client.patch(here, json={"status": "disabled"})).json()
        assert (disabled["status"], disabled["reason"]) == ("disabled", "Disabled by its owner.")
        [cancelled] = (await client.get("/v1/deliveries")).json()["deliveries"]
        assert (cancelled["status"], cancelled["reason"]) == ("cancelled", "webhook_disabled")
        assert cancelled["ended_at"] is not None
        assert cancelled["next_attempt_at"] is None
        await api.send(b"another", analyze="false")
        assert await spread(api) == 0
        for what in ("test", "replay"):
            asked = await client.post(f"{here}/{what}", json={"since": "2026-01-01T00:00:00Z"})
            assert (asked.status_code, asked.json()["code"]) == (409, "webhook_disabled")
        again = await client.post(f"/v1/deliveries/{cancelled['id']}/replay")
        assert (again.status_code, again.json()["code"]) == (409, "webhook_disabled")
        enabled = (await client.patch(here, json={"status": "active"})).json()
        assert (enabled["status"], enabled["reason"]) == ("active", None)
        assert await spread(api) == 1  # that of the second job; the first one's was cancelled


async def test_resumed_what_is_held_is_due_now_with_all_its_tries(api: Api) -> None:
    async with api.client() as client:
        hook = await made(client)
        await api.send(analyze="false")
        await spread(api)
        async with api.database.transaction() as session:
            await session.run(
                text("UPDATE delivery SET next_attempt_at = now() + interval '1 day', attempts = 9")
            )
            await session.run(
                text("UPDATE webhook SET status = 'paused', reason = 'it failed', failing_since = now()")
            )
        resumed = await client.patch(f"/v1/webhooks/{hook['id']}", json={"status": "active"})
        assert resumed.json() | {"status": "active", "reason": None, "failing_since": None} == resumed.json()
        [delivery] = (await client.get("/v1/deliveries")).json()["deliveries"]
    assert (delivery["status"], delivery["attempts"]) == ("pending", 0)
    assert datetime.fromisoformat(delivery["next_attempt_at"]) <= datetime.now(UTC) + timedelta(seconds=5)


async def test_active_already_nothing_is_sent_sooner(api: Api) -> None:
    async with api.client() as client:
        hook = await made(client)
        await api.send(analyze="false")
        await spread(api)
        async with api.database.transaction() as session:
            await session.run(
                text("UPDATE delivery SET next_attempt_at = now() + interval '1 day', attempts = 9")
            )
        await client.patch(f"/v1/webhooks/{hook['id']}", json={"status": "active"})
    assert await column(api, "SELECT attempts FROM delivery WHERE next_attempt_at > now()") == [9]


async def test_rotated_the_secret_before_signs_for_a_day_or_as_long_as_is_said(api: Api) -> None:
    async with api.client() as client:
        hook = await made(client)
        here = f"/v1/webhooks/{hook['id']}"
        answer = await client.post(f"{here}/rotate")
        rotated = answer.json()
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert rotated["secret"] == webhook_secret(SECRET, hook["id"], 2) != hook["secret"]
        left = datetime.fromisoformat(rotated["previous_secret_until"]) - datetime.now(UTC)
        assert timedelta(hours=23, minutes=50) < left <= timedelta(hours=24)
        shown = (await client.get(here)).json()
        assert shown == {name: value for name, value in rotated.items() if name != "secret"}
        again = (await client.post(f"{here}/rotate", json={"overlap_seconds": 60})).json()
        assert again["previous_secret_until"] == rotated["previous_secret_until"], "as it was promised"
        assert await column(api, "SELECT oldest_generation FROM webhook") == [1]
        rotated = (await client.post(f"{here}/rotate", json={"overlap_seconds": 0})).json()
        assert rotated["previous_secret_until"] is None
        assert rotated["secret"] == webhook_secret(SECRET, hook["id"], 4)
        for wrong in (-1, 7 * 86400 + 1, "60", 1.5):
            refused = await client.post(f"{here}/rotate", json={"overlap_seconds": wrong})
            assert refused.status_code == 422, wrong
    assert await column(api, "SELECT generation FROM webhook") == [4]
    assert await column(api, "SELECT oldest_generation FROM webhook") == [4]


async def test_a_deletion_that_broke_off_goes_on_when_it_is_done_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = webhooks.forget, 0

    async def breaks_off(session: Session, webhook: UUID, limit: int) -> int:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise DependencyDown("database", "away")
        return await real(session, webhook, limit)

    monkeypatch.setattr(rows, "AT_ONCE", 2)
    monkeypatch.setattr(webhooks, "forget", breaks_off)
    async with api.client() as client:
        hook = await made(client)
        for _ in range(5):
            await client.post(f"/v1/webhooks/{hook['id']}/test")
        assert (await client.delete(f"/v1/webhooks/{hook['id']}")).status_code == 503
        assert (await client.get(f"/v1/webhooks/{hook['id']}")).json()["status"] == "disabled"
        assert await api.count("delivery") == 1
        assert (await client.delete(f"/v1/webhooks/{hook['id']}")).status_code == 204
    assert (await api.count("webhook"), await api.count("delivery")) == (0, 0)


async def test_deleted_it_is_gone_with_its_log(api: Api) -> None:
    async with api.client() as client:
        hook = await made(client)
        delivery = (await client.post(f"/v1/webhooks/{hook['id']}/test")).json()
        other = await made(client)
        await client.post(f"/v1/webhooks/{other['id']}/test")
        assert (await client.delete(f"/v1/webhooks/{hook['id']}")).status_code == 204
        for place in (f"webhooks/{hook['id']}", f"deliveries/{delivery['id']}"):
            assert (await client.get(f"/v1/{place}")).status_code == 404
        assert (await client.delete(f"/v1/webhooks/{hook['id']}")).status_code == 404
    assert (await api.count("webhook"), await api.count("delivery")) == (1, 1)


async def test_what_is_no_id_is_not_there(api: Api) -> None:
    async with api.client() as client:
        for id_ in ("x", str(uuid4())):
            for place in (f"webhooks/{id_}", f"deliveries/{id_}"):
                assert (await client.get(f"/v1/{place}")).status_code == 404
            assert (await client.post(f"/v1/webhooks/{id_}/test")).status_code == 404
            assert (await client.post(f"/v1/deliveries/{id_}/replay")).status_code == 404


async def test_a_user_has_webhooks_of_its_own_and_hears_of_its_own_jobs(api: Api) -> None:
    await api.add_key(ANN, owner="ann", scopes=[Scope.JOBS_READ, Scope.JOBS_WRITE])
    async with api.client() as client, api.client(ANN) as ann:
        whole, hers = await made(client), await made(ann)
        assert (whole["owner"], hers["owner"]) == (None, "ann")
        assert [hook["id"] for hook in (await ann.get("/v1/webhooks")).json()["webhooks"]] == [hers["id"]]
        assert len((await client.get("/v1/webhooks")).json()["webhooks"]) == 2
        await api.send(b"the tenant's")
        job = (await api.send(key=ANN)).json()["id"]
        assert await spread(api) == 3
        seen = (await ann.get("/v1/deliveries")).json()["deliveries"]
        assert [(each["webhook"], each["job"]) for each in seen] == [(hers["id"], job)]
        assert len((await client.get("/v1/deliveries", params={"job": job})).json()["deliveries"]) == 2
        assert (await ann.get(f"/v1/webhooks/{whole['id']}")).status_code == 404
        await settle(api, "delivered")
        again = await ann.post(f"/v1/webhooks/{hers['id']}/replay", json={"since": "2026-01-01T00:00:00Z"})
        assert again.json() == {"deliveries": 1}
        assert (await ann.get("/v1/callback-secret")).status_code == 403


async def test_a_ping_is_an_event_for_this_webhook_alone(api: Api) -> None:
    async with api.client() as client:
        hook, _ = await made(client, types=["job.failed"]), await made(client)
        answer = await client.post(f"/v1/webhooks/{hook['id']}/test")
        ping = answer.json()
        assert (answer.status_code, ping["type"], ping["status"]) == (202, "webhook.ping", "pending")
        assert (ping["webhook"], ping["job"], ping["attempts"]) == (hook["id"], None, 0)
        assert (await client.get(f"/v1/deliveries/{ping['id']}")).json() == ping
        assert len((await client.get("/v1/deliveries")).json()["deliveries"]) == 1
    [body] = await column(api, "SELECT body FROM event")
    event = httpx2.Response(200, content=bytes(body)).json()
    assert (event["id"], event["type"], event["tenant"]) == (ping["event"], "webhook.ping", "acme")
    assert (event["subject"], event["data"]) == (hook["id"], {"webhook": hook["id"]})
    assert await column(api, "SELECT lane FROM delivery") == ["ping/acme"]  # one for all of a tenant's
    assert await api.count("outbox") == 0  # nobody else is told


async def test_the_callback_secret_is_the_tenants_and_rotates(api: Api) -> None:
    async with api.client() as client:
        first = await client.get("/v1/callback-secret")
        assert (first.status_code, first.headers["cache-control"]) == (200, "no-store")
        assert (await client.get("/v1/callback-secret")).json() == first.json()
        second = (await client.post("/v1/callback-secret/rotate", json={"overlap_seconds": 60})).json()
        assert second["secret"] != first.json()["secret"]
        assert second["previous_secret_until"] is not None
        assert (await client.get("/v1/callback-secret")).json() == second
        again = (await client.post("/v1/callback-secret/rotate", json={"overlap_seconds": 1})).json()
        assert again["previous_secret_until"] == second["previous_secret_until"]
        assert await column(api, "SELECT callback_oldest_generation FROM tenant WHERE name = 'acme'") == [1]
        third = (await client.post("/v1/callback-secret/rotate", json={"overlap_seconds": 0})).json()
        assert third["previous_secret_until"] is None
    assert await column(api, "SELECT callback_generation FROM tenant WHERE name = 'acme'") == [4]

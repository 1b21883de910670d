"""The log of deliveries, and sending again: one of them, or all that was told in some time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from gateway.auth import Scope
from gateway.webhooks import sending
from result_writer.handler import Rules, store_results
from result_writer.retention import Retention
from scribeline.contracts.envelope import wrap
from scribeline.contracts.webhook import WebhookDisabled
from scribeline.storage.database import EVERYBODY
from scribeline.storage.events import record
from tests.support import births
from tests.support.api import Api
from tests.support.notified import settle, spread, stored
from tests.support.roles import as_notifier, as_writer

URL = "https://hooks.example.com"
EVER = {"since": "2026-01-01T00:00:00Z"}
ANN = "sl_of_ann"


@pytest.fixture
async def client(api: Api) -> AsyncIterator[httpx2.AsyncClient]:
    async with api.client() as client:
        yield client


async def made(client: httpx2.AsyncClient, **given: Any) -> str:
    answer = await client.post("/v1/webhooks", json={"url": URL, **given})
    return str(answer.json()["id"])


async def job(api: Api, data: bytes = b"a recording", **given: Any) -> UUID:
    """One that was transcribed: three events."""
    id_ = UUID((await api.send(data, analyze="false", **given)).json()["id"])
    said = births.short(id_, "said")
    await store_results([said], database=as_writer(api.database), rules=Rules(), committed=lambda: None)
    return id_


async def log(client: httpx2.AsyncClient, **asked: Any) -> list[dict[str, Any]]:
    answer = await client.get("/v1/deliveries", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["deliveries"]
    return found


async def replayed(client: httpx2.AsyncClient, hook: str, **asked: Any) -> int:
    answer = await client.post(f"/v1/webhooks/{hook}/replay", json={**EVER, **asked})
    assert answer.status_code == 202, answer.text
    return int(answer.json()["deliveries"])


async def test_a_delivery_tells_what_became_of_it(api: Api, client: httpx2.AsyncClient) -> None:
    hook = await made(client, types=["job.completed"])
    id_ = await job(api)
    await spread(api)
    [pending] = await log(client)
    assert (pending["webhook"], pending["job"], pending["type"]) == (hook, str(id_), "job.completed")
    assert (pending["status"], pending["ended_at"], pending["tries"]) == ("pending", None, [])
    assert pending["next_attempt_at"] is not None
    assert [str(e.id) for e in await stored(api) if e.type == "job.completed"] == [pending["event"]]
    await settle(api, "failed")
    [failed] = await log(client)
    assert (failed["status"], failed["next_attempt_at"], failed["attempts"]) == ("failed", None, 10)
    assert [(each["status"], each["body"]) for each in failed["tries"]] == [(500, "no")]
    assert (await client.get(f"/v1/deliveries/{failed['id']}")).json() == failed


async def test_the_log_is_read_by_filter_and_page_by_page(api: Api, client: httpx2.AsyncClient) -> None:
    hook, other = await made(client), await made(client, types=["job.completed"])
    jobs = [await job(api, bytes([n])) for n in range(2)]
    await spread(api)
    await settle(api, "delivered", f"webhook = '{other}'")
    every = await log(client)
    assert [each["id"] for each in every] == sorted((each["id"] for each in every), reverse=True)
    assert len(every) == 8
    assert len(await log(client, webhook=hook)) == 6
    assert {each["job"] for each in await log(client, job=jobs[0])} == {str(jobs[0])}
    assert {each["webhook"] for each in await log(client, status="delivered")} == {other}
    assert len(await log(client, type=["job.completed", "job.accepted"], webhook=hook)) == 4
    assert await log(client, webhook=hook, status="failed") == []
    read: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get("/v1/deliveries", params={"limit": "3", **cursor})).json()
        read += page["deliveries"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert read == every
    for wrong in (
        {"status": "x"},
        {"type": "x"},
        {"webhook": "x"},
        {"limit": 201},
        {"cursor": "x"},
        {"x": 1},
    ):
        assert (await client.get("/v1/deliveries", params=wrong)).status_code == 422, wrong


async def test_sent_again_it_begins_anew_under_the_same_id(api: Api, client: httpx2.AsyncClient) -> None:
    await made(client, types=["job.completed"])
    await job(api)
    await spread(api)
    await settle(api, "failed")
    [failed] = await log(client)
    answer = await client.post(f"/v1/deliveries/{failed['id']}/replay")
    again = answer.json()
    assert (answer.status_code, again["id"], again["event"]) == (202, failed["id"], failed["event"])
    assert (again["status"], again["reason"], again["attempts"]) == ("pending", None, 0)
    assert (again["replays"], again["ended_at"], again["tries"]) == (1, None, failed["tries"])
    assert (await client.get(f"/v1/deliveries/{failed['id']}")).json() == again


async def test_one_that_has_not_ended_is_due_at_once_and_no_further_round(
    api: Api, client: httpx2.AsyncClient
) -> None:
    await made(client, types=["job.completed"])
    await job(api)
    await spread(api)
    async with api.database.transaction() as session:
        await session.run(
            text("UPDATE delivery SET next_attempt_at = now() + interval '1 day', attempts = 4")
        )
    [waits] = await log(client)
    again = (await client.post(f"/v1/deliveries/{waits['id']}/replay")).json()
    assert again["next_attempt_at"] < waits["next_attempt_at"]
    assert (again["attempts"], again["replays"]) == (4, 0)


async def test_what_is_deleted_is_not_sent_again(api: Api, client: httpx2.AsyncClient) -> None:
    hook = await made(client)
    id_ = await job(api)
    await spread(api)
    await settle(api, "delivered")
    told = await log(client)
    await client.delete(f"/v1/jobs/{id_}")  # and not yet removed
    assert await replayed(client, hook) == 0
    for each in told:
        refused = await client.post(f"/v1/deliveries/{each['id']}/replay")
        assert (refused.status_code, refused.json()["code"]) == (410, "event_gone")
    await Retention(as_writer(api.database), api.store, lambda: None).remove_deleted()
    assert await spread(api) == 1
    await settle(api, "delivered")
    assert await replayed(client, hook) == 1  # that it was deleted
    assert {each["status"] for each in await log(client) if each["type"] != "job.deleted"} == {"delivered"}


async def test_all_of_some_time_is_sent_again_with_what_was_never_sent(
    api: Api, client: httpx2.AsyncClient
) -> None:
    await job(api)
    early = await made(client)
    assert await replayed(client, early) == 3  # from before it was made
    assert await replayed(client, early) == 0  # pending
    events = [str(each.id) for each in await stored(api)]
    assert [each["event"] for each in await log(client)] == events[::-1]
    await settle(api, "delivered", "type = 'job.accepted'")
    await settle(api, "failed")
    assert await replayed(client, early, status="cancelled") == 0
    assert await replayed(client, early, status="delivered") == 1
    assert await replayed(client, early, status="failed", types=["job.completed"]) == 1
    assert await replayed(client, early) == 1
    assert {(each["status"], each["replays"]) for each in await log(client)} == {("pending", 1)}


async def test_only_what_the_webhook_is_told_of_is_sent_again(api: Api, client: httpx2.AsyncClient) -> None:
    await job(api)
    hook = await made(client, types=["job.completed", "job.failed"])
    await client.post(f"/v1/webhooks/{hook}/test")
    await settle(api, "delivered")
    assert await replayed(client, hook, types=["job.accepted"]) == 0
    assert await replayed(client, hook, status="failed") == 0
    assert await replayed(client, hook) == 1  # and no ping
    assert [each["type"] for each in await log(client, status="pending")] == ["job.completed"]


async def test_since_and_until_bound_what_is_sent_again(api: Api, client: httpx2.AsyncClient) -> None:
    hook = await made(client)
    await job(api)
    async with api.database.transaction() as session:
        await session.run(
            text("UPDATE event SET created_at = '2026-11-01T12:00:00Z' WHERE type = 'job.accepted'")
        )
    day = {"since": "2026-11-01T12:00:00Z", "until": "2026-11-01T12:00:01Z"}
    assert await replayed(client, hook, since="2026-11-01T11:00:00Z", until="2026-11-01T12:00:00Z") == 0
    assert await replayed(client, hook, **day) == 1
    assert await replayed(client, hook, since="2026-11-01T12:00:01Z") == 2
    assert await replayed(client, hook, since="2100-01-01T00:00:00Z") == 0
    for wrong in (
        {},
        {"since": "yesterday"},
        {"since": day["until"], "until": day["since"]},
        {**EVER, "status": "pending"},
    ):
        answer = await client.post(f"/v1/webhooks/{hook}/replay", json=wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_parameter"), wrong


async def test_however_many_events_they_are_sent_again_in_steps(
    api: Api, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "STEP", 2)
    for n in range(3):
        await job(api, bytes([n]))
    hook = await made(client)
    assert await replayed(client, hook) == 9
    assert [each["event"] for each in await log(client)] == [str(e.id) for e in await stored(api)][::-1]


async def test_two_who_replay_at_once_send_each_event_once(api: Api, client: httpx2.AsyncClient) -> None:
    hook = await made(client)
    await job(api)
    assert sum(await asyncio.gather(*(replayed(client, hook) for _ in range(4)))) == 3
    assert {each["replays"] for each in await log(client)} == {0}


async def test_a_users_webhook_is_replayed_that_users_events_alone(
    api: Api, client: httpx2.AsyncClient
) -> None:
    await api.add_key(ANN, owner="ann", scopes=[Scope.JOBS_READ, Scope.JOBS_WRITE])
    await api.add_key("sl_of_beta", tenant="beta")
    await job(api)
    hers = await job(api, key=ANN)
    await job(api, key="sl_of_beta")
    async with api.client(ANN) as ann:
        assert await replayed(ann, await made(ann)) == 3
        assert {each["job"] for each in await log(ann)} == {str(hers)}
    assert await replayed(client, await made(client)) == 6


async def test_a_webhook_is_not_told_again_of_itself(api: Api, client: httpx2.AsyncClient) -> None:
    first, other = await made(client), await made(client)
    async with as_notifier(api.database).transaction(EVERYBODY) as session:
        for hook in (first, other):
            data = WebhookDisabled(webhook=UUID(hook), url=URL, reason="x")
            notice = wrap(data, id=uuid7(), job=data.webhook, tenant="acme", owner=None, source="notifier")
            record(session, notice)
    assert await replayed(client, first) == 1
    [told] = await log(client)
    async with api.database.transaction() as session:
        found = await session.run(text("SELECT job FROM event WHERE id = :id"), {"id": told["event"]})
        assert str(found.scalar_one()) == other


async def test_events_of_webhooks_are_no_job_s(api: Api, client: httpx2.AsyncClient) -> None:
    """A ping stands in the log without a job, and is found by no job's id."""
    hook = await made(client)
    await client.post(f"/v1/webhooks/{hook}/test")
    [ping] = await log(client)
    assert ping["job"] is None
    assert await log(client, job=hook) == []
    assert await log(client, type="webhook.ping") == [ping]
    await settle(api, "failed")
    assert (await client.post(f"/v1/deliveries/{ping['id']}/replay")).json()["status"] == "pending"

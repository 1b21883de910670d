"""Webhooks, deliveries and subscribers in the client library: what is asked, and how answers are read."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from scribeline.client import NotFound, Refused
from scribeline.client.reading import tolerant
from scribeline.contracts.api.subscribers import SecretSubscriber, SubscriberView
from scribeline.contracts.api.webhooks import (
    CallbackSecret,
    DeliveryStatus,
    DeliveryView,
    SecretWebhook,
    WebhookStatus,
    WebhookView,
)
from tests.support.clients import KINDS, Script, client_of, each, refused, said, told
from tests.support.hooks import DELIVERY, EVENT, WEBHOOK, delivery, subscriber, webhook

pytestmark = pytest.mark.parametrize("kind", KINDS)
SINCE = datetime(2026, 11, 22, 10, tzinfo=UTC)


def asked(server: Script) -> list[tuple[str, str, Any]]:
    """Method, path with its query, and body of each request."""
    return [
        (request.method, request.url.raw_path.decode(), json.loads(request.content or b"null"))
        for request in server.requests
    ]


async def test_a_webhook_is_made_and_its_secret_is_told(kind: str) -> None:
    server = Script(said(webhook(secret="whsec_c2VjcmV0", types=["job.completed"]), 201))
    client = client_of(kind, server)
    made = await told(client.webhooks.create("https://x.example/h", types=["job.completed"], content="refs"))
    await told(client.webhooks.create("https://x.example/h"))
    assert isinstance(made, SecretWebhook)
    assert (made.id, made.secret, made.types) == (UUID(WEBHOOK), "whsec_c2VjcmV0", ["job.completed"])
    assert asked(server) == [
        ("POST", "/v1/webhooks", {
            "url": "https://x.example/h", "types": ["job.completed"], "content": "refs",
        }),
        ("POST", "/v1/webhooks", {"url": "https://x.example/h"}),
    ]  # fmt: skip


async def test_webhooks_are_listed_looked_at_changed_and_deleted(kind: str) -> None:
    paused = webhook(status="paused", reason="No answer.", failing_since="2026-11-22T10:00:00Z")
    server = Script(said({"webhooks": [paused]}), said(paused), said(webhook()), said(webhook()), said({}))
    client = client_of(kind, server)
    [listed] = (await told(client.webhooks.list())).webhooks
    assert await told(client.webhooks.get(listed)) == listed
    assert (listed.status, listed.failing_since) == (WebhookStatus.PAUSED, SINCE)
    assert isinstance(listed, WebhookView)
    changed = await told(client.webhooks.change(listed, status="active", types=[]))
    assert changed.status is WebhookStatus.ACTIVE
    await told(client.webhooks.change(WEBHOOK))
    assert await told(client.webhooks.delete(UUID(WEBHOOK))) is None
    one = f"/v1/webhooks/{WEBHOOK}"
    assert asked(server) == [
        ("GET", "/v1/webhooks", None),
        ("GET", one, None),
        ("PATCH", one, {"status": "active", "types": []}),
        ("PATCH", one, {}),
        ("DELETE", one, None),
    ]


async def test_secrets_are_rotated(kind: str) -> None:
    new = {"secret": "whsec_bmV3", "previous_secret_until": "2026-11-22T10:00:00Z"}
    server = Script(said(webhook(**new)), said(webhook(**new)), said(new), said(new))
    client = client_of(kind, server)
    rotated = await told(client.webhooks.rotate(WEBHOOK, overlap_seconds=0))
    await told(client.webhooks.rotate(WEBHOOK))
    assert (rotated.secret, rotated.previous_secret_until) == ("whsec_bmV3", SINCE)
    callback = await told(client.callback_secret.get())
    assert isinstance(callback, CallbackSecret)
    assert (await told(client.callback_secret.rotate(overlap_seconds=60))).secret == "whsec_bmV3"
    assert asked(server) == [
        ("POST", f"/v1/webhooks/{WEBHOOK}/rotate", {"overlap_seconds": 0}),
        ("POST", f"/v1/webhooks/{WEBHOOK}/rotate", {}),
        ("GET", "/v1/callback-secret", None),
        ("POST", "/v1/callback-secret/rotate", {"overlap_seconds": 60}),
    ]


async def test_a_webhook_is_tried_out_and_told_again(kind: str) -> None:
    server = Script(said(delivery(type="webhook.ping", job=None), 202), said({"deliveries": 7}, 202))
    client = client_of(kind, server)
    ping = await told(client.webhooks.test(WEBHOOK))
    assert (ping.type, ping.job, ping.event) == ("webhook.ping", None, UUID(EVENT))
    again = await told(client.webhooks.replay(WEBHOOK, SINCE, types=["job.failed"], status="failed"))
    await told(client.webhooks.replay(WEBHOOK, SINCE, until=SINCE))
    assert again.deliveries == 7
    since = {"since": "2026-11-22T10:00:00Z"}
    assert asked(server) == [
        ("POST", f"/v1/webhooks/{WEBHOOK}/test", None),
        ("POST", f"/v1/webhooks/{WEBHOOK}/replay", {**since, "types": ["job.failed"], "status": "failed"}),
        ("POST", f"/v1/webhooks/{WEBHOOK}/replay", {**since, "until": "2026-11-22T10:00:00Z"}),
    ]


def pages(*sizes: int) -> list[Any]:
    """So many deliveries on each page, and a cursor on all but the last."""
    ids = iter(range(sum(sizes)))
    return [
        said({
            "deliveries": [delivery(id=f"{next(ids):08}{DELIVERY[8:]}") for _ in range(size)],
            "next_cursor": f"after {number}" if number < len(sizes) else None,
        })
        for number, size in enumerate(sizes, 1)
    ]  # fmt: skip


async def test_the_log_is_read_page_by_page(kind: str) -> None:
    server = Script(*pages(2, 1))
    client = client_of(kind, server)
    found = await each(
        client.deliveries.list(webhook=WEBHOOK, status="failed", type=["job.completed", "job.failed"])
    )
    assert [int(one.id.hex[:8]) for one in found] == [0, 1, 2]
    named = f"webhook={WEBHOOK}&status=failed&type=job.completed&type=job.failed&limit=100"
    assert [path for _, path, _ in asked(server)] == [
        f"/v1/deliveries?{named}",
        f"/v1/deliveries?{named}&cursor=after+1",
    ]


async def test_no_more_of_the_log_is_asked_for_than_is_wanted(kind: str) -> None:
    server = Script(*pages(100, 30, 100))
    found = await each(client_of(kind, server).deliveries.list(limit=120))
    assert len(found) == 120
    assert [path for _, path, _ in asked(server)] == [
        "/v1/deliveries?limit=100",
        "/v1/deliveries?limit=20&cursor=after+1",
    ]


async def test_a_delivery_tells_what_was_answered_and_is_sent_again(kind: str) -> None:
    told_no = {
        "at": "2026-11-22T10:00:00Z", "status": 500, "error": "It answered 500.", "body": "no", "seconds": 0.1
    }  # fmt: skip
    server = Script(said(delivery(status="failed", tries=[told_no])), said(delivery(), 202))
    client = client_of(kind, server)
    failed = await told(client.deliveries.get(DELIVERY))
    assert isinstance(failed, DeliveryView)
    assert (failed.status, failed.tries[0].status, failed.tries[0].body) == ("failed", 500, "no")
    assert (await told(client.deliveries.replay(failed))).status is DeliveryStatus.PENDING
    assert asked(server)[1] == ("POST", f"/v1/deliveries/{DELIVERY}/replay", None)


async def test_why_not_is_told(kind: str) -> None:
    with pytest.raises(NotFound, match="event_gone"):
        await told(client_of(kind, Script(refused(410, "event_gone"))).deliveries.replay(DELIVERY))
    with pytest.raises(Refused, match="webhook_disabled"):
        await told(client_of(kind, Script(refused(409, "webhook_disabled"))).webhooks.test(WEBHOOK))


async def test_what_sends_or_makes_something_is_asked_for_once(kind: str) -> None:
    server = Script(refused(503, "database_unavailable"))
    client = client_of(kind, server)
    asks: list[Callable[[], Any]] = [
        lambda: client.webhooks.create("https://x.example"),
        lambda: client.webhooks.rotate(WEBHOOK),
        lambda: client.webhooks.replay(WEBHOOK, SINCE),
        lambda: client.subscribers.create("crm", tenant="acme"),
        lambda: client.subscribers.rotate("crm"),
    ]
    for ask in asks:
        server.requests.clear()
        with pytest.raises(Refused):
            await told(ask())
        assert len(server.requests) == 1


async def test_subscribers_are_made_looked_at_and_removed(kind: str) -> None:
    url = "amqps://s:p@broker"
    one, all_ = subscriber(url=url), subscriber(url=url, tenant=None, name="audit")
    server = Script(
        said(one, 201), said(all_, 201), said({"subscribers": [one]}), said(one), said(one), said(None)
    )
    client = client_of(kind, server)
    made = await told(client.subscribers.create("crm", tenant="acme", types=["job.failed"], max_length=5))
    assert isinstance(made, SecretSubscriber)
    assert made.url == url
    assert (await told(client.subscribers.create("audit", all_tenants=True))).tenant is None
    [listed] = (await told(client.subscribers.list())).subscribers
    assert isinstance(listed, SubscriberView)
    assert (await told(client.subscribers.get("crm"))) == listed
    assert (await told(client.subscribers.rotate("crm"))).url == url
    await told(client.subscribers.remove("a/b"))
    below = "/v1/admin/subscribers"
    assert asked(server) == [
        ("POST", below, {"name": "crm", "tenant": "acme", "types": ["job.failed"], "max_length": 5}),
        ("POST", below, {"name": "audit", "all_tenants": True}),
        ("GET", below, None),
        ("GET", f"{below}/crm", None),
        ("POST", f"{below}/crm/rotate", None),
        ("DELETE", f"{below}/a%2Fb", None),
    ]


async def test_what_a_newer_server_says_is_read(kind: str) -> None:
    newer = webhook(status="sleeping", content="summaries", colour="blue")
    found = await told(client_of(kind, Script(said(newer))).webhooks.get(WEBHOOK))
    assert (found.status, found.content) == ("sleeping", "summaries")
    assert tolerant(WebhookView).model_validate_json(found.model_dump_json()) == found

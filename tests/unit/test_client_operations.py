"""Whatever the API can be asked, the client library has a method for, and it asks at the right address."""

import json
import re
from collections.abc import AsyncIterable, Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scribeline.client import NotFound
from scribeline.contracts.rules import TenantRules
from tests.support.clients import KINDS, Client, Script, client_of, each, refused, told

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs/openapi.json").read_text())
OPERATIONS = {
    operation["operationId"]: (method.upper(), path)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
NOT_OURS = {"createTranscription", "createTranslation"}
"""OpenAI's: its clients ask for them."""
NO_NEED = {"putTenant"}
"""`tenants.create` and `tenants.change` do it."""
NOW = datetime(2026, 11, 22, tzinfo=UTC)

ASKS: dict[str, Callable[[Client], Any]] = {
    "createJob": lambda c: c.jobs.create(b"RIFF"),
    "listJobs": lambda c: c.jobs.list(),
    "getJob": lambda c: c.jobs.get("x"),
    "deleteJob": lambda c: c.jobs.delete("x"),
    "changeJobs": lambda c: c.jobs.bulk("delete", tag="x"),
    "listUploads": lambda c: c.uploads.list(),
    "createUpload": lambda c: c.uploads.create(9),
    "getUpload": lambda c: c.uploads.get("x"),
    "deleteUpload": lambda c: c.uploads.delete("x"),
    "cancelJob": lambda c: c.jobs.cancel("x"),
    "retryJob": lambda c: c.jobs.retry("x"),
    "followJob": lambda c: c.jobs.events("x"),
    "followEvents": lambda c: c.events(),
    "getTranscript": lambda c: c.jobs.transcript("x"),
    "getAnalysis": lambda c: c.jobs.analysis("x"),
    "searchTranscripts": lambda c: c.search("word"),
    "rerunJob": lambda c: c.jobs.rerun("x"),
    "listRuns": lambda c: c.jobs.runs("x"),
    "getTimeline": lambda c: c.jobs.timeline("x"),
    "listTemplates": lambda c: c.templates.list(),
    "getTemplate": lambda c: c.templates.get("x"),
    "putTemplate": lambda c: c.templates.put("x"),
    "deleteTemplate": lambda c: c.templates.delete("x"),
    "getRules": lambda c: c.rules.get(),
    "putRules": lambda c: c.rules.put(TenantRules()),
    "listModels": lambda c: c.models.list(),
    "getModel": lambda c: c.models.get("x"),
    "listWebhooks": lambda c: c.webhooks.list(),
    "createWebhook": lambda c: c.webhooks.create("https://x.example"),
    "getWebhook": lambda c: c.webhooks.get("x"),
    "changeWebhook": lambda c: c.webhooks.change("x", types=[]),
    "deleteWebhook": lambda c: c.webhooks.delete("x"),
    "rotateWebhookSecret": lambda c: c.webhooks.rotate("x"),
    "testWebhook": lambda c: c.webhooks.test("x"),
    "replayWebhook": lambda c: c.webhooks.replay("x", NOW),
    "listDeliveries": lambda c: c.deliveries.list(),
    "getDelivery": lambda c: c.deliveries.get("x"),
    "replayDelivery": lambda c: c.deliveries.replay("x"),
    "getCallbackSecret": lambda c: c.callback_secret.get(),
    "rotateCallbackSecret": lambda c: c.callback_secret.rotate(),
    "createKey": lambda c: c.keys.create("ci"),
    "listKeys": lambda c: c.keys.list(),
    "revokeKey": lambda c: c.keys.revoke("x"),
    "getStatus": lambda c: c.admin.status(),
    "listFailures": lambda c: c.admin.failures(),
    "resumeJobs": lambda c: c.admin.resume(),
    "listQueues": lambda c: c.queues.list(),
    "pauseQueue": lambda c: c.queues.pause("x"),
    "resumeQueue": lambda c: c.queues.resume("x"),
    "listDeadLetters": lambda c: c.queues.dead("x"),
    "getDeadLetter": lambda c: c.queues.letter("x", "y"),
    "redriveDeadLetters": lambda c: c.queues.redrive("x", all=True),
    "discardDeadLetters": lambda c: c.queues.discard("x", all=True),
    "listTenants": lambda c: c.tenants.list(),
    "createTenant": lambda c: c.tenants.create("x"),
    "getTenant": lambda c: c.tenants.get("x"),
    "changeTenant": lambda c: c.tenants.change("x"),
    "getTenantUsage": lambda c: c.tenants.usage("x"),
    "getUsage": lambda c: c.usage(),
    "listSubscribers": lambda c: c.subscribers.list(),
    "createSubscriber": lambda c: c.subscribers.create("x", tenant="acme"),
    "getSubscriber": lambda c: c.subscribers.get("x"),
    "rotateSubscriber": lambda c: c.subscribers.rotate("x"),
    "removeSubscriber": lambda c: c.subscribers.remove("x"),
}


def test_no_operation_is_without_a_method() -> None:
    without = OPERATIONS.keys() - ASKS.keys() - NOT_OURS - NO_NEED
    assert not without, f"{sorted(without)}: give scribeline/client a method, and add it to ASKS"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("operation", sorted(OPERATIONS.keys() & ASKS.keys()))
async def test_each_is_asked_for_at_its_address(kind: str, operation: str) -> None:
    server = Script(refused(404, "not_found"))
    with pytest.raises(NotFound):
        await _carried_out(lambda: ASKS[operation](client_of(kind, server)))
    method, path = OPERATIONS[operation]
    [request] = server.requests
    assert request.method == method
    assert re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), request.url.path)


async def _carried_out(ask: Callable[[], Any]) -> Any:
    answer = ask()
    return await (each(answer) if isinstance(answer, Iterable | AsyncIterable) else told(answer))

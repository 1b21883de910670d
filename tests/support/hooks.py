"""Webhooks, deliveries and subscribers as the gateway shows them, but for what a test says."""

import json
from typing import Any

from scribeline.contracts.api.subscribers import SubscriberView
from scribeline.contracts.api.webhooks import DeliveryView, WebhookView

WEBHOOK = "01936d4e-0000-7000-8000-0000000000aa"
DELIVERY = "01936d4e-0000-7000-8000-0000000000dd"
EVENT = "01936d4e-0000-5000-8000-0000000000ee"
JOB = "01936d4e-0000-7000-8000-000000000001"
AT = "2026-11-22T10:00:00Z"


def webhook(**told: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": WEBHOOK, "url": "https://crm.example/hook", "description": "", "types": [], "content": "full",
        "status": "active", "reason": None, "owner": None, "failing_since": None, "succeeded_at": None,
        "created_at": AT, "previous_secret_until": None,
    }  # fmt: skip
    return _as_shown(WebhookView, shown) | told


def delivery(**told: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": DELIVERY, "webhook": WEBHOOK, "event": EVENT, "type": "job.completed", "job": JOB,
        "status": "pending", "reason": None, "attempts": 0, "next_attempt_at": AT, "replays": 0,
        "created_at": AT, "ended_at": None, "tries": [],
    }  # fmt: skip
    return _as_shown(DeliveryView, shown) | told


def try_(status: int | None = 200, **told: Any) -> dict[str, Any]:
    error = None if status == 200 else f"It answered {status}."
    return {"at": AT, "status": status, "error": error, "body": "", "seconds": 0.25, **told}


def subscriber(**told: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": "crm", "tenant": "acme", "types": [], "queue": "scribeline.sub.acme.crm",
        "log": "scribeline.public.log.acme", "messages": 0, "consumers": 1, "max_length": 100_000,
        "max_bytes": 268_435_456, "ready": True,
    }  # fmt: skip
    return _as_shown(SubscriberView, shown) | told


def _as_shown(model: Any, shown: dict[str, Any]) -> dict[str, Any]:
    """Nothing is missing, and nothing is there that the gateway does not say."""
    told: dict[str, Any] = json.loads(model.model_validate_json(json.dumps(shown)).model_dump_json())
    assert told.keys() == shown.keys()
    return told

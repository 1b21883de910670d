"""What strangers ask of each operation of the API, and what they are answered.

A stranger is somebody of another tenant, another user of the same tenant, or somebody whose key lacks the
scope. Each operation has a line here; one that names something in its address or its body names what is
somebody else's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.auth import Scope

MARK = "kumquat"
"""A word that stands in everything that is somebody else's."""
AUDIO = {"files": {"audio": ("a.wav", b"a recording", "audio/wav")}}
SPEECH = {**AUDIO, "files": {"file": AUDIO["files"]["audio"]}, "data": {"model": "whisper-1"}}
EVERYTHING: Mapping[str, Any] = {"json": {"all": True}}
READ, WRITE, ADMIN = Scope.JOBS_READ, Scope.JOBS_WRITE, Scope.ADMIN


@dataclass(frozen=True)
class Ask:
    """One request. `{job}`, `{upload}`, `{webhook}`, `{delivery}`, `{event}`, `{key}` and `{mark}` in it
    become somebody else's."""

    operation: str
    needs: Scope
    tenant: int = 404
    """What somebody of another tenant is answered."""
    owner: int = 404
    """What another user of the same tenant is answered."""
    address: Mapping[str, str] = field(default_factory=lambda: {"id": "{job}"})
    """What stands in the path's places."""
    send: Mapping[str, Any] = field(default_factory=dict)
    shared: bool = False
    """It shows what is the whole tenant's: another user of it may see that."""


def _of_admin(operation: str, name: str = "{mark}", **send: Any) -> Ask:
    return Ask(operation, ADMIN, 403, 403, address={"name": name, "id": "{key}"}, send=send)


QUEUE = "transcriber.short"
WEBHOOK = {"id": "{webhook}"}
ASKS = (
    Ask("createJob", WRITE, 202, 202, send=AUDIO),
    # a key that another took: each tenant and each user has its own
    Ask("createJob", WRITE, 202, 202, send={**AUDIO, "headers": {"Idempotency-Key": "{mark}"}}),
    # the job that a recording goes on from: what is not theirs is answered as what is not there
    Ask("createJob", WRITE, 422, 422, send={**AUDIO, "data": {"continues": "{job}"}}),
    Ask("createJob", WRITE, send={"json": {"upload_id": "{upload}"}}),
    Ask("createUpload", WRITE, 201, 201, send={"json": {"bytes": 1}}),
    Ask("listUploads", WRITE, 200, 200),
    Ask("getUpload", WRITE, address={"id": "{upload}"}),
    Ask("deleteUpload", WRITE, address={"id": "{upload}"}),
    Ask("listJobs", READ, 200, 200),
    Ask("listJobs", READ, 200, 200, send={"params": {"owner": "ann"}}),
    Ask("listJobs", READ, 200, 200, send={"params": {"tag": "{mark}"}}),
    Ask("listJobs", READ, 200, 200, send={"params": {"metadata": '{"note": "kumquat"}'}}),
    Ask("listJobs", READ, 200, 200, send={"params": {"order": "oldest", "cursor": "{job}"}}),
    Ask("getJob", READ),
    Ask("getJob", READ, send={"params": {"wait": 1}}),
    Ask("getJob", READ, send={"params": {"run": 1}}),
    Ask("cancelJob", WRITE),
    Ask("retryJob", WRITE),
    Ask("rerunJob", WRITE),
    Ask("rerunJob", WRITE, send={"params": {"wait": 1}, "json": {"stage": "analysis"}}),
    Ask("listRuns", READ),
    Ask("getTimeline", READ),
    Ask("getTimeline", READ, send={"params": {"run": 1, "limit": 1}}),
    Ask("deleteJob", WRITE),
    Ask("changeJobs", WRITE, 200, 200, send={"json": {"action": "delete", "all": True}}),
    Ask("changeJobs", WRITE, 200, 200, send={"json": {"action": "cancel", "filter": {"tag": ["{mark}"]}}}),
    Ask("changeJobs", WRITE, 200, 200, send={"json": {"action": "delete", "all": True, "dry_run": True}}),
    Ask("changeJobs", WRITE, 200, 200, send={"json": {"action": "rerun", "all": True}}),
    Ask("followJob", READ),
    Ask("followJob", READ, send={"headers": {"Last-Event-ID": "{event}"}}),
    Ask("followEvents", READ, 200, 200),
    Ask("followEvents", READ, 422, 200, send={"headers": {"Last-Event-ID": "{event}"}}),
    Ask("getTranscript", READ),
    Ask("getTranscript", READ, send={"params": {"format": "srt"}}),
    Ask("getTranscript", READ, send={"params": {"run": 1}}),
    Ask("getAnalysis", READ),
    Ask("getAnalysis", READ, send={"params": {"run": 1}}),
    # a template's name: that of another tenant is not known, that of one's own shows in one's jobs
    Ask(
        "createJob",
        WRITE,
        422,
        202,
        send={**AUDIO, "data": {"analysis_template": "{mark}"}},
        shared=True,
    ),
    Ask("listTemplates", READ, 200, 200, shared=True),
    Ask("getTemplate", READ, 404, 200, address={"name": "{mark}"}, shared=True),
    Ask("deleteTemplate", WRITE, 404, 403, address={"name": "{mark}"}),
    # each tenant has its own of that name
    Ask("putTemplate", WRITE, 200, 403, address={"name": "{mark}"}, send={"json": {"prompt": "x"}}),
    Ask("listWebhooks", READ, 200, 200),
    Ask("createWebhook", WRITE, 201, 201, send={"json": {"url": "https://hooks.example"}}),
    Ask("getWebhook", READ, address=WEBHOOK),
    Ask("changeWebhook", WRITE, address=WEBHOOK, send={"json": {"url": "https://hooks.example"}}),
    Ask("changeWebhook", WRITE, address=WEBHOOK, send={"json": {"status": "disabled"}}),
    Ask("rotateWebhookSecret", WRITE, address=WEBHOOK),
    Ask("testWebhook", WRITE, address=WEBHOOK),
    Ask("replayWebhook", WRITE, address=WEBHOOK, send={"json": {"since": "2026-01-01T00:00:00Z"}}),
    Ask("deleteWebhook", WRITE, address=WEBHOOK),
    Ask("listDeliveries", READ, 200, 200),
    Ask("listDeliveries", READ, 200, 200, send={"params": {"webhook": "{webhook}"}}),
    Ask("listDeliveries", READ, 200, 200, send={"params": {"job": "{job}"}}),
    Ask("getDelivery", READ, address={"id": "{delivery}"}),
    Ask("replayDelivery", WRITE, address={"id": "{delivery}"}),
    # the tenant's: each tenant has its own
    Ask("getCallbackSecret", WRITE, 200, 403),
    Ask("rotateCallbackSecret", WRITE, 200, 403),
    Ask("getRules", READ, 200, 200, shared=True),
    Ask("putRules", WRITE, 200, 403, send={"json": {}}),
    Ask("searchTranscripts", READ, 200, 200, send={"params": {"q": "kumquat"}}),
    Ask("searchTranscripts", READ, 200, 200, send={"params": {"q": "kumquat", "owner": "ann"}}),
    Ask("getUsage", READ, 200, 403),
    Ask("listModels", READ, 200, 200),
    Ask("getModel", READ, 200, 200, address={"id": "base"}),
    # the tests' gateway is about to stop, so that nobody waits for words
    Ask("createTranscription", WRITE, 503, 503, send=SPEECH),
    Ask("createTranslation", WRITE, 503, 503, send=SPEECH),
    _of_admin("createKey", json={"tenant": "acme"}),
    _of_admin("listKeys"),
    _of_admin("revokeKey"),
    _of_admin("getStatus"),
    _of_admin("listFailures"),
    _of_admin("resumeJobs", **EVERYTHING),
    _of_admin("listQueues"),
    _of_admin("pauseQueue", QUEUE),
    _of_admin("resumeQueue", QUEUE),
    _of_admin("listDeadLetters", QUEUE),
    _of_admin("getDeadLetter", QUEUE),
    _of_admin("redriveDeadLetters", QUEUE, **EVERYTHING),
    _of_admin("discardDeadLetters", QUEUE, **EVERYTHING),
    _of_admin("listTenants"),
    _of_admin("createTenant", json={"name": "acme"}),
    _of_admin("getTenant", "acme"),
    _of_admin("getTenantUsage", "acme"),
    _of_admin("changeTenant", "acme", json={"retention_days": 0}),
    _of_admin("putTenant", "acme", json={"retention_days": 0}),
    _of_admin("listSubscribers"),
    _of_admin("createSubscriber", json={"name": "s", "tenant": "acme"}),
    _of_admin("getSubscriber"),
    _of_admin("rotateSubscriber"),
    _of_admin("removeSubscriber"),
)


def missing(operations: set[str]) -> str:
    """Tells of operations without a line here, and of lines without an operation; empty where all is well."""
    asked = {ask.operation for ask in ASKS}
    new, gone = sorted(operations - asked), sorted(asked - operations)
    told = [
        f"{name} has no line in ASKS of tests/support/strangers.py: add one Ask for each way in which it can"
        " name what is somebody else's, with the answers to another tenant and to another owner."
        for name in new
    ]
    return " ".join([*told, *(f"{name} is asked, and no operation any more." for name in gone)])

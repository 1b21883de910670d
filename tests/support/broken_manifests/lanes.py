"""Deadlines, settings, secrets and room that do not fit: rules of `told.py` and `lanes.py`."""

from collections.abc import Mapping

from tests.support.broken_manifests.objects import Mutation, container, pod, shared, variable

LANES: Mapping[str, tuple[str, Mutation]] = {
    "killed while it works": (
        "budget",
        lambda o: pod(o, "Deployment transcriber-plan").update(terminationGracePeriodSeconds=1700),
    ),
    "a budget below a unit": (
        "budget",
        lambda o: variable(o, "Deployment transcriber-chunks", "SCRIBELINE_SHUTDOWN_SECONDS", "900"),
    ),
    "a model that is slower than the budget": (
        "budget",
        lambda o: variable(o, "Deployment analyzer", "SCRIBELINE_OLLAMA_TIMEOUT_SECONDS", "120"),
    ),
    "webhooks that are slower than the budget": (
        "budget",
        lambda o: variable(o, "Deployment notifier", "SCRIBELINE_WEBHOOK_SECONDS", "60"),
    ),
    "a setting that is none": (
        "settings",
        lambda o: variable(o, "Deployment analyzer", "SCRIBELINE_OLAMA_URL", "http://ollama"),
    ),
    "a secret that another service has": (
        "settings",
        lambda o: variable(
            o, "Deployment analyzer", "SCRIBELINE_DATABASE_URL_FILE", "/run/secrets/database_url"
        ),
    ),
    "a shared setting that no service has": (
        "settings",
        lambda o: shared(o).update(SCRIBELINE_OLAMA_URL="http://ollama"),
    ),
    "a password that all share": (
        "secrets",
        lambda o: shared(o).update(SCRIBELINE_AMQP_URL="amqp://user:password@host"),
    ),
    "a value that is refused": (
        "settings",
        lambda o: variable(o, "Deployment transcriber-short", "SCRIBELINE_SHORT_SLOTS", "0"),
    ),
    "a password in the environment": (
        "secrets",
        lambda o: variable(o, "Deployment analyzer", "SCRIBELINE_AMQP_URL", "amqp://user:password@host"),
    ),
    "a secret in the environment": (
        "secrets",
        lambda o: container(o, "Deployment analyzer")["env"].append(
            {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}
        ),
    ),
    "the secrets of another service": (
        "secrets",
        lambda o: pod(o, "Deployment analyzer")["volumes"][1]["secret"].update(
            secretName="scribeline-gateway"
        ),
    ),
    "more threads than cores": (
        "threads",
        lambda o: variable(o, "Deployment transcriber-chunks", "SCRIBELINE_CHUNK_SLOTS", "2"),
    ),
    "as many threads as the node has cores": (
        "threads",
        lambda o: variable(o, "Deployment transcriber-chunks", "SCRIBELINE_CPU_THREADS", "0"),
    ),
    "more uploads than memory": (
        "room",
        lambda o: variable(o, "Deployment gateway", "SCRIBELINE_UPLOADS_MAX", "64"),
    ),
    "recordings larger than the disk": (
        "room",
        lambda o: variable(o, "Deployment gateway", "SCRIBELINE_UPLOAD_MAX_BYTES", "10000000000"),
    ),
}

"""Where messages go: the names of exchanges and queues, without any installation's prefix."""

from scribeline.contracts.unit import Stage

JOBS = "scribeline.jobs"
RESULTS = "scribeline.results"
EVENTS = "scribeline.events"
EVENTS_LOG = "scribeline.events.log"
PUBLIC = "scribeline.public"
"""Events for others, who bind queues of their own; keys as on EVENTS: `<type>.<tenant>`, three words."""
DEAD = "scribeline.dead"
RETRY = "scribeline.delay"
BACK = "scribeline.back"
"""Brings what was delayed back to the queue that its key names."""
STRAY = "scribeline.stray"
"""Takes what no queue of ours is named for; to the result-writer, which sets it aside with the reason."""

SHORT_QUEUE = "transcriber.short"
PLAN_QUEUE = "transcriber.plan"
CHUNKS_QUEUE = "transcriber.chunks"
ANALYZER_QUEUE = "analyzer"
RESULTS_QUEUE = "result-writer"
DEATHS_QUEUE = "result-writer.deaths"
FORWARDER_QUEUE = "notifier.public"
WEBHOOKS_QUEUE = "notifier.webhooks"
EVENT_QUEUES: tuple[str, ...] = (FORWARDER_QUEUE, WEBHOOKS_QUEUE)
"""Of the notifier: two, so that neither waits for what the other waits for."""

QUEUE_OF: dict[Stage, str] = {
    Stage.SHORT: SHORT_QUEUE,
    Stage.PLAN: PLAN_QUEUE,
    Stage.CHUNK: CHUNKS_QUEUE,
    Stage.ANALYZE: ANALYZER_QUEUE,
    Stage.MERGE: ANALYZER_QUEUE,
}
"""The work queue of each stage; also its routing key on JOBS."""

WORK_QUEUES: tuple[str, ...] = tuple(dict.fromkeys(QUEUE_OF.values()))
CONSUMED: tuple[str, ...] = (*WORK_QUEUES, RESULTS_QUEUE, DEATHS_QUEUE, *EVENT_QUEUES)
"""All that a service of ours takes from. Also what labels of metrics may be."""

SUBSCRIBERS = "scribeline.sub"
PUBLIC_LOG = "scribeline.public.log"
EVERY_TENANT = "_all"
"""In names, for those who hear of every tenant: no tenant is called so."""


def subscriber(tenant: str | None, name: str) -> str:
    """The queue of a subscriber; its broker user is called the same. None: of every tenant."""
    return f"{SUBSCRIBERS}.{tenant or EVERY_TENANT}.{name}"


def public_log(tenant: str | None) -> str:
    """The stream that keeps a tenant's public events for its subscribers."""
    return f"{PUBLIC_LOG}.{tenant or EVERY_TENANT}"

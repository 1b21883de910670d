"""Where messages go: the names of exchanges and queues, without any installation's prefix."""

from scribeline.contracts.unit import Stage

JOBS = "scribeline.jobs"
RESULTS = "scribeline.results"
EVENTS = "scribeline.events"
EVENTS_LOG = "scribeline.events.log"
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

QUEUE_OF: dict[Stage, str] = {
    Stage.SHORT: SHORT_QUEUE,
    Stage.PLAN: PLAN_QUEUE,
    Stage.CHUNK: CHUNKS_QUEUE,
    Stage.ANALYZE: ANALYZER_QUEUE,
    Stage.MERGE: ANALYZER_QUEUE,
}
"""The work queue of each stage; also its routing key on JOBS."""

WORK_QUEUES: tuple[str, ...] = tuple(dict.fromkeys(QUEUE_OF.values()))

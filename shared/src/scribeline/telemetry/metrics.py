"""Every metric of every service, in one place, by Prometheus' naming conventions.

Labels are bounded: `queue` is a name out of the topology, without an installation's prefix; the others
take only the values listed beside them. Never a job, a tenant or a file name.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from prometheus_client import Counter, Gauge, Histogram, Info

NAMESPACE = "scribeline"

MESSAGES = Counter(
    "messages", "Deliveries dealt with.", ["queue", "outcome"], namespace=NAMESPACE
)  # outcome: done, failed (the input's fault), retry, dead, pause, lost (left to the broker to redeliver)
HANDLER_SECONDS = Histogram(
    "handler_seconds",
    "Time a handler took for one message or batch.",
    ["queue"],
    namespace=NAMESPACE,
    buckets=(0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 20, 40, 60, 120, 300),  # from one row to planning 10 h
)
IN_FLIGHT = Gauge("in_flight", "Messages being handled now.", ["queue"], namespace=NAMESPACE)
DEAD_LETTERS = Counter("dead_letters", "Messages set aside as dead.", ["queue"], namespace=NAMESPACE)

PUBLISH_FAILURES = Counter(
    "publish_failures", "Publishes that were not confirmed.", ["reason"], namespace=NAMESPACE
)  # reason: refused, timeout, lost (the connection went); all are sent again, but for `forwarded`
UNROUTABLE = Counter("unroutable", "Publishes that no queue took: a binding is missing.", namespace=NAMESPACE)
FORWARDED = Counter(
    "forwarded", "Events sent on to the queues of others.", ["outcome"], namespace=NAMESPACE
)  # outcome: confirmed, refused (a queue of others is full), unknown (one answers nothing)
OUTBOX_ROWS = Gauge("outbox_rows", "Rows committed and not yet confirmed by the broker.", namespace=NAMESPACE)
OUTBOX_OLDEST_SECONDS = Gauge(
    "outbox_oldest_seconds", "Age of the oldest row in the outbox.", namespace=NAMESPACE
)

UPLOADS = Counter(
    "uploads", "Uploads by how they ended.", ["outcome"], namespace=NAMESPACE
)  # outcome: accepted, refused, disconnected, failed
UPLOAD_BYTES = Counter("upload_bytes", "Bytes of audio received.", namespace=NAMESPACE)
AUDIO_SECONDS = Counter("audio_seconds", "Seconds of audio decoded, of all recordings.", namespace=NAMESPACE)

JOBS = Counter(
    "jobs", "Jobs that reached a terminal state.", ["status"], namespace=NAMESPACE
)  # status: completed, failed, cancelled
BATCH_MESSAGES = Histogram(
    "batch_messages",
    "Messages per transaction of the result-writer.",
    namespace=NAMESPACE,
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
)
BATCH_ROWS = Histogram(
    "batch_rows",
    "Rows per transaction of the result-writer.",
    namespace=NAMESPACE,
    buckets=(1, 4, 16, 64, 256, 1024, 4096, 16384),
)
DROPPED_RESULTS = Counter(
    "dropped_results", "Results that changed nothing.", ["reason"], namespace=NAMESPACE
)  # reason: duplicate, stale, unknown (no such job or unit), terminal (the job or stage had ended)
LOST_UNITS = Counter(
    "lost_units", "Units whose message the broker lost.", ["outcome"], namespace=NAMESPACE
)  # outcome: sent_again, failed (lost too often)

SWEEPS = Counter(
    "sweeps", "Rounds that looked for what crashes left in the bucket.", ["outcome"], namespace=NAMESPACE
)  # outcome: done, refused (the database may be older than the bucket), failed (a dependency was away)
ORPHANS_REMOVED = Counter("orphans_removed", "Recordings without a job, removed.", namespace=NAMESPACE)
STALE_UPLOADS_ABORTED = Counter(
    "stale_uploads_aborted", "Uploads that did not end in time, aborted.", namespace=NAMESPACE
)

WEBHOOK_TRIES = Counter(
    "webhook_tries", "Deliveries to webhooks, by what came of each try.", ["outcome"], namespace=NAMESPACE
)  # outcome: delivered, retry, failed (the last one), cancelled (nothing was to be sent any more)
WEBHOOK_SECONDS = Histogram(
    "webhook_seconds",
    "Time of one try.",
    namespace=NAMESPACE,
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 30),
)
WEBHOOK_LATENESS = Histogram(
    "webhook_lateness_seconds",
    "Time from when a try was due to its beginning.",
    namespace=NAMESPACE,
    buckets=(0.05, 0.25, 1, 2, 5, 15, 60, 300, 1800, 7200),
)
WEBHOOKS_IN_FLIGHT = Gauge("webhooks_in_flight", "Tries that are under way.", namespace=NAMESPACE)
WEBHOOKS_STOPPED = Counter(
    "webhooks_stopped", "Webhooks that nothing is sent to any more.", ["status"], namespace=NAMESPACE
)  # status: paused (all failed for days), disabled (its receiver said so)

BUILD = Info("build", "Which version runs.", ["service"], namespace=NAMESPACE)


def build_info(service: str) -> None:
    """Publish `scribeline_build_info{service,version} 1`."""
    BUILD.labels(service).info({"version": version("scribeline")})


@contextmanager
def handling(queue: str) -> Iterator[None]:
    """Count a message as in flight and time its handler, whatever comes of it."""
    with IN_FLIGHT.labels(queue).track_inprogress(), HANDLER_SECONDS.labels(queue).time():
        yield

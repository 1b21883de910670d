"""What is published, and what of it the broker did not take."""

from scribeline.telemetry.metrics.family import EVERYONE, GATEWAY, WRITER, counter, gauge

PUBLISH_FAILURES = counter(
    "publish_failures",
    "Publishes that were not confirmed. All are sent again, but for the notifier's to the queues of others.",
    EVERYONE,
    reason=("refused", "timeout", "lost"),
)
UNROUTABLE = counter("unroutable", "Publishes that no queue took: a binding is missing.", EVERYONE)
OUTBOX_ROWS = gauge(
    "outbox_rows",
    "Rows committed and not yet confirmed by the broker. One table: take max() over the services.",
    (GATEWAY, WRITER),
)
OUTBOX_OLDEST_SECONDS = gauge(
    "outbox_oldest_seconds",
    "Age of the oldest row in the outbox. One table: take max() over the services.",
    (GATEWAY, WRITER),
)

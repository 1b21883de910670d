"""What is committed and not yet sent."""

from scribeline.telemetry.metrics.family import GATEWAY, WRITER, gauge

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

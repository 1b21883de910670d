"""What is committed and not yet sent."""

from math import nan

from scribeline.telemetry.metrics.family import GATEWAY, WRITER, gauge

OUTBOX_ROWS = gauge(
    "outbox_rows",
    "Rows committed and not yet confirmed by the broker. NaN while the database is away. One table: take"
    " max() over the services.",
    (GATEWAY, WRITER),
)
OUTBOX_OLDEST_SECONDS = gauge(
    "outbox_oldest_seconds",
    "Age of the oldest row in the outbox. NaN while the database is away. One table: take max() over the"
    " services.",
    (GATEWAY, WRITER),
)


def backlog_is(rows: float, oldest_seconds: float) -> None:
    OUTBOX_ROWS.set(rows)
    OUTBOX_OLDEST_SECONDS.set(oldest_seconds)


def backlog_is_unknown() -> None:
    """Rather that than what was once."""
    backlog_is(nan, nan)


backlog_is_unknown()

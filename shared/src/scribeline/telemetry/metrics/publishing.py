"""What is published, and what of it the broker did not take."""

from scribeline.telemetry.metrics.family import EVERYONE, counter

PUBLISH_FAILURES = counter(
    "publish_failures",
    "Publishes that were not confirmed. All are sent again, but for the notifier's to the queues of others.",
    EVERYONE,
    reason=("refused", "timeout", "lost"),
)
UNROUTABLE = counter("unroutable", "Publishes that no queue took: a binding is missing.", EVERYONE)

"""What the notifier sends to others."""

from scribeline.telemetry.metrics.family import NOTIFIER, counter, gauge, histogram

FORWARDED = counter(
    "forwarded",
    "Events sent on to the queues of others. refused: one of them is full; unknown: one answers nothing.",
    (NOTIFIER,),
    outcome=("confirmed", "refused", "unknown"),
)
WEBHOOK_TRIES = counter(
    "webhook_tries",
    "Deliveries to webhooks, by what came of each try. failed: the last one; cancelled: nothing was to be"
    " sent any more.",
    (NOTIFIER,),
    outcome=("delivered", "retry", "failed", "cancelled"),
)
WEBHOOK_SECONDS = histogram(
    "webhook_seconds", "Time of one try.", (NOTIFIER,), (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 30)
)
WEBHOOK_LATENESS = histogram(
    "webhook_lateness_seconds",
    "Time from when a try was due to its beginning.",
    (NOTIFIER,),
    (0.05, 0.25, 1, 2, 5, 15, 60, 300, 1800, 7200),
)
WEBHOOKS_IN_FLIGHT = gauge("webhooks_in_flight", "Tries that are under way.", (NOTIFIER,))
WEBHOOKS_STOPPED = counter(
    "webhooks_stopped",
    "Webhooks that nothing is sent to any more. paused: all failed for days; disabled: its receiver said so.",
    (NOTIFIER,),
    status=("paused", "disabled"),
)
DELIVERIES_WAITING = gauge(
    "deliveries_waiting",
    "Deliveries that are due or will be, every 15 s. From the database: with several notifiers take max().",
    (NOTIFIER,),
)
DELIVERIES_OLDEST_SECONDS = gauge(
    "deliveries_oldest_seconds",
    "How long the delivery that is overdue longest has been due, 0 when none is. With several notifiers take"
    " max().",
    (NOTIFIER,),
)

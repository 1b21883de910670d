"""What a consumer does with its messages."""

from collections.abc import Iterator
from contextlib import contextmanager

from scribeline.contracts.routes import CONSUMED
from scribeline.telemetry.metrics.family import CONSUMERS, counter, gauge, histogram

OUTCOMES = ("done", "failed", "retry", "dead", "pause", "lost")
MESSAGES = counter(
    "messages",
    "Deliveries dealt with. failed: the input's fault; pause: a dependency is away; lost: left to the broker"
    " to deliver again.",
    CONSUMERS,
    queue=CONSUMED,
    outcome=OUTCOMES,
)
ATTEMPTS = histogram(
    "attempts",
    "Attempts that a message took until it was done, failed or dead.",
    CONSUMERS,
    (1, 2, 3, 4, 5, 6, 7, 8),  # the longest ladder has seven delays
    queue=CONSUMED,
)
QUEUE_WAIT_SECONDS = histogram(
    "queue_wait_seconds",
    "Time from when a message was written, which is before the outbox, to the start of its handler. Not of"
    " one that was delivered before, nor of one that was set aside on purpose: a retry, a pause, a redrive.",
    CONSUMERS,
    (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30, 60, 300, 900, 3600, 14400),
    queue=CONSUMED,
)
HANDLER_SECONDS = histogram(
    "handler_seconds",
    "Time a handler took for one message or batch.",
    CONSUMERS,
    (0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 20, 40, 60, 120, 300, 900),  # from one row to planning 10 h
    queue=CONSUMED,
)
IN_FLIGHT = gauge("in_flight", "Messages or batches being handled now.", CONSUMERS, queue=CONSUMED)
DEAD_LETTERS = counter(
    "dead_letters", "Messages that this service set aside as dead.", CONSUMERS, queue=CONSUMED
)


def waited_in_queue(queue: str, seconds: float | None) -> None:
    """None: it did not only wait there."""
    if seconds is not None:
        QUEUE_WAIT_SECONDS.labels(queue).observe(seconds)


def consuming(*queues: str) -> None:
    """Show what this process takes from with zeros, so that the first retry of all is seen as one more."""
    for queue in queues:
        DEAD_LETTERS.labels(queue)
        for outcome in OUTCOMES:
            MESSAGES.labels(queue, outcome)


@contextmanager
def handling(queue: str) -> Iterator[None]:
    """Count a message as in flight and time its handler, whatever comes of it."""
    with IN_FLIGHT.labels(queue).track_inprogress(), HANDLER_SECONDS.labels(queue).time():
        yield

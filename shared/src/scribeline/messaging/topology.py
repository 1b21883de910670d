"""The whole pipeline as one table of pure data.

Structural arguments stand here and nowhere else: a queue declared again with other arguments is a 406.
Work, result and dead queues are quorum queues; sources of every argument: rabbitmq.com/docs/quorum-queues.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scribeline.contracts import routes
from scribeline.contracts.routes import CONSUMED

RETRY_DELAYS: tuple[int, ...] = (2, 4, 6, 10, 60, 600, 3600)
"""Seconds; one shared delay queue each."""

DELIVERY_LIMIT = 20
"""Deliveries without an ack after which the broker sets a message aside: it kills its worker."""

DEAD_DELIVERY_LIMIT = 1_000_000
"""Looking at a dead letter counts as a delivery; it must never drop it. (-1 would mean 0 on 3.10.)"""

RETIRED: tuple[str, ...] = tuple(f"scribeline.retry.{delay}s" for delay in RETRY_DELAYS)
"""Queues of versions before: what is in them still comes back by itself."""

EVENTS_LOG_DAYS = 7


@dataclass(frozen=True)
class Exchange:
    name: str
    type: str
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Queue:
    name: str
    arguments: Mapping[str, str | int]


@dataclass(frozen=True)
class Binding:
    exchange: str
    queue: str
    key: str


@dataclass(frozen=True)
class Topology:
    """Everything that exists on the broker, in an order in which it can be declared. Names are full."""

    prefix: str
    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]

    def name(self, short: str) -> str:
        """The full name of an exchange or queue; the default exchange has none."""
        return f"{self.prefix}{short}" if short else ""

    def key(self, exchange: str, key: str) -> str:
        """The full routing key: an event's is its type, every other one names a queue."""
        return key if exchange in (routes.EVENTS, routes.PUBLIC) else self.name(key)

    def short(self, queue: str) -> str:
        """A queue's name without the installation's prefix, for labels."""
        return queue.removeprefix(self.prefix)


def retry_exchange(delay: int) -> str:
    return f"{routes.RETRY}.{delay}s"


def dead_queue(queue: str) -> str:
    return f"{queue}.dead"


def topology(prefix: str = "") -> Topology:
    """The table for one installation."""

    def quorum(**arguments: str | int) -> dict[str, str | int]:
        return {"x-queue-type": "quorum", **{f"x-{k.replace('_', '-')}": v for k, v in arguments.items()}}

    def consumed(queue: str) -> Queue:
        # at-least-once dead-lettering needs reject-publish; the queue has no length limit to reject at
        arguments = quorum(
            delivery_limit=DELIVERY_LIMIT,
            dead_letter_exchange=prefix + routes.DEAD,
            dead_letter_routing_key=prefix + queue,
            dead_letter_strategy="at-least-once",
            overflow="reject-publish",
        )
        return Queue(prefix + queue, arguments)

    def delayed(delay: int) -> Queue:
        # Without a dead-letter routing key the message's own key, a queue's name, brings it back. Not through
        # the default exchange: it has no alternate, so that one stray message would hold up all behind it.
        arguments = quorum(
            message_ttl=delay * 1000,
            dead_letter_exchange=prefix + routes.BACK,
            dead_letter_strategy="at-least-once",
            overflow="reject-publish",
        )
        return Queue(prefix + retry_exchange(delay), arguments)

    dead = tuple(
        Queue(prefix + dead_queue(queue), quorum(delivery_limit=DEAD_DELIVERY_LIMIT)) for queue in CONSUMED
    )
    log = Queue(
        prefix + routes.EVENTS_LOG,
        {
            "x-queue-type": "stream",
            "x-max-age": f"{EVENTS_LOG_DAYS}D",
            "x-stream-max-segment-size-bytes": 20_000_000,
        },
    )
    exchanges = (
        Exchange(prefix + routes.DEAD, "direct"),
        Exchange(prefix + routes.JOBS, "direct"),
        Exchange(prefix + routes.RESULTS, "direct"),
        Exchange(prefix + routes.EVENTS, "topic"),
        Exchange(prefix + routes.PUBLIC, "topic"),
        Exchange(prefix + routes.STRAY, "fanout"),
        Exchange(prefix + routes.BACK, "direct", {"alternate-exchange": prefix + routes.STRAY}),
        *(Exchange(prefix + retry_exchange(delay), "fanout") for delay in RETRY_DELAYS),
    )
    pairs = (
        *((routes.DEAD, dead_queue(queue), queue) for queue in CONSUMED),
        # a unit whose command died is failed, and one whose result died too
        *((routes.DEAD, routes.DEATHS_QUEUE, queue) for queue in (*routes.WORK_QUEUES, routes.RESULTS_QUEUE)),
        *((routes.BACK, queue, queue) for queue in CONSUMED),
        *((routes.JOBS, queue, queue) for queue in routes.WORK_QUEUES),
        (routes.RESULTS, routes.RESULTS_QUEUE, routes.RESULTS_QUEUE),
    )
    bindings = (
        *(Binding(prefix + exchange, prefix + queue, prefix + key) for exchange, queue, key in pairs),
        Binding(prefix + routes.EVENTS, prefix + routes.EVENTS_LOG, "#"),
        # public types have two words and a tenant; internal ones have more
        *(Binding(prefix + routes.EVENTS, prefix + queue, "*.*.*") for queue in routes.EVENT_QUEUES),
        Binding(prefix + routes.STRAY, prefix + routes.RESULTS_QUEUE, ""),
        *(Binding(prefix + retry_exchange(d), prefix + retry_exchange(d), "") for d in RETRY_DELAYS),
    )
    queues = (*dead, *map(consumed, CONSUMED), *map(delayed, RETRY_DELAYS), log)
    return Topology(prefix, exchanges, queues, bindings)

"""What the result-writer hears from the broker's management API; nothing where none is set or it is away.

Every writer shows the same: take max(), never sum().
"""

from math import nan

from scribeline.contracts.routes import CONSUMED
from scribeline.telemetry.metrics.family import WRITER, gauge

TOPOLOGY_DIFFERENCES = gauge(
    "topology_differences",
    "Exchanges, queues and bindings that are missing on the broker or differ, every minute. NaN while that is"
    " not known. With several writers take max().",
    (WRITER,),
)
TOPOLOGY_DIFFERENCES.set(nan)

QUEUE_MESSAGES = gauge(
    "queue_messages",
    "Messages in a queue, every 15 s. With several writers take max().",
    (WRITER,),
    queue=CONSUMED,
    state=("ready", "unacked"),
)
QUEUE_CONSUMERS = gauge(
    "queue_consumers", "Consumers of a queue. With several writers take max().", (WRITER,), queue=CONSUMED
)
DEAD_LETTERS_WAITING = gauge(
    "dead_letters_waiting",
    "Dead letters of a queue that wait for an operator. With several writers take max().",
    (WRITER,),
    queue=CONSUMED,
)

"""What each service does on the broker, as pure data, and the permissions that follow from it.

None may make or delete anything that lasts: `scribeline.provision` declares the topology, and services check
it (`SCRIBELINE_AMQP_TOPOLOGY`). Permissions know no routing keys, except on topic exchanges, and the delay
queues are shared: who may have a message tried again can also send one to another queue of the pipeline. It
can read none but its own, and cannot speak as the exchanges that announce what is stored.
https://www.rabbitmq.com/docs/access-control
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from scribeline.contracts import routes
from scribeline.contracts.routes import CONSUMED
from scribeline.messaging.subscriber_rights import NOTHING
from scribeline.messaging.topology import RETRY_DELAYS, Topology, dead_queue, retry_exchange

DEFAULT_EXCHANGE = "amq.default"
"""As the broker calls it in permissions: it reaches each queue by name."""
OWN_QUEUES = r"amq\.gen-.*"
"""Queues that the broker named: exclusive to the connection that declared them."""


@dataclass(frozen=True)
class Rights:
    """Names are without prefix."""

    consumes: tuple[str, ...] = ()
    """Queues."""
    publishes: tuple[str, ...] = ()
    """Exchanges."""
    asks: tuple[str, ...] = ()
    """Queues that it asks how long they are. Since RabbitMQ 4.3 that takes some right there: to write, which
    for a queue is to bind it."""
    hears: tuple[str, ...] = ()
    """Exchanges that it binds an exclusive queue of its own to."""
    binds: bool = False
    """It makes bindings of the topology that are missing: it reads exchanges and writes queues, which takes
    no message out of any and puts none in."""


SCALER = "scaler"

RETRIES = tuple(retry_exchange(delay) for delay in RETRY_DELAYS)
SETS_ASIDE = (routes.DEAD, *RETRIES)
WORKS = (routes.RESULTS, routes.JOBS, *SETS_ASIDE)
"""A worker answers, and hands back what it cannot do now."""

SERVICES: Mapping[str, Rights] = {
    "gateway": Rights(
        consumes=tuple(map(dead_queue, CONSUMED)),  # which operators look into, and send again from
        publishes=(routes.JOBS, routes.RESULTS, routes.EVENTS, routes.DEAD, DEFAULT_EXCHANGE),
        asks=CONSUMED,
        hears=(routes.EVENTS,),
    ),
    "transcriber": Rights((routes.SHORT_QUEUE, routes.PLAN_QUEUE, routes.CHUNKS_QUEUE), WORKS),
    "analyzer": Rights((routes.ANALYZER_QUEUE,), WORKS),
    "result-writer": Rights(
        (routes.RESULTS_QUEUE, routes.DEATHS_QUEUE), (*WORKS, routes.EVENTS, DEFAULT_EXCHANGE), binds=True
    ),
    "notifier": Rights(routes.EVENT_QUEUES, (routes.PUBLIC, *SETS_ASIDE, DEFAULT_EXCHANGE)),
}


def permission(rights: Rights, table: Topology) -> dict[str, str]:
    """Of a service's user, for the virtual host of this installation."""
    own = (OWN_QUEUES,) if rights.hears else ()
    writes = (*_full(table, (*rights.publishes, *rights.asks)), *own)
    reads = (*_full(table, (*rights.consumes, *rights.hears)), *own)
    if rights.binds:
        writes += tuple(re.escape(binding.queue) for binding in table.bindings)
        reads += tuple(re.escape(binding.exchange) for binding in table.bindings)
    return {"configure": _any(own), "write": _any(writes), "read": _any(reads)}


SEES = {"configure": NOTHING, "write": NOTHING, "read": NOTHING}
"""To be shown a virtual host, a user must have some permission there, if it allows nothing."""


def visible(service: str, table: Topology) -> Topology:
    """What the broker tells this service of, whatever its user is called. Raises KeyError for none of ours.

    Since 4.3 (and 4.2.6) whoever asks whether something is there needs some right to it.
    """
    patterns = permission(SERVICES[service], table).values()

    def may(name: str) -> bool:
        return any(re.search(pattern, name) for pattern in patterns)

    return replace(
        table,
        exchanges=tuple(one for one in table.exchanges if may(one.name)),
        queues=tuple(one for one in table.queues if may(one.name)),
    )


@dataclass(frozen=True)
class Manages:
    """What a user of the management API is allowed. The broker has no finer tags."""

    tag: str
    permission: Mapping[str, str]


def management(table: Topology) -> dict[str, Manages]:
    """By service. The gateway makes subscribers, each with a user, which takes an administrator.

    The scaler is no service of ours: KEDA, or whoever else goes by the length of queues. Its tag shows those
    of virtual hosts that it has a permission in, be it one for nothing.
    """
    subscribers, log, public = _full(table, (routes.SUBSCRIBERS, routes.PUBLIC_LOG, routes.PUBLIC))
    theirs = rf"({subscribers}|{log})\..*"
    makes = {"configure": f"^{theirs}$", "write": f"^{theirs}$", "read": f"^({theirs}|{public})$"}
    return {
        "gateway": Manages("administrator", makes),
        "result-writer": Manages("monitoring", SEES),
        SCALER: Manages("management", SEES),
    }


def _full(table: Topology, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(
        re.escape(name if name == DEFAULT_EXCHANGE else table.name(name)) for name in dict.fromkeys(names)
    )


def _any(patterns: Iterable[str]) -> str:
    """Exactly one of them; nothing where there are none."""
    alternatives = sorted(set(patterns))
    return f"^({'|'.join(alternatives)})$" if alternatives else NOTHING

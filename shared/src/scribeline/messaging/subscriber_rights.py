"""What a subscriber is on the broker, as pure data: its names, its queue, and what its user may do.

It may write to its queue and read the public exchange, which is what binding takes, and so it can choose what
it hears; the topic permission keeps that to its tenant. It may configure nothing and publish nowhere. (Of a
queue whose name it knows, RabbitMQ tells whoever may use the virtual host that it is there, and how many
messages wait: a passive declaration needs no right before 4.2.6.)
https://www.rabbitmq.com/docs/access-control
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scribeline.contracts import routes
from scribeline.messaging.topology import DEAD_DELIVERY_LIMIT, EVENTS_LOG_DAYS

NOTHING = "^$"
TYPE = r"[a-z_*]+\.[a-z_*]+"
"""Of a routing key; `*` is one word, and `#`, which is any number of them, could reach over the tenant."""
LOG_ARGUMENTS: Mapping[str, str | int] = {
    "x-queue-type": "stream",
    "x-max-age": f"{EVENTS_LOG_DAYS}D",
    "x-stream-max-segment-size-bytes": 2_000_000,
}
"""Whole segments are dropped, once all in them is too old: small ones, as one tenant's events are few."""
USER_LIMITS: Mapping[str, int] = {"max-connections": 100, "max-channels": 1000}
"""So that one who opens them without end harms itself alone."""

_NAME = re.compile(re.escape(routes.SUBSCRIBERS) + r"\.([a-z0-9-]{1,40}|_all)\.([a-z0-9-]{1,40})", re.ASCII)


@dataclass(frozen=True)
class Place:
    """A subscriber's names, in full. `tenant` None hears every tenant."""

    prefix: str
    tenant: str | None
    name: str

    @property
    def queue(self) -> str:
        """Also the name of its user."""
        return self.prefix + routes.subscriber(self.tenant, self.name)

    @property
    def log(self) -> str:
        return self.prefix + routes.public_log(self.tenant)

    @property
    def exchange(self) -> str:
        return self.prefix + routes.PUBLIC

    def routing_keys(self, types: Iterable[str] = ()) -> list[str]:
        """Of these types; of all where there are none."""
        return [f"{type_}.{self.tenant or '*'}" for type_ in sorted(set(types)) or ["*.*"]]

    @property
    def permission(self) -> dict[str, str]:
        queue, log, exchange = map(re.escape, (self.queue, self.log, self.exchange))
        return {"configure": NOTHING, "write": f"^{queue}$", "read": f"^({queue}|{log}|{exchange})$"}

    @property
    def topic_permission(self) -> dict[str, str]:
        tenant = "[a-z0-9*-]+" if self.tenant is None else re.escape(self.tenant)
        return {"exchange": self.exchange, "write": NOTHING, "read": rf"^{TYPE}\.{tenant}$"}


def place_of(prefix: str, queue: str) -> Place | None:
    """None for what is no subscriber's of this installation."""
    found = _NAME.fullmatch(queue.removeprefix(prefix)) if queue.startswith(prefix) else None
    if found is None:
        return None
    tenant, name = found.groups()
    return Place(prefix, None if tenant == routes.EVERY_TENANT else tenant, name)


def queue_arguments(max_length: int, max_bytes: int) -> dict[str, Any]:
    """The limit of deliveries is out of reach: what it does not acknowledge is given again, not dropped."""
    return {
        "x-queue-type": "quorum",
        "x-max-length": max_length,
        "x-max-length-bytes": max_bytes,
        "x-overflow": "drop-head",
        "x-delivery-limit": DEAD_DELIVERY_LIMIT,
    }


def types_of(keys: Iterable[str]) -> list[str]:
    """What these routing keys let through; none is all."""
    types = sorted({key.rpartition(".")[0] for key in keys})
    return [] if "*.*" in types else types

"""Which queue events are put into again, and whose they may be."""

import re
from dataclasses import dataclass, replace

import typer

from scribeline.client.sources import SUBSCRIBER
from scribeline.contracts import routes
from scribeline_cli.broker_address import BrokerAddress
from scribeline_cli.exits import Exit, Stop
from scribeline_cli.session import client_of, path
from scribeline_cli.views import number, text

SHORT = re.compile(r"[a-z0-9-]{1,40}")
OURS = re.compile(r"(transcriber|analyzer|result-writer|notifier|scribeline)(\..*)?")
"""Queues of the services' own, which take no events of others."""


@dataclass(frozen=True)
class Target:
    """`tenant` None: it may be given every tenant's. `types` and `max_length` (in messages) as the server
    tells them: empty and None where it was not asked."""

    queue: str
    tenant: str | None
    types: frozenset[str] = frozenset()
    max_length: int | None = None


def find_target(context: typer.Context, broker: BrokerAddress, name: str, tenant: str | None) -> Target:
    """By a subscriber's name, for which the server is asked unless `tenant` says whose it is, or by a queue's
    full name."""
    if "." in name:
        return _checked(broker, name, tenant)
    if not SHORT.fullmatch(name):
        raise typer.BadParameter(f"{name!r} is no name of a subscriber or a queue", param_hint="--to-queue")
    if tenant is not None:
        return _checked(broker, routes.subscriber(tenant, name), tenant)
    told = client_of(context).get(path("admin", "subscribers", name))
    types, most = told.get("types"), number(told, "max_length")
    return replace(
        _checked(broker, text(told, "queue"), None),
        types=frozenset(map(str, types)) if isinstance(types, list) else frozenset(),
        max_length=None if most is None else int(most),
    )


def _checked(broker: BrokerAddress, name: str, tenant: str | None) -> Target:
    queue = name if name.startswith(broker.prefix) else broker.name(name)
    found = SUBSCRIBER.fullmatch(queue)
    if found is None and OURS.fullmatch(queue.removeprefix(broker.prefix)):
        raise Stop(Exit.USAGE, f"{queue} is Scribeline's own: events are put into a subscriber's queue.")
    whose = found["tenant"] if found else None
    if whose in (None, routes.EVERY_TENANT):
        return Target(queue, tenant)
    if tenant not in (None, whose):
        raise Stop(Exit.USAGE, f"{queue} belongs to the tenant {whose}: it is given no events of {tenant}.")
    return Target(queue, whose)

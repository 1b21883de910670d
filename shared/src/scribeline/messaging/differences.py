"""What a broker has that is not as the topology's table says: told, never changed.

A missing binding loses messages although the broker confirms them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from scribeline.messaging.management_api import Calls
from scribeline.messaging.topology import Topology


async def differences(calls: Calls, table: Topology) -> list[str]:
    """In words, one for each exchange, queue or binding that is missing or has other arguments. What the
    broker has beyond the table is others', and no difference. Raises DependencyDown("broker")."""
    return [
        *_of_exchanges(await calls.get("exchanges", calls.vhost, columns="name,type,arguments"), table),
        *_of_queues(await calls.get("queues", calls.vhost, columns="name,arguments"), table),
        *_of_bindings(await calls.get("bindings", calls.vhost), table),
    ]


def _of_exchanges(answer: Any, table: Topology) -> Iterator[str]:
    there = {each.get("name"): each for each in _told(answer)}
    for exchange in table.exchanges:
        found = there.get(exchange.name)
        if found is None:
            yield f"exchange {exchange.name} is missing"
        elif (found.get("type"), found.get("arguments")) != (exchange.type, dict(exchange.arguments)):
            yield f"exchange {exchange.name} differs"


def _of_queues(answer: Any, table: Topology) -> Iterator[str]:
    there = {each.get("name"): each for each in _told(answer)}
    for queue in table.queues:
        found = there.get(queue.name)
        if found is None:
            yield f"queue {queue.name} is missing"
        elif found.get("arguments") != dict(queue.arguments):
            yield f"queue {queue.name} differs"


def _of_bindings(answer: Any, table: Topology) -> Iterator[str]:
    there = {(each.get("source"), each.get("destination"), each.get("routing_key")) for each in _told(answer)}
    for binding in table.bindings:
        if (binding.exchange, binding.queue, binding.key) not in there:
            yield f"queue {binding.queue} is not bound to {binding.exchange} with {binding.key!r}"


def _told(answer: Any) -> list[Mapping[str, Any]]:
    return [each for each in answer if isinstance(each, Mapping)] if isinstance(answer, list) else []

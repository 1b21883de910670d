"""What a broker has that is not as the topology's table says: told, never changed.

A missing binding loses messages although the broker confirms them.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from scribeline.messaging.topology import Topology


async def differences(listing: Callable[..., Awaitable[Any]], table: Topology) -> list[str]:
    """In words, one for each exchange, queue or binding that is missing or has other arguments. What the
    broker has beyond the table is others', and no difference. `listing(kind, columns=)` gives all of one."""
    return [
        *_of_exchanges(await listing("exchanges", columns="name,type,arguments"), table),
        *_of_queues(await listing("queues", columns="name,arguments"), table),
        *_of_bindings(await listing("bindings"), table),
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

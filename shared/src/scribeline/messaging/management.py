"""What AMQP does not tell, and RabbitMQ's management API does: how many messages consumers have in hand.

Its numbers are some seconds old.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scribeline.messaging.differences import differences
from scribeline.messaging.management_api import ANSWER_SECONDS, ManagementApi
from scribeline.messaging.topology import RETIRED, Topology
from scribeline.trust import SYSTEM, Certificates

COLUMNS = "name,messages_ready,messages_unacknowledged,consumers"


@dataclass(frozen=True)
class Held:
    """Messages of one queue."""

    ready: int
    unacked: int
    consumers: int = 0

    @property
    def empty(self) -> bool:
        return self.ready == self.unacked == 0


class Management:
    """Asks for the queues of one installation."""

    def __init__(self, url: str, amqp_url: str, table: Topology, certificates: Certificates = SYSTEM) -> None:
        self._api = ManagementApi(url, amqp_url, certificates)
        self._table = table

    async def differences(self) -> list[str]:
        """What is missing of the topology, or differs, in words. Raises DependencyDown("broker")."""
        return await differences(self._listing, self._table)

    async def held(self) -> dict[str, Held]:
        """By name without prefix. A queue of which the broker does not know it just now is left out.

        Raises DependencyDown("broker").
        """
        return held_of(await self._listing("queues", columns=COLUMNS), self._table)

    async def _listing(self, kind: str, **query: str) -> Any:
        """Each has a bound of its own: a broker with many bindings needs a while for those alone."""
        async with self._api.open(ANSWER_SECONDS) as calls:
            return await calls.get(kind, calls.vhost, **query)


def held_of(answer: Any, table: Topology) -> dict[str, Held]:
    """Read leniently: right after a start, queues are listed without numbers."""
    ours = {queue.name for queue in table.queues} | {table.name(queue) for queue in RETIRED}
    told = [each for each in answer if isinstance(each, Mapping)] if isinstance(answer, list) else []
    return {
        table.short(queue["name"]): Held(
            queue["messages_ready"], queue["messages_unacknowledged"], _count(queue.get("consumers"))
        )
        for queue in told
        if str(queue.get("name")) in ours
        and isinstance(queue.get("messages_ready"), int)
        and isinstance(queue.get("messages_unacknowledged"), int)
    }


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0

"""RabbitMQ's management API: what AMQP does not tell, which is how many messages consumers have in hand.

https://www.rabbitmq.com/docs/management#http-api. Its numbers are some seconds old.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx2
from yarl import URL

from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.topology import RETIRED, Topology

ANSWER_SECONDS = 5.0
COLUMNS = "name,messages_ready,messages_unacknowledged"


@dataclass(frozen=True)
class Held:
    """Messages of one queue."""

    ready: int
    unacked: int

    @property
    def empty(self) -> bool:
        return self.ready == self.unacked == 0


class Management:
    """Asks for the queues of one installation."""

    def __init__(self, url: str, amqp_url: str, table: Topology) -> None:
        self._url = url.rstrip("/")
        self._vhost = quote(URL(amqp_url).path[1:] or "/", safe="")
        self._table = table

    async def held(self) -> dict[str, Held]:
        """By name without prefix. A queue of which the broker does not know it just now is left out.

        Raises DependencyDown("broker").
        """
        try:
            async with httpx2.AsyncClient(timeout=ANSWER_SECONDS) as client:
                answer = await client.get(
                    f"{self._url}/api/queues/{self._vhost}", params={"columns": COLUMNS}
                )
                answer.raise_for_status()
                return held_of(answer.json(), self._table)
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            # the error's own text may hold the address, and with it the password
            told = f"its management API does not tell ({type(error).__name__})"
            raise DependencyDown("broker", told) from error


def held_of(answer: Any, table: Topology) -> dict[str, Held]:
    """Read leniently: right after a start, queues are listed without numbers."""
    ours = {queue.name for queue in table.queues} | {table.name(queue) for queue in RETIRED}
    told = [each for each in answer if isinstance(each, Mapping)] if isinstance(answer, list) else []
    return {
        table.short(queue["name"]): Held(queue["messages_ready"], queue["messages_unacknowledged"])
        for queue in told
        if str(queue.get("name")) in ours
        and isinstance(queue.get("messages_ready"), int)
        and isinstance(queue.get("messages_unacknowledged"), int)
    }

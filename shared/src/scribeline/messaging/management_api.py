"""RabbitMQ's management API, asked for one virtual host: https://www.rabbitmq.com/docs/http-api-reference.

DependencyDown
└── ManagementTrouble    it does not answer, or will not do it; `why` tells neither address nor password
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx2
from yarl import URL

from scribeline.contracts.failures import DependencyDown
from scribeline.trust import SYSTEM, Certificates, refusal

ANSWER_SECONDS = 5.0
ALL_SECONDS = 30.0
"""For all that is asked at one go: whoever asks may hold a lock meanwhile."""
REFUSED = (401, 403)
MISSING = 404


class ManagementTrouble(DependencyDown):
    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__("broker", why)


class ManagementApi:
    """Where it is. `open()` asks it."""

    def __init__(self, url: str, amqp_url: str, certificates: Certificates = SYSTEM) -> None:
        self._tls = certificates.context()  # once: it takes some 20 ms of the event loop
        self._url = f"{url.rstrip('/')}/api/"
        self.vhost = URL(amqp_url).path[1:] or "/"

    def _client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(timeout=ANSWER_SECONDS, verify=self._tls)

    @asynccontextmanager
    async def open(self, seconds: float = ALL_SECONDS) -> AsyncIterator["Calls"]:
        """Raises ManagementTrouble for whatever goes wrong in the block; so do all methods of `Calls`."""
        try:
            async with asyncio.timeout(seconds), self._client() as client:
                yield Calls(client, self._url, self.vhost)
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, TimeoutError) as error:
            # the error's own text may hold the address, and with it the password
            told = f"its management API does not tell ({refusal(error) or type(error).__name__})"
            raise ManagementTrouble(told) from error


class Calls:
    """Steps of a path are quoted here. What is done twice is done once."""

    def __init__(self, client: httpx2.AsyncClient, url: str, vhost: str) -> None:
        self._client, self._url = client, url
        self.vhost = vhost

    async def get(self, *steps: str, **query: str) -> Any:
        """The answer's JSON; None for what there is not."""
        answer = await self._send("GET", steps, params=query)
        return None if answer.status_code == MISSING else answer.json()

    async def put(self, *steps: str, body: dict[str, Any]) -> None:
        await self._make("PUT", steps, body)

    async def post(self, *steps: str, body: dict[str, Any]) -> None:
        await self._make("POST", steps, body)

    async def delete(self, *steps: str) -> None:
        """What is not there stays so."""
        await self._send("DELETE", steps)

    async def _make(self, method: str, steps: tuple[str, ...], body: dict[str, Any]) -> None:
        answer = await self._send(method, steps, json=body)
        if answer.status_code == MISSING:
            raise ManagementTrouble(f"it has nothing where its management API was to make {steps[0]}")

    async def _send(self, method: str, steps: tuple[str, ...], **more: Any) -> httpx2.Response:
        path = "/".join(quote(step, safe="") for step in steps)
        answer = await self._client.request(method, self._url + path, **more)
        if answer.status_code in REFUSED:
            raise ManagementTrouble(
                "its management API refuses the user of SCRIBELINE_AMQP_MANAGEMENT_URL, who needs the right"
                " password, and for this the tag administrator"
            )
        if answer.status_code >= 400 and answer.status_code != MISSING:
            raise ManagementTrouble(f"its management API answered {answer.status_code} for {steps[0]}")
        return answer

"""Fetching a recording from an address, in bounded time, size and memory."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from ssl import SSLContext
from typing import Self

from httpcore2 import URL, AsyncConnectionPool, Request, Response, default_ssl_context

from gateway.fetching import troubles
from gateway.fetching.answers import check, location_of
from gateway.pace import Pace
from gateway.settings import GatewaySettings
from gateway.uploads import Intake
from scribeline.outbound.network import GuardedNetwork, pool
from scribeline.outbound.resolver import SystemResolver
from scribeline.outbound.rules import Destination, NotAllowed, Rules

MOST_REDIRECTS = 5
ASKED = (
    (b"Accept", b"audio/*, video/*, application/octet-stream;q=0.9, */*;q=0.1"),
    (b"Accept-Encoding", b"identity"),
    (b"Connection", b"close"),
    (b"User-Agent", b"Scribeline"),
)


@dataclass(frozen=True)
class Bounds:
    most_bytes: int
    seconds: float
    idle_seconds: float
    bytes_per_second: float
    connect_seconds: float = 5.0


class Fetcher:
    def __init__(
        self, rules: Rules, bounds: Bounds, network: GuardedNetwork, ssl_context: SSLContext | None = None
    ) -> None:
        self._rules = rules
        self._bounds = bounds
        self._network = network
        self._given_ssl = ssl_context

    @classmethod
    def of(cls, settings: GatewaySettings) -> Self:
        bounds = Bounds(
            most_bytes=settings.upload_max_bytes,
            seconds=settings.fetch_seconds,
            idle_seconds=settings.upload_idle_seconds,
            bytes_per_second=settings.fetch_bytes_per_second,
        )
        rules = settings.fetch_rules
        return cls(rules, bounds, GuardedNetwork(rules, SystemResolver()))

    def destination(self, address: str) -> Destination:
        """Raises Problem(AUDIO_URL_REFUSED)."""
        try:
            return self._rules.destination(address)
        except NotAllowed as error:
            raise troubles.refused(error) from None

    async def fetch(self, destination: Destination, intake: Intake) -> None:
        """Write all of it into the intake, which the caller finishes or aborts.

        Raises Problem: AUDIO_URL_REFUSED, AUDIO_URL_UNREACHABLE, UNSUPPORTED_MEDIA_TYPE, UPLOAD_TOO_LARGE;
        DependencyDown("store").
        """
        try:
            async with (
                asyncio.timeout(self._bounds.seconds),
                pool(self._network, self._ssl) as connections,
            ):
                await self._follow(connections, destination, intake)
        except TimeoutError:
            raise troubles.unreachable(f"It was not there after {self._bounds.seconds:g} s.") from None

    @cached_property
    def _ssl(self) -> SSLContext:
        return self._given_ssl or default_ssl_context()

    async def _follow(
        self, connections: AsyncConnectionPool, destination: Destination, intake: Intake
    ) -> None:
        for _ in range(MOST_REDIRECTS + 1):
            async with self._answered(connections, destination) as response:
                location = location_of(response)
                if location is None:
                    intake.content_type = check(response, self._bounds.most_bytes)
                    await self._take(response, intake)
                    return
            destination = self._redirected(destination, location)
        raise troubles.unreachable(f"It redirects more than {MOST_REDIRECTS} times.")

    def _redirected(self, origin: Destination, location: str) -> Destination:
        try:
            return self._rules.redirected(origin, location)
        except NotAllowed as error:
            raise troubles.refused(error, redirected=True) from None

    @asynccontextmanager
    async def _answered(
        self, connections: AsyncConnectionPool, destination: Destination
    ) -> AsyncIterator[Response]:
        """The answer's head, which has to be there in the idle time, however slowly it drips."""
        seconds = self._bounds.idle_seconds
        try:
            async with asyncio.timeout(seconds):
                with troubles.network_errors():
                    response = await connections.handle_async_request(self._request(destination))
        except TimeoutError:
            raise troubles.unreachable(f"Its server did not answer within {seconds:g} s.") from None
        try:
            yield response
        finally:
            await response.aclose()

    def _request(self, destination: Destination) -> Request:
        url = destination.url
        target = URL(scheme=url.raw_scheme, host=destination.host, port=destination.port, target=url.raw_path)
        headers = [(b"Host", url.netloc), *ASKED]
        timeouts = {"connect": self._bounds.connect_seconds}  # of all else, those here
        return Request("GET", target, headers=headers, extensions={"timeout": timeouts})

    async def _take(self, response: Response, intake: Intake) -> None:
        pace = Pace(self._bounds.bytes_per_second, self._bounds.idle_seconds)
        stream = response.aiter_stream()
        begun = time.monotonic()
        while (chunk := await self._next(stream)) is not None:
            pace.came(len(chunk), time.monotonic() - begun)
            if pace.too_slow:
                raise troubles.unreachable(f"It sends less than {pace.least:g} bytes a second.")
            await intake.write(chunk)
            begun = time.monotonic()

    async def _next(self, stream: AsyncIterator[bytes]) -> bytes | None:
        seconds = self._bounds.idle_seconds
        try:
            async with asyncio.timeout(seconds):
                with troubles.network_errors():
                    return await anext(stream, None)
        except TimeoutError:
            raise troubles.unreachable(f"It sent nothing for {seconds:g} s.") from None

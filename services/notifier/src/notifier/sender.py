"""One try of one delivery: a POST in bounded time and memory, to an address that is checked each time."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cached_property
from ssl import SSLCertVerificationError, SSLContext
from typing import Self

from httpcore2 import URL, ConnectError, ConnectTimeout, Request, Response, default_ssl_context

from notifier.answers import BROKEN, READ, beginning, failure, retry_after
from notifier.lookup import Lookup
from notifier.outgoing import Answer, Outgoing
from notifier.settings import NotifierSettings
from notifier.signatures import signed
from scribeline.outbound.budget import BudgetedNetwork
from scribeline.outbound.network import GuardedNetwork, pool
from scribeline.outbound.resolver import Resolve, SystemResolver
from scribeline.outbound.rules import Destination, NotAllowed, Rules

CONNECT_SECONDS = 5.0

SAID = (
    # what receivers parse by itself; they do not know CloudEvents' own application/cloudevents+json
    (b"Content-Type", b"application/json"),
    (b"Accept-Encoding", b"identity"),
    # a connection that waited might be gone when the next try needs it, which would look like a failure
    (b"Connection", b"close"),
    (b"User-Agent", b"Scribeline"),
)

NOWHERE = (
    "It leads nowhere that this server can go: the host is unknown, does not answer or speaks no TLS, or is"
    " not on the public internet."
)
"""One sentence for all of it: which one it is would tell of names, hosts and ports inside."""
NO_ANSWER = "Its answer broke off, or is not HTTP."


class NotSent(Exception):
    """Its text is a sentence for the owner of the webhook."""


class Sender:
    """Implements `Send`."""

    def __init__(
        self,
        rules: Rules,
        resolve: Resolve,
        seconds: float,
        ssl_context: SSLContext | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`seconds` is what a whole try may take."""
        self._rules = rules
        self._resolve = resolve
        self._seconds = seconds
        self._given_ssl = ssl_context
        self._clock = clock

    @classmethod
    def of(cls, settings: NotifierSettings) -> Self:
        # a thread for each place: a try has one lookup, and keeps its place until that ends
        resolve = SystemResolver(settings.webhooks_in_flight)
        return cls(settings.webhook_rules, resolve, settings.webhook_seconds)

    async def __call__(self, outgoing: Outgoing) -> Answer:
        begun, lookup = time.monotonic(), Lookup(self._resolve)

        def seconds() -> float:
            return time.monotonic() - begun

        try:
            async with self._answered(outgoing, lookup) as response:
                body = await beginning(response, self._seconds - seconds())
                error, wait = failure(response.status), retry_after(response, self._clock())
                return Answer(response.status, error, body, seconds(), wait)
        except NotSent as error:
            return Answer(None, str(error), "", seconds(), None, lookup.pending)

    @asynccontextmanager
    async def _answered(self, outgoing: Outgoing, lookup: Lookup) -> AsyncIterator[Response]:
        """The head of the answer. Raises NotSent."""
        request = self._request(self._destination(outgoing.url), outgoing)
        network = GuardedNetwork(self._rules, lookup, BudgetedNetwork(READ))
        async with pool(network, self._ssl) as connections:
            try:
                async with asyncio.timeout(self._seconds):
                    response = await connections.handle_async_request(request)
            except (ConnectError, ConnectTimeout) as error:
                raise NotSent(_unconnected(error)) from None
            except TimeoutError:
                raise NotSent(f"It did not answer within {self._seconds:g} s.") from None
            except BROKEN:
                raise NotSent(NO_ANSWER) from None
            yield response

    def _destination(self, url: str) -> Destination:
        """The rules may have changed since the address was given."""
        try:
            return self._rules.destination(url)
        except NotAllowed as error:
            raise NotSent(f"Its address is not allowed any more: it {error}.") from None

    def _request(self, destination: Destination, outgoing: Outgoing) -> Request:
        url = destination.url
        target = URL(scheme=url.raw_scheme, host=destination.host, port=destination.port, target=url.raw_path)
        length = (b"Content-Length", str(len(outgoing.body)).encode())
        headers = [(b"Host", url.netloc), *SAID, length, *signed(outgoing, self._clock()), *_traced(outgoing)]
        timeouts = {"connect": CONNECT_SECONDS}  # of all else, those here
        return Request(
            "POST", target, headers=headers, content=outgoing.body, extensions={"timeout": timeouts}
        )

    @cached_property
    def _ssl(self) -> SSLContext:
        return self._given_ssl or default_ssl_context()


def _traced(outgoing: Outgoing) -> list[tuple[bytes, bytes]]:
    return [(b"traceparent", outgoing.traceparent.encode())] if outgoing.traceparent else []


def _unconnected(error: Exception) -> str:
    """A certificate is looked at only once the address was found to be allowed: it may be told of."""
    for reason in error.args:
        if isinstance(reason, SSLCertVerificationError):
            return f"Its certificate is not valid: {reason.verify_message.rstrip('.')}."
    return NOWHERE

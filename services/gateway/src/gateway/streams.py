"""Events as server-sent events: what a client missed from the database, then what comes from the broker.

At least once: an event may come again, with the same id.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime, timedelta
from time import monotonic
from typing import Protocol
from uuid import UUID

import structlog
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from gateway.auth import Principal
from gateway.context import Gateway
from gateway.hub import Listener
from gateway.views import job_view
from gateway.waiting import ENDS
from scribeline.contracts.envelope import Envelope, decode
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.job import JobEvent, JobProgressed, JobStatus

HEARTBEAT_SECONDS = 15.0
PAGE = 200
REMEMBERED = 4096
"""Events sent on one connection whose ids are kept, so that few come twice."""

log = structlog.get_logger(__name__)


class Feed(Protocol):
    """What one client has got, and what it is to get."""

    @property
    def over(self) -> bool:
        """Nothing will come any more."""

    def missed(self) -> AsyncIterator[bytes]:
        """What is stored and was not sent, if something may have been missed. Raises DependencyDown."""

    def look_again(self) -> None:
        """Something may have been missed."""

    def news(self, event: Envelope) -> bytes | None:
        """What to send of it, if anything."""


async def of_job(
    context: Gateway, principal: Principal, job: UUID, after: UUID | None
) -> AsyncGenerator[bytes, None]:
    """The job as it stands, then its events behind the one named (or all), until it has ended.

    Raises before its first piece, and never later: Problem, DependencyDown.
    """
    with context.hub.job(job, principal.tenant) as listener:
        row = await context.job(principal, str(job))
        view = job_view(row, await context.records.queue_position(row))
        yield format_sse_event(event="job", data_str=view.model_dump_json())
        async for piece in _pieces(listener, _JobFeed(context, principal, job, after)):
            yield piece


async def of_tenant(
    context: Gateway, principal: Principal, after: UUID | None, types: frozenset[str]
) -> AsyncGenerator[bytes, None]:
    """Events of all jobs of a key, since about the one named or from now on, without an end.

    Raises before its first piece, and never later: Problem, DependencyDown, KeyError when that event is not
    known, or not any more.
    """
    with context.hub.all(principal.tenant, principal.owner) as listener:
        feed = await _TenantFeed.begin(context, principal, after, types)
        yield KEEPALIVE_COMMENT
        async for piece in _pieces(listener, feed):
            yield piece


async def _pieces(listener: Listener, feed: Feed) -> AsyncIterator[bytes]:
    """Until it is over. While the database is away there is nothing to look at: the client comes back."""
    try:
        while True:
            async for piece in feed.missed():
                yield piece
            if feed.over or listener.over:
                return
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    heard = await listener.next()
            except TimeoutError:
                yield KEEPALIVE_COMMENT
                continue
            if heard is None:
                feed.look_again()
            elif (piece_ := feed.news(heard)) is not None:
                yield piece_
    except DependencyDown as down:
        log.warning("a stream of events ends", dependency=down.dependency, reason=str(down))


class _JobFeed:
    """How far a client is with one job's events."""

    def __init__(self, context: Gateway, principal: Principal, job: UUID, after: UUID | None) -> None:
        self._context = context
        self._principal = principal
        self._job = job
        self._after = after
        self._sequence = 0
        self._missed = True
        self.over = False

    async def missed(self) -> AsyncIterator[bytes]:
        if not self._missed:
            return
        self._missed = False
        # the job before its events: what ends it stands among them then
        row = await self._context.records.job(self._principal, self._job)
        for stored in await self._context.records.events_of(self._principal.tenant, self._job, self._after):
            yield self._sent(decode(stored.body))
        self.over = row is None or JobStatus(row.status).terminal

    def look_again(self) -> None:
        self._missed = True

    def news(self, event: Envelope) -> bytes | None:
        """The very next one. With a gap before it, what is stored is looked at instead."""
        if isinstance(event.data, JobProgressed):
            return format_sse_event(event="job.progressed", data_str=event.data.model_dump_json())
        number = _sequence(event)
        if number > self._sequence + 1:
            self.look_again()
        if number != self._sequence + 1:
            return None
        self.over = event.type in ENDS
        return self._sent(event)

    def _sent(self, event: Envelope) -> bytes:
        self._after, self._sequence = event.id, _sequence(event)
        return _as_sse(event)


class _TenantFeed:
    """Which events of a tenant a client has got."""

    over = False

    def __init__(
        self, context: Gateway, principal: Principal, since: datetime, now: datetime, types: frozenset[str]
    ) -> None:
        self._context = context
        self._principal = principal
        self._types = types
        self._since = since
        self._clock = now - timedelta(seconds=monotonic())
        """The database's time is this and the seconds of our steady clock."""
        self._looking = since < now
        self._sent: deque[UUID] = deque(maxlen=REMEMBERED)
        self._ids: set[UUID] = set()

    @classmethod
    async def begin(
        cls, context: Gateway, principal: Principal, after: UUID | None, types: frozenset[str]
    ) -> "_TenantFeed":
        """Raises KeyError when that event is not known."""
        now, since = await context.records.announced_at(principal.tenant, after)
        if after is not None and since is None:
            raise KeyError(after)
        return cls(context, principal, since or now, now, types)

    def look_again(self) -> None:
        self._looking = True

    async def missed(self) -> AsyncIterator[bytes]:
        position, more = 0, self._looking
        self._looking = False
        while more:
            page = await self._context.records.events_since(
                self._principal, self._since, after=position, limit=PAGE
            )
            for stored in page:
                position = stored.position
                if (piece := self._new(decode(stored.body))) is not None:
                    yield piece
            more = len(page) == PAGE

    def news(self, event: Envelope) -> bytes | None:
        # what was announced before this one was heard before it, but for what is about the overlap late
        self._since = self._clock + timedelta(seconds=monotonic())
        return self._new(event)

    def _new(self, event: Envelope) -> bytes | None:
        """If the client has not got it, and wants it."""
        if not isinstance(event.data, JobEvent) or (self._types and event.type not in self._types):
            return None
        if event.id in self._ids:
            return None
        if len(self._sent) == REMEMBERED:
            self._ids.discard(self._sent[0])
        self._sent.append(event.id)
        self._ids.add(event.id)
        return _as_sse(event)


def _sequence(event: Envelope) -> int:
    return event.data.sequence if isinstance(event.data, JobEvent) else 0


def _as_sse(event: Envelope) -> bytes:
    return format_sse_event(event=event.type, id=str(event.id), data_str=event.encode().decode())

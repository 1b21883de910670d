"""Events as server-sent events: what a client missed from the database, then what comes from the broker.

At least once: an event may come again, with the same id.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from gateway.auth import Principal
from gateway.context import Gateway
from gateway.views import job_view
from gateway.waiting import ENDS
from scribeline.contracts.envelope import Envelope, decode
from scribeline.contracts.job import JobEvent, JobProgressed, JobStatus

HEARTBEAT_SECONDS = 15.0
PAGE = 200
REMEMBERED = 4096
"""Events sent on one connection whose ids are kept, so that few come twice."""


async def of_job(
    context: Gateway, principal: Principal, job: UUID, after: UUID | None
) -> AsyncIterator[bytes]:
    """The job as it stands, then its events behind the one named (or all), until it has ended.

    Raises Problem before its first piece, and never later.
    """
    with context.hub.job(job, principal.tenant) as listener:
        row = await context.job(principal, str(job))
        view = job_view(row, await context.records.queue_position(row))
        yield format_sse_event(event="job", data_str=view.model_dump_json())
        feed = _JobFeed(context, job, after, ended=JobStatus(row.status).terminal)
        while True:
            for event in await feed.missed():
                yield _sent(event)
            if feed.ended or listener.over:
                return
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    heard = await listener.next()
            except TimeoutError:
                yield KEEPALIVE_COMMENT
            else:
                if heard is None:
                    feed.look_again()
                elif isinstance(heard.data, JobProgressed):
                    yield format_sse_event(event="job.progressed", data_str=heard.data.model_dump_json())
                elif feed.follows(heard):
                    yield _sent(heard)


class _JobFeed:
    """How far a client is with one job's events."""

    def __init__(self, context: Gateway, job: UUID, after: UUID | None, *, ended: bool) -> None:
        self._context = context
        self._job = job
        self._after = after
        self._sequence = 0
        self._missed = True
        self.ended = ended

    async def missed(self) -> list[Envelope]:
        """What is stored behind the last event sent, if some may have been missed."""
        if not self._missed:
            return []
        self._missed = False
        found = [decode(each.body) for each in await self._context.records.events_of(self._job, self._after)]
        for event in found:
            self._went(event)
        return found

    def look_again(self) -> None:
        self._missed = True

    def follows(self, event: Envelope) -> bool:
        """Whether it is the very next one. With a gap before it, what is stored is looked at instead."""
        number, expected = _sequence(event), self._sequence + 1
        if number < expected:
            return False
        self.ended = event.type in ENDS
        if number > expected:
            self.look_again()
            return False
        self._went(event)
        return True

    def _went(self, event: Envelope) -> None:
        self._after, self._sequence = event.id, _sequence(event)


async def of_tenant(
    context: Gateway, principal: Principal, since: datetime | None, types: frozenset[str]
) -> AsyncIterator[bytes]:
    """Events of all jobs of a key, from about that moment on or from now on, without an end.

    Raises Problem before its first piece, and never later.
    """
    with context.hub.all(principal.tenant, principal.owner) as listener:
        yield KEEPALIVE_COMMENT
        feed = _TenantFeed(context, principal, since, types)
        while not listener.over:
            async for event in feed.missed():
                yield _sent(event)
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    heard = await listener.next()
            except TimeoutError:
                yield KEEPALIVE_COMMENT
            else:
                if heard is None:
                    feed.look_again()
                elif feed.is_new(heard):
                    yield _sent(heard)


class _TenantFeed:
    """Which events of a tenant a client has got."""

    def __init__(
        self, context: Gateway, principal: Principal, since: datetime | None, types: frozenset[str]
    ) -> None:
        self._context = context
        self._principal = principal
        self._types = types
        self._since = since
        self._looking = since is not None
        self._sent: deque[UUID] = deque(maxlen=REMEMBERED)
        self._ids: set[UUID] = set()

    def look_again(self) -> None:
        self._looking = self._since is not None

    async def missed(self) -> AsyncIterator[Envelope]:
        """What is stored and was not sent, page by page."""
        position, more = 0, self._looking and self._since is not None
        self._looking = False
        while more and self._since is not None:
            page = await self._context.records.events_since(
                self._principal, self._since, after=position, limit=PAGE
            )
            for stored in page:
                position = stored.position
                if self.is_new(event := decode(stored.body)):
                    yield event
            more = len(page) == PAGE

    def is_new(self, event: Envelope) -> bool:
        """Whether the client has not got it, and wants it. From then on it has."""
        if not isinstance(event.data, JobEvent) or (self._types and event.type not in self._types):
            return False
        if event.id in self._ids:
            return False
        if len(self._sent) == REMEMBERED:
            self._ids.discard(self._sent[0])
        self._sent.append(event.id)
        self._ids.add(event.id)
        self._since = max(self._since or event.time, event.time)
        return True


def _sequence(event: Envelope) -> int:
    return event.data.sequence if isinstance(event.data, JobEvent) else 0


def _sent(event: Envelope) -> bytes:
    return format_sse_event(event=event.type, id=str(event.id), data_str=event.encode().decode())

"""Who waits for events in this process: an event comes once, and goes to everyone it concerns.

Nobody polls the database: a listener looks once when it begins, and again when it is told that something may
have been missed.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from gateway.places import Places
from scribeline.contracts.envelope import Envelope
from scribeline.telemetry.metrics.requests import STREAM_CLIENTS

ROOM = 256
"""Events that a listener may be behind; one that is further behind is cut off."""


@dataclass(eq=False)
class Listener:
    """What concerns one client."""

    tenant: str
    owner: str | None = None
    """Only what is this user's; None: the whole tenant's."""
    over: bool = False
    """It was too slow, or the process is about to end: nothing more is sent to it."""
    _heard: "asyncio.Queue[Envelope | None]" = field(default_factory=lambda: asyncio.Queue(ROOM))

    def offer(self, event: Envelope | None) -> None:
        """Never waits for the listener."""
        if event is not None and not self._concerns(event):
            return
        try:
            self._heard.put_nowait(event)
        except asyncio.QueueFull:
            self.over = True

    def _concerns(self, event: Envelope) -> bool:
        return event.tenant == self.tenant and self.owner in (None, event.owner)

    async def next(self) -> Envelope | None:
        """The next event; None: look at what is stored, something may have been missed."""
        return await self._heard.get()


class Hub:
    """Of one process. `hear` and `missed` are for its tap."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._of_job: defaultdict[UUID, set[Listener]] = defaultdict(set)
        self._of_all: set[Listener] = set()
        self._closed = False

    def hear(self, event: Envelope) -> None:
        for listener in (*self._of_job.get(event.subject, ()), *self._of_all):
            listener.offer(event)

    def missed(self) -> None:
        """Everyone looks at what is stored."""
        for listener in self._everyone():
            listener.offer(None)

    @property
    def closed(self) -> bool:
        """The process is about to end."""
        return self._closed

    def check_room(self, tenant: str) -> None:
        """Whether one more may listen now. Raises Problem(TOO_MANY_STREAMS)."""
        with self._places.taken(tenant):
            pass

    def close(self) -> None:
        """The process is about to end: nobody waits any longer, also nobody who comes now."""
        self._closed = True
        for listener in self._everyone():
            listener.over = True
            listener.offer(None)

    @contextmanager
    def job(self, job: UUID, tenant: str) -> Iterator[Listener]:
        """Hear of one job. Raises Problem(TOO_MANY_STREAMS)."""
        try:
            with self._listening(self._of_job[job], Listener(tenant)) as listener:
                yield listener
        finally:
            if not self._of_job[job]:
                del self._of_job[job]

    @contextmanager
    def all(self, tenant: str, owner: str | None) -> Iterator[Listener]:
        """Hear of every job of a tenant, or of one of its users. Raises Problem(TOO_MANY_STREAMS)."""
        with self._listening(self._of_all, Listener(tenant, owner)) as listener:
            yield listener

    @contextmanager
    def _listening(self, among: set[Listener], listener: Listener) -> Iterator[Listener]:
        with self._places.taken(listener.tenant):
            listener.over = self._closed
            among.add(listener)
            try:
                with STREAM_CLIENTS.track_inprogress():
                    yield listener
            finally:
                among.discard(listener)

    def _everyone(self) -> Set[Listener]:
        return self._of_all.union(*self._of_job.values())

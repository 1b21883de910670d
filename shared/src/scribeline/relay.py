"""The outbox relay: the one file that knows both messaging and storage.

The only publisher of a service's commands and events. Woken in process after each commit, and by
itself now and then for what another process left behind. A lease instead of a lock held over confirms;
confirms are pipelined; a row goes after its confirm. Two relays share the work; a relay that dies
leaves its rows to be claimed when the lease ends, with the same ids and bytes.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta

import structlog

from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.codec import message
from scribeline.messaging.errors import Refused, Unroutable
from scribeline.messaging.publisher import Publisher
from scribeline.storage import outbox
from scribeline.storage.database import EVERYBODY, Database
from scribeline.storage.outbox import Outgoing
from scribeline.telemetry.metrics.outbox import backlog_is, backlog_is_unknown

BATCH = 256
SEND_SECONDS = 45.0
"""Bound of one publish with all that it may need: connecting, declaring, the confirm."""
LEASE = timedelta(seconds=60)
"""Longer than that."""
REFUSED_AGAIN = timedelta(seconds=30)
IDLE_SECONDS = 1.0
"""How often to look for what nobody woke us for."""
AWAY_SECONDS = 2.0
BACKLOG_EVERY = 5

log = structlog.get_logger(__name__)


class Relay:
    """`wake()` after a commit; `run(stop)` sends until stopped."""

    def __init__(self, database: Database, publisher: Publisher) -> None:
        self._database = database
        self._publisher = publisher
        self._awake = asyncio.Event()

    def wake(self) -> None:
        self._awake.set()

    async def run(self, stop: asyncio.Event) -> None:
        async with self._publisher:
            await self._send_until(stop)
            await self._last_words()

    async def _send_until(self, stop: asyncio.Event) -> None:
        rounds = 0
        while not stop.is_set():
            try:
                if rounds % BACKLOG_EVERY == 0:
                    await self._measure()
                rounds += 1
                if await self.send_due() == 0:
                    await _wait(self._awake, IDLE_SECONDS)
                    self._awake.clear()
            except DependencyDown as down:
                if down.dependency == "database":
                    backlog_is_unknown()
                    rounds = 0  # measured as soon as it is back
                log.warning("relay waits", dependency=down.dependency, reason=str(down))
                await _wait(stop, AWAY_SECONDS)

    async def send_due(self) -> int:
        """Send one batch; returns how many were due. Raises DependencyDown after giving rows back."""
        async with self._database.transaction(EVERYBODY) as session:
            due = await outbox.claim(session, BATCH, LEASE)
        if not due:
            return 0
        outcomes = await asyncio.gather(*map(self._send, due), return_exceptions=True)
        await self._settle(list(zip(due, outcomes, strict=True)))
        return len(due)

    async def _send(self, row: Outgoing) -> None:
        async with asyncio.timeout(SEND_SECONDS):
            await self._publisher.publish(row.exchange, row.routing_key, message(row.body, row.message_id))

    async def _settle(self, sent: list[tuple[Outgoing, BaseException | None]]) -> None:
        """Forget what is confirmed; what has no place now is for later, the rest is due again at once."""
        confirmed = [row for row, error in sent if error is None]
        refused = [(row, error) for row, error in sent if isinstance(error, Unroutable | Refused)]
        unknown = [
            (row, error) for row, error in sent if error and not isinstance(error, Unroutable | Refused)
        ]
        async with self._database.transaction(EVERYBODY) as session:
            await outbox.sent(session, confirmed)
            await outbox.refused(session, [row for row, _ in refused], REFUSED_AGAIN)
            await outbox.give_back(session, [row for row, _ in unknown])
        for row, reason in refused:
            log.error("refused", exchange=row.exchange, key=row.routing_key, reason=repr(reason))
        for _, error in unknown:
            raise DependencyDown("broker", "timed out") if isinstance(error, TimeoutError) else error

    async def _measure(self) -> None:
        async with self._database.transaction(EVERYBODY) as session:
            depth, age = await outbox.backlog(session)
        backlog_is(depth, age)

    async def _last_words(self) -> None:
        """What the last commits decided is sent before leaving, if the broker takes it."""
        try:
            while await self.send_due():
                pass
        except DependencyDown as down:
            log.warning("left in the outbox for another relay", reason=str(down))


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Until the event or that long, whichever comes first."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)

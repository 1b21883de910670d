"""Sends what is due to webhooks.

A delivery is a row, and sending it a lease of that row. Whoever dies leaves its rows to be claimed when the
lease ends: the receiver may then get the same event twice, with the same id. Each delivery has a task of its
own and is settled as it ends, so that a slow receiver holds up nothing but its own few places.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

import structlog

from notifier import verdicts
from notifier.clock import DatabaseClock
from notifier.letter import letter
from notifier.outgoing import Answer, Outgoing, Send
from notifier.schedule import STANDARD, Schedule
from notifier.settling import Try, cancel, settle
from notifier.traced import traced
from scribeline.contracts.api.webhooks import WebhookStatus
from scribeline.contracts.codes import Code
from scribeline.contracts.envelope import Unreadable
from scribeline.contracts.failures import DependencyDown
from scribeline.storage import claims
from scribeline.storage.claims import Due
from scribeline.storage.database import EVERYBODY, Database
from scribeline.telemetry.metrics.webhooks import WEBHOOK_LATENESS, WEBHOOK_SECONDS, WEBHOOKS_IN_FLIGHT

IDLE_SECONDS = 1.0
"""How often to look for what nobody woke us for: what another notifier made, what is due again."""
AWAY_SECONDS = 2.0
NOT_SENT = "It could not be sent: an error of this server."
SETTLE_SECONDS = 45.0
"""Room in a lease beyond the try itself, for a database that is away for a moment."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Places:
    """How many deliveries may be under way."""

    total: int = 128
    """Of this notifier."""
    per_lane: int = 4
    """To one webhook, or to the hosts of a tenant's jobs that share a lane, by all notifiers."""
    per_tenant: int = 32
    """Of one tenant, by this notifier."""


class Deliverer:
    """`wake()` after a commit that made deliveries; `run(stop)` sends until stopped."""

    def __init__(
        self,
        database: Database,
        send: Send,
        secret: str,
        *,
        clock: Callable[[], datetime],
        places: Places,
        schedule: Schedule = STANDARD,
        seconds: float = 15.0,
        shutdown_seconds: float = 25.0,
    ) -> None:
        """`secret` is the installation's; `send` takes at most so many `seconds`."""
        self._database = database
        self._send = send
        self._secret = secret
        self._clock = clock
        self._places = places
        self._schedule = schedule
        self._seconds = seconds
        self._shutdown_seconds = shutdown_seconds
        self._awake = asyncio.Event()
        self._under_way: dict[asyncio.Task[None], Due] = {}
        self._away: DependencyDown | None = DependencyDown("database", "nothing was looked for yet")

    def wake(self) -> None:
        self._awake.set()

    async def check(self) -> None:
        """For `/readyz`: whether it could look for what is due when it last tried. Raises DependencyDown."""
        if self._away is not None and self._secret:
            raise self._away

    async def run(self, stop: asyncio.Event) -> None:
        if not self._secret:
            log.error("no webhooks are sent: SCRIBELINE_WEBHOOK_SECRET is empty")
            await stop.wait()
            return
        try:
            await self._send_until(stop)
        finally:
            await self._leave()

    async def _send_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._awake.clear()
            began = monotonic()
            try:
                more = await self._take()
            except DependencyDown as down:
                self._away = down
                log.warning("webhooks wait", dependency=down.dependency, reason=str(down))
                await _wait(stop, AWAY_SECONDS)
            else:
                self._away = None
                # each place that becomes free wakes it: where claims are slow, many are filled by one
                await _wait(stop, monotonic() - began)
                if not more:
                    await _wait(self._awake, IDLE_SECONDS)

    async def _take(self) -> bool:
        """Begin what is due and has a place; True where there may be more."""
        free = self._places.total - len(self._under_way)
        if not free:
            return False
        async with self._database.transaction(EVERYBODY) as session:
            if isinstance(self._clock, DatabaseClock):
                self._clock.learn(await session.clock())
            due = await claims.claim(
                session,
                self._clock(),
                lease=timedelta(seconds=self._seconds + SETTLE_SECONDS),
                limit=free,
                per_lane=self._places.per_lane,
                per_tenant=self._places.per_tenant,
                held=Counter(each.tenant for each in self._under_way.values()),
            )
        for each in due:
            self._begin(each)
        return len(due) == free

    def _begin(self, due: Due) -> None:
        task = asyncio.create_task(self._deliver(due))
        self._under_way[task] = due
        WEBHOOKS_IN_FLIGHT.set(len(self._under_way))
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        due = self._under_way.pop(task)
        WEBHOOKS_IN_FLIGHT.set(len(self._under_way))
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a delivery went wrong; it is claimed again", delivery=str(due.id), exc_info=error)
        self.wake()

    async def _deliver(self, due: Due) -> None:
        began = self._clock()
        try:
            await self._try(due, began)
        except Exception:
            # counted, so that the schedule goes on: it would be claimed again each minute
            log.exception("a delivery went wrong", delivery=str(due.id))
            await self._settle(due, Try(Answer(None, NOT_SENT, "", 0, None), began, self._clock()))

    async def _try(self, due: Due, began: datetime) -> None:
        if (reason := _needless(due)) is not None:
            return await self._cancelled(due, reason)
        try:
            outgoing = letter(due, self._secret, began)
        except Unreadable as error:
            log.warning("an event cannot be read", delivery=str(due.id), reason=str(error))
            return await self._cancelled(due, verdicts.EVENT_UNREADABLE)
        WEBHOOK_LATENESS.observe(max((began - due.due_at).total_seconds(), 0))
        answer = await self._answer(outgoing)
        WEBHOOK_SECONDS.observe(answer.seconds)
        await self._settle(due, Try(answer, began, self._clock()))
        if answer.lookup is not None:  # keeps the place: each thread that looks up is of one
            await asyncio.wait({answer.lookup})
        return None

    async def _settle(self, due: Due, this: Try) -> None:
        settled = partial(settle, self._database, due, this, schedule=self._schedule)
        await self._written(partial(settled, random=random.random()))  # noqa: S311 - a jitter

    async def _cancelled(self, due: Due, reason: str) -> None:
        await self._written(partial(cancel, self._database, due, reason, self._clock()))

    async def _answer(self, outgoing: Outgoing) -> Answer:
        began = monotonic()
        try:
            async with asyncio.timeout(self._seconds + SETTLE_SECONDS / 3):  # it has a bound of its own
                return await traced(self._send, outgoing)
        except TimeoutError:
            return Answer(None, "It took too long.", "", monotonic() - began, None)

    async def _written(self, write: Callable[[], Awaitable[None]]) -> None:
        """A database that is away is waited for while the claim is ours; after that it is sent again."""
        deadline = monotonic() + SETTLE_SECONDS / 2
        while True:
            try:
                return await write()
            except DependencyDown as down:
                if monotonic() > deadline:
                    log.warning("sent, and not written down: it is sent again", reason=str(down))
                    return None
                await asyncio.sleep(AWAY_SECONDS / 2)

    async def _leave(self) -> None:
        """What is under way may end in its time; the rest another notifier may have at once."""
        if self._under_way:
            await asyncio.wait(list(self._under_way), timeout=self._shutdown_seconds)
        left = dict(self._under_way)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if left:
            with suppress(DependencyDown):
                async with self._database.transaction(EVERYBODY) as session:
                    await claims.give_back(session, list(left.values()))


def _needless(due: Due) -> str | None:
    """Why nothing is to be sent any more."""
    if due.webhook.status == WebhookStatus.DISABLED:
        return Code.WEBHOOK_DISABLED
    return None if due.body else Code.EVENT_GONE


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Until the event or that long, whichever comes first."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)

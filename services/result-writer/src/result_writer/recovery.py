"""What stands still though nothing holds it: units the broker lost, units that nobody released, and jobs
whose next step nobody took.

A broker that loses nothing needs none of this. A unit counts as lost only when, twice in a row, the broker
held no message that could still bring its outcome; never because it waits long.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from result_writer.settings import SERVICE
from scribeline.contracts import routes
from scribeline.contracts.catalogue import TYPE_OF
from scribeline.contracts.codes import Code
from scribeline.contracts.envelope import Envelope, message_id, wrap
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.job import AdvanceJob
from scribeline.contracts.unit import Error, UnitFailed
from scribeline.messaging.management import Held
from scribeline.messaging.topology import RETIRED, RETRY_DELAYS, retry_exchange
from scribeline.storage import lost
from scribeline.storage.database import Database
from scribeline.storage.lost import Lost, Stalled
from scribeline.storage.outbox import post
from scribeline.storage.pauses import tenants_waiting
from scribeline.storage.release import release
from scribeline.telemetry.metrics.results import LOST_UNITS

LOOK_SECONDS = 60.0
"""Between two looks: many times the age of the management API's numbers."""
SENT_AGAIN_AT_MOST = 3
ASKED_AT_MOST = 3
"""What comes next for one job, before that is an operator's business."""
AT_ONCE = 500
"""Units, or tenants, of one transaction."""
ON_THE_WAY = (routes.RESULTS_QUEUE, routes.DEATHS_QUEUE, *map(retry_exchange, RETRY_DELAYS))
"""Queues whose messages may belong to any work queue. (A dead letter needs no look: its obituary lies in
`result-writer.deaths`, or was read.)"""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Look:
    """What was seen of the broker, and the database's time right before."""

    at: datetime
    drained: frozenset[str]


def drained(held: Mapping[str, Held]) -> frozenset[str]:
    """Work queues without any message that could still bring an outcome; one nobody knows of is not."""

    def empty(queue: str) -> bool:
        return queue in held and held[queue].empty

    old = [queue for queue in RETIRED if queue in held]
    if not all(map(empty, (*ON_THE_WAY, *old))):
        return frozenset()
    return frozenset(filter(empty, routes.WORK_QUEUES))


@dataclass
class Recovery:
    """`run(stop)` looks until stopped. Several may: who sees a unit sent again meanwhile leaves it alone."""

    database: Database
    held: Callable[[], Awaitable[Mapping[str, Held]]] | None
    """Tells what the broker holds; None where nobody can tell."""
    window: int
    committed: Callable[[], None]
    before: Look | None = None
    stood: frozenset[Stalled] = frozenset()
    """Jobs that nothing moved when it was looked last."""
    asked: Counter[Stalled] = field(default_factory=Counter)
    """How often it was asked what comes next for those."""

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
                return
            try:
                await self.look()
                await self.release_waiting()
                await self.advance_standing()
            except DependencyDown as down:
                self.before = None
                log.warning("cannot look for lost units", dependency=down.dependency, reason=str(down))

    async def look(self) -> int:
        """Send again what this look and the one before found lost; returns how many units.

        Raises DependencyDown.
        """
        if self.held is None:
            return 0
        async with self.database.transaction() as session:
            moment = await session.clock()
        earlier, self.before = self.before, Look(moment, drained(await self.held()))
        queues = self.before.drained & earlier.drained if earlier else frozenset()
        if earlier is None or not queues:
            return 0
        again, more = 0, True
        while more:  # what was seen holds for all of them
            async with self.database.transaction() as session:
                units = await lost.found(session, queues, earlier.at, AT_ONCE)
            given_up = [unit for unit in units if unit.releases > SENT_AGAIN_AT_MOST]
            sent = await self._send_again(units, queues, earlier.at) if units else 0
            await self._give_up(given_up)
            again += sent
            more = len(units) == AT_ONCE and bool(sent)
        return again

    async def _send_again(self, units: Sequence[Lost], queues: frozenset[str], before: datetime) -> int:
        jobs = {lost_.unit.job for lost_ in units}
        async with self.database.transaction() as session:
            tenants = await lost.take_back(session, jobs, queues, before, SENT_AGAIN_AT_MOST)
            await release(session, tenants, self.window, SERVICE)
        self.committed()
        if tenants:
            LOST_UNITS.labels("sent_again").inc(len(tenants))
            log.error(
                "the broker lost units, which are sent again", units=len(tenants), queues=sorted(queues)
            )
        return len(tenants)

    async def _give_up(self, units: Sequence[Lost]) -> None:
        if units:
            LOST_UNITS.labels("failed").inc(len(units))
            log.error("the broker lost units again and again", units=len(units))
            await self._tell_the_writer([_failed(each) for each in units])

    async def release_waiting(self) -> None:
        """Units that wait although there is a place for them: whoever should have released them saw a queue
        paused that is not paused any more, or died. Raises DependencyDown."""
        async with self.database.transaction() as session:
            tenants = await tenants_waiting(session, routes.WORK_QUEUES)
        sent = 0
        for first in range(0, len(tenants), AT_ONCE):
            async with self.database.transaction() as session:
                sent += await release(session, tenants[first : first + AT_ONCE], self.window, SERVICE)
        if sent:
            log.warning("released units that nobody had released", units=sent)
            self.committed()

    async def advance_standing(self) -> int:
        """Ask what comes next for jobs that stood still twice in a row: the request for it was lost with a
        broker's data. Returns for how many. Where it is only late, there is nothing to do any more. Raises
        DependencyDown."""
        async with self.database.transaction() as session:
            found = frozenset(await lost.standing(session, AT_ONCE))
        stand, self.stood = found & self.stood, found
        self.asked = Counter({each: times for each, times in self.asked.items() if each in found})
        again = [each for each in stand if self.asked[each] < ASKED_AT_MOST]
        self.asked.update(again)
        await self._tell_the_writer([_asked_again(each) for each in again])
        if stand:
            log.warning("jobs stood still", jobs=len(stand), asked_what_is_next=len(again))
        return len(again)

    async def _tell_the_writer(self, messages: Sequence[Envelope]) -> None:
        """By its queue: what cannot be stored is then a dead letter, and holds up nobody."""
        if messages:
            async with self.database.transaction() as session:
                for each in sorted(messages, key=lambda message: message.subject):
                    post(session, routes.RESULTS, routes.RESULTS_QUEUE, each)
            self.committed()


def _asked_again(each: Stalled) -> Envelope:
    return wrap(
        AdvanceJob(job=each.job, run=each.run),
        id=message_id(each.job, TYPE_OF[AdvanceJob], run=each.run),
        job=each.job,
        tenant=each.tenant,
        owner=each.owner,
        source=SERVICE,
    )


def _failed(each: Lost) -> Envelope:
    return wrap(
        UnitFailed(unit=each.unit, error=Error.of(Code.UNIT_LOST, stage=each.unit.stage)),
        id=message_id(each.unit.job, TYPE_OF[UnitFailed], unit=each.unit),
        job=each.unit.job,
        tenant=each.tenant,
        owner=None,
        source=SERVICE,
    )

"""Sending to queues of others: what these do neither delays nor loses anything of ours.

A queue that is full refuses: the broker nacks, although every other queue has its copy. One that answers
nothing (it has no leader just now) leaves the confirm open and holds up what comes behind. Neither is waited
for, the second one once the broker is seen to answer; a broker that is away is waited for.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from time import monotonic

import structlog

from notifier.announcement import Announcement
from notifier.apart import Apart
from scribeline.contracts import routes
from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.broker import Broker
from scribeline.messaging.consumer import Probe
from scribeline.messaging.errors import Refused
from scribeline.messaging.publisher import Publisher
from scribeline.telemetry.metrics.webhooks import FORWARDED

CONFIRM_SECONDS = 10.0
AGAIN_SECONDS = 2.0
"""How long what was not confirmed is waited for when it is sent once more."""
GROUP = 64
"""Sent at once then, each on a channel of its own."""
STUCK_SECONDS = 60.0
"""How long such a queue is remembered: meanwhile all is sent apart at once."""
REFUSALS_STAND_SECONDS = 60.0
"""After which a channel that was refused something is given up, as it may not hear that the limit went."""
TELL_SECONDS = 60.0
NEVER = float("-inf")

log = structlog.get_logger(__name__)


class Strangers:
    """A context manager, as it has a connection of its own: ours wait for no queue of others."""

    def __init__(self, broker: Broker, name: str, ping: Probe) -> None:
        """`ping`: whether the broker answers, over another connection."""
        self._publisher = Publisher(broker, name, refusals_stand=REFUSALS_STAND_SECONDS)
        self._apart = Apart(broker, name)
        self._ping = ping
        self._in_doubt = False
        self._stuck_until = NEVER
        self._missed: Counter[str] = Counter()
        self._told = NEVER

    async def __aenter__(self) -> "Strangers":
        await self._publisher.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._apart.close()
        await self._publisher.__aexit__()

    async def send(self, announcements: Sequence[Announcement]) -> None:
        """Returns once each is in all queues that take it; what a queue did not take is counted.

        Raises DependencyDown("broker") while the broker itself is away, frozen or under an alarm: then they
        are to be sent again.
        """
        if self._in_doubt:
            await self._ping()  # what an alarm holds back is read when it ends: not once for every try
        self._in_doubt = True
        stuck = monotonic() < self._stuck_until
        unknown = announcements if stuck else await self._all(announcements)
        for first in range(0, len(unknown), GROUP):
            await self._each_apart(unknown[first : first + GROUP])
        self._in_doubt = False

    async def _all(self, announcements: Sequence[Announcement]) -> Sequence[Announcement]:
        """In their order, without waiting for each. Returns those of which the outcome is unknown, though the
        broker answers."""
        sent = (
            self._publisher.publish(
                routes.PUBLIC, each.key, each.message, mandatory=False, seconds=CONFIRM_SECONDS
            )
            for each in announcements
        )
        outcomes = await asyncio.gather(*sent, return_exceptions=True)
        if not self._count(outcomes):
            return []
        await self._ping()
        return [one for one, outcome in zip(announcements, outcomes, strict=True) if _is_unknown(outcome)]

    async def _each_apart(self, group: Sequence[Announcement]) -> None:
        """What is not confirmed now either is left to the broker."""
        unknown = self._count(await self._apart.send(group, AGAIN_SECONDS))
        if not unknown:
            return
        await self._ping()
        for outcome in unknown:
            if isinstance(outcome, DependencyDown):
                raise outcome  # the connection was lost, which no queue does
        self._stuck_until = monotonic() + STUCK_SECONDS
        self._pass_over("unknown", len(unknown))

    def _count(self, outcomes: Sequence[BaseException | None]) -> list[BaseException]:
        """Returns those that were neither confirmed nor refused."""
        refused = sum(isinstance(outcome, Refused) for outcome in outcomes)
        FORWARDED.labels("confirmed").inc(outcomes.count(None))
        if refused:
            self._pass_over("refused", refused)
        for outcome in outcomes:
            if outcome and not isinstance(outcome, DependencyDown | TimeoutError):
                raise outcome
        return [outcome for outcome in outcomes if outcome and _is_unknown(outcome)]

    def _pass_over(self, outcome: str, events: int) -> None:
        FORWARDED.labels(outcome).inc(events)
        self._missed[outcome] += events
        if monotonic() - self._told >= TELL_SECONDS:
            log.warning("a queue of others did not take events", exchange=routes.PUBLIC, **self._missed)
            self._missed.clear()
            self._told = monotonic()


def _is_unknown(outcome: BaseException | None) -> bool:
    return outcome is not None and not isinstance(outcome, Refused)

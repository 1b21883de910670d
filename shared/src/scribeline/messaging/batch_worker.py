"""The other way to consume: collect what is there without lingering, one transaction, one ack."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

import stamina
import structlog
from aio_pika.abc import AbstractIncomingMessage

from scribeline.contracts import routes
from scribeline.contracts.envelope import Envelope, Unreadable
from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import again, attempt_of, buried, death_of, waited
from scribeline.messaging.consumer import Consumer, Probe, either
from scribeline.messaging.errors import Unroutable
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.retry import LADDER, Dead, Retry, RetryPolicy
from scribeline.messaging.subscription import ack, subscription
from scribeline.messaging.topology import retry_exchange
from scribeline.messaging.traced import processing_all
from scribeline.telemetry.logging import bound, context_of
from scribeline.telemetry.metrics.messages import (
    ATTEMPTS,
    DEAD_LETTERS,
    MESSAGES,
    consuming,
    handling,
    waited_in_queue,
)

log = structlog.get_logger(__name__)

HOLD_SECONDS = 600.0
"""How long a batch waits in hand for a dependency; a broker waits 30 minutes for an ack."""

Read = TypeVar("Read")
"""What is handled: an envelope, as a rule. Its `time`, where it has one, tells how long it waited."""
Reader = Callable[[AbstractIncomingMessage], Read | None]
"""Makes that out of a delivery; None when there is nothing to do. Raises Unreadable."""


@dataclass(frozen=True)
class Received(Generic[Read]):
    """A delivery, the queue it came from, and what it says once read."""

    queue: str
    delivery: AbstractIncomingMessage
    content: Read | None = None


class BatchWorker(Consumer, Generic[Read]):
    """Hands batches to `handle`, which stores them in one transaction, then acks them with one frame.

    A batch with an error in its data is done again one by one, so that one bad message costs the others
    nothing; a delivery seen before goes alone. A dependency that is away costs no attempt.
    """

    def __init__(
        self,
        queues: Mapping[str, Reader[Read]],
        handle: Callable[[Sequence[Read]], Awaitable[None]],
        *,
        service: str,
        broker: Broker,
        publisher: Publisher,
        probes: Mapping[str, Probe] | None = None,
        size: int = 64,
        retries: RetryPolicy = LADDER,
    ) -> None:
        super().__init__(service, broker, publisher, probes)
        consuming(*queues)
        self._readers = queues
        self._handle = handle
        self._size = size
        self._retries = retries

    async def consume(self, stop: asyncio.Event) -> None:
        inbox: asyncio.Queue[Received[Read]] = asyncio.Queue()  # what a lost channel delivered comes again

        async def receive(queue: str, delivery: AbstractIncomingMessage) -> None:
            inbox.put_nowait(Received(queue, delivery))

        queues = list(self._readers)
        async with subscription(self.broker, self.name, queues, self._size * 2, receive) as here:
            self.ready.set()
            try:
                await either(stop.wait(), here.lost(), self._work(inbox))
            except (DependencyDown, Unroutable) as away:
                await here.leave()
                await self._hand_back(inbox)
                if isinstance(away, Unroutable):
                    raise DependencyDown("broker", str(away)) from away
                raise

    async def _hand_back(self, inbox: asyncio.Queue[Received[Read]]) -> None:
        """As fresh copies: what goes back with its channel counts toward the delivery limit."""
        taken = [inbox.get_nowait() for _ in range(inbox.qsize())]
        for one in taken:
            reason = death_of(one.delivery) if one.queue == routes.DEATHS_QUEUE else None
            copy = again(one.delivery, attempt_of(one.delivery), reason)
            await self.publisher.publish("", one.queue, copy)
        last = max(taken, key=lambda one: one.delivery.delivery_tag or 0)
        await ack(last.delivery, multiple=True)

    async def _work(self, inbox: asyncio.Queue[Received[Read]]) -> None:
        held: Received[Read] | None = None
        while True:
            batch = [held or await inbox.get()]
            held = None
            while not batch[0].delivery.redelivered and len(batch) < self._size and not inbox.empty():
                following = inbox.get_nowait()
                if following.delivery.redelivered:
                    held = following
                    break
                batch.append(following)
            left = list(batch)
            try:
                await self._until_taken(left, batch[-1].delivery)
            except (DependencyDown, Unroutable):
                for one in [*left, *([held] if held else [])]:
                    inbox.put_nowait(one)
                raise

    async def _until_taken(self, left: list[Received[Read]], last: AbstractIncomingMessage) -> None:
        """A dependency that is away is waited for with the batch in hand: it is soon back, as a rule."""
        async for attempt in stamina.retry_context(
            on=(DependencyDown, Unroutable),
            attempts=None,
            timeout=HOLD_SECONDS,
            wait_initial=0.5,
            wait_max=5.0,
        ):
            with attempt:
                try:
                    await _to_its_end(self._take(left, last))
                except (DependencyDown, Unroutable) as away:
                    self.ready.clear()
                    log.warning("waiting with a batch in hand", messages=len(left), reason=str(away))
                    raise
                self.ready.set()

    async def _take(self, left: list[Received[Read]], last: AbstractIncomingMessage) -> None:
        """What is read stays in `left`: what cannot be is set aside once, however often the rest is tried."""
        left[:] = [read for one in left if (read := await self._read(one)) is not None]
        await self._store(left)
        # every delivery of this channel up to the last one is in this batch or was acked before
        await ack(last, multiple=True)

    async def _read(self, one: Received[Read]) -> Received[Read] | None:
        if one.content is not None:
            return one
        try:
            content = self._readers[one.queue](one.delivery)
        except Unreadable as reason:
            await self._set_aside(one, Dead(f"unreadable: {reason}"))
            return None
        if isinstance(written := getattr(content, "time", None), datetime):
            waited_in_queue(one.queue, waited(one.delivery, written))
        return replace(one, content=content) if content is not None else None

    async def _store(self, batch: list[Received[Read]]) -> None:
        if not batch:
            return
        try:
            with handling(batch[0].queue), processing_all(batch):
                await self._handle([one.content for one in batch if one.content is not None])
        except DependencyDown:
            raise
        except Exception as error:  # noqa: BLE001 - the data's fault: find out whose, one by one
            if len(batch) == 1:
                await self._decide(batch[0], error)
            else:
                for one in list(batch):
                    await self._store([one])
                    batch.remove(one)  # done, or set aside: not once more when the next one has to wait
        else:
            for one in batch:
                MESSAGES.labels(one.queue, "done").inc()
                ATTEMPTS.labels(one.queue).observe(attempt_of(one.delivery))

    async def _decide(self, one: Received[Read], error: Exception) -> None:
        decision = self._retries.decide(error, attempt_of(one.delivery))
        if not isinstance(decision, Retry | Dead):
            decision = Dead(f"{type(error).__name__}: {error}"[:500])
        await self._set_aside(one, decision)

    async def _set_aside(self, one: Received[Read], decision: Retry | Dead) -> None:
        with bound(**(context_of(one.content) if isinstance(one.content, Envelope) else {})):
            await self._forward(one, decision)
        MESSAGES.labels(one.queue, type(decision).__name__.lower()).inc()

    async def _forward(self, one: Received[Read], decision: Retry | Dead) -> None:
        attempt = attempt_of(one.delivery)
        if isinstance(decision, Retry):
            log.warning("will be tried again", queue=one.queue, attempt=attempt, reason=decision.reason)
            copy = again(one.delivery, decision.attempt, decision.reason)
            await self.publisher.publish(retry_exchange(decision.delay), one.queue, copy)
        else:
            log.error("dead", queue=one.queue, attempt=attempt, reason=decision.reason)
            DEAD_LETTERS.labels(one.queue).inc()
            ATTEMPTS.labels(one.queue).observe(attempt)
            copy = buried(one.delivery, decision.reason)
            await self.publisher.publish(routes.DEAD, one.queue, copy)


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Cancelled in the middle, wait for the transaction and its ack, then leave."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if (error := task.exception()) is not None:
            log.warning("the last batch comes again", reason=str(error))
        raise

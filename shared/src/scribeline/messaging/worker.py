"""The one way to consume a unit: decode, handle, publish the one result, ack."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, cast
from uuid import UUID

import structlog
from aio_pika.abc import AbstractIncomingMessage

from scribeline.contracts import routes
from scribeline.contracts.catalogue import TYPE_OF
from scribeline.contracts.envelope import Envelope, Unreadable
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.unit import Command, Outcome
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import again, attempt_of, buried, read, waited
from scribeline.messaging.consumer import Consumer, Probe, either
from scribeline.messaging.errors import Refused, Unroutable
from scribeline.messaging.handling import Stopwatch
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.reply import failure, reply_message
from scribeline.messaging.retry import LADDER, Dead, Decision, Failed, Pause, Result, Retry, RetryPolicy
from scribeline.messaging.subscription import ack, drop_channel, subscription
from scribeline.messaging.topology import retry_exchange
from scribeline.messaging.traced import processing
from scribeline.telemetry.logging import bound, context_of
from scribeline.telemetry.metrics.messages import (
    ATTEMPTS,
    DEAD_LETTERS,
    MESSAGES,
    consuming,
    handling,
    waited_in_queue,
)

KEPT_DECISIONS = 16

CANCEL_SECONDS = 1.0
"""How long a cancelled handler may take to notice."""

EXIT_HUNG = 70
"""Exit status (EX_SOFTWARE) of a process whose unit outlived its hard deadline."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Step:
    """One queue's work: what it accepts, how many at once, how long, and what becomes of failures."""

    queue: str
    accepts: tuple[type[Command], ...]
    prefetch: int = 1
    """Units in hand at once."""
    slots: int | None = None
    """How many of them compute at once, if not all: the others download ahead, and go back at a stop."""
    soft_deadline: float = 300.0
    """Seconds after which the handler is cancelled; that is an attempt."""
    hard_deadline: float = 600.0
    """Seconds after which the process exits: the handler did not even end when cancelled."""
    retries: RetryPolicy = LADDER


class Worker(Consumer):
    """Decode, handle, publish the one result, ack. Nothing else acks.

    Only handle() can cost an attempt. If publishing or setting aside fails, the channel is closed and
    the broker delivers again. A handler's coroutine must not end before its threads do.
    """

    def __init__(
        self,
        step: Step,
        handle: Callable[[Any], Awaitable[Outcome]],
        *,
        service: str,
        broker: Broker,
        publisher: Publisher,
        probes: Mapping[str, Probe] | None = None,
        shutdown_seconds: float = 25.0,
    ) -> None:
        super().__init__(f"{service} {step.queue}", broker, publisher, probes)
        consuming(step.queue)
        self.step = step
        self._handle = handle
        self._service = service
        self._shutdown_seconds = shutdown_seconds
        self._deliveries: dict[asyncio.Task[None], AbstractIncomingMessage] = {}
        self._decisions: dict[UUID, asyncio.Task[Decision]] = {}
        self._stopped_by: Exception | None = None
        self._pause = asyncio.Event()
        self._takes_none = asyncio.Event()
        self._takes_none.set()

    @property
    def in_hand(self) -> list[AbstractIncomingMessage]:
        """Deliveries taken and not yet acked, also of channels that are lost by now."""
        return list(self._deliveries.values())

    async def consume(self, stop: asyncio.Event) -> None:
        self._stopped_by = None
        self._pause.clear()
        queues = [self.step.queue]
        async with subscription(self.broker, self.name, queues, self.step.prefetch, self._deliver) as here:
            self.ready.set()
            self._takes_none.clear()
            try:
                await either(stop.wait(), here.lost(), self._pause.wait())
                await here.leave()
            finally:
                self._takes_none.set()
            if stop.is_set():
                await self._finish_within(self._shutdown_seconds)
            elif self._pause.is_set() and self._deliveries:
                await asyncio.wait(list(self._deliveries))  # bounded by the step's deadlines
        if self._stopped_by is not None:
            raise self._stopped_by

    async def _deliver(self, _queue: str, delivery: AbstractIncomingMessage) -> None:
        # a task of our own: the library cancels its callbacks with the channel, but the work goes on
        task = asyncio.create_task(self._safely(delivery))
        self._deliveries[task] = delivery
        task.add_done_callback(self._delivered)

    def _delivered(self, task: asyncio.Task[None]) -> None:
        del self._deliveries[task]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._pause_for(error if isinstance(error, Exception) else RuntimeError(repr(error)))

    async def _finish_within(self, seconds: float) -> None:
        """End what computes; what only waits for its turn, or is late, goes back with the channel."""
        in_hand = list(self._deliveries)
        for waiting in in_hand[self.step.slots or len(in_hand) :]:
            waiting.cancel()
        if in_hand:
            await asyncio.wait(in_hand, timeout=seconds)
        undecided = [task for task in self._decisions.values() if not task.done()]
        late: list[asyncio.Task[Any]] = [*self._deliveries, *undecided]
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=CANCEL_SECONDS)

    async def _safely(self, delivery: AbstractIncomingMessage) -> None:
        try:
            await self.process(delivery)
        except (DependencyDown, Unroutable) as error:
            MESSAGES.labels(self.step.queue, "lost").inc()
            log.warning("left to the broker to deliver again", queue=self.step.queue, reason=str(error))
            self._pause_for(error if isinstance(error, DependencyDown) else DependencyDown("broker"))
            await drop_channel(delivery)

    async def process(self, delivery: AbstractIncomingMessage) -> None:
        """One message, from bytes to ack."""
        try:
            command = read(delivery, self.step.accepts)
        except Unreadable as reason:
            decision: Decision = (dead := Dead(f"unreadable: {reason}"))
            await self._set_aside(delivery, dead)
        else:
            waited_in_queue(self.step.queue, waited(delivery, command.time))
            with (
                bound(**context_of(command)),
                processing(self.step.queue, delivery, command) as span,
            ):
                decision = await self._decision_on(command, delivery)
                try:
                    await self._settle(delivery, command, decision)
                except Refused as full:  # wait, and publish then what was decided now
                    self._pause_for(full)
                    decision = Pause("broker")
                    await self._set_aside(delivery, decision)
                else:
                    self._decisions.pop(command.id, None)
                if not isinstance(decision, Result):
                    span.failed(_why(decision))
                if isinstance(decision, Result | Failed):
                    log.info("unit ended", queue=self.step.queue, **_told(decision))
        if isinstance(decision, Result | Failed | Dead):
            ATTEMPTS.labels(self.step.queue).observe(attempt_of(delivery))
        outcome = type(decision).__name__.lower()
        MESSAGES.labels(self.step.queue, "done" if outcome == "result" else outcome).inc()
        await ack(delivery)

    async def _settle(self, delivery: AbstractIncomingMessage, command: Envelope, decision: Decision) -> None:
        match decision:
            case Result(outcome=outcome):
                await self._publish(command, outcome)
            case Failed(error=error, handled=handled):
                await self._publish(command, failure(cast(Command, command.data), error, handled))
            case Retry() | Dead() | Pause() as later:
                await self._set_aside(delivery, later)

    async def _set_aside(self, delivery: AbstractIncomingMessage, decision: Retry | Dead | Pause) -> None:
        queue = self.step.queue
        attempt = attempt_of(delivery)
        match decision:
            case Retry(delay=delay, attempt=following, reason=reason):
                log.warning("will be tried again", queue=queue, attempt=attempt, delay=delay, reason=reason)
                copy = again(delivery, following, reason)
                await self.publisher.publish(retry_exchange(delay), queue, copy)
            case Dead(reason=reason):
                log.error("dead", queue=queue, attempt=attempt, reason=reason)
                DEAD_LETTERS.labels(queue).inc()
                await self.publisher.publish(routes.DEAD, queue, buried(delivery, reason))
            case Pause(dependency=dependency):
                # a fresh copy: handing the same one back would count toward the delivery limit on 3.10;
                # and not before we take none, or it would come straight back
                self._pause_for(DependencyDown(dependency))
                await self._takes_none.wait()
                await self.publisher.publish(routes.JOBS, queue, again(delivery, attempt))

    def _pause_for(self, reason: Exception) -> None:
        self._stopped_by = self._stopped_by or reason
        self._pause.set()

    async def _decision_on(self, command: Envelope, delivery: AbstractIncomingMessage) -> Decision:
        # kept until its result is published: a redelivery after a lost channel, or while the broker
        # confirmed nothing, waits for the run that there is and does not start another one
        decision = self._decisions.get(command.id)
        if decision is None:
            self._forget_old_decisions()
            decision = asyncio.create_task(self._decide(command, delivery))
            self._decisions[command.id] = decision
        return await asyncio.shield(decision)

    def _forget_old_decisions(self) -> None:
        """Of units that another worker got meanwhile."""
        done = [id_ for id_, decision in self._decisions.items() if decision.done()]
        for id_ in done[: max(0, len(self._decisions) - KEPT_DECISIONS)]:
            del self._decisions[id_]

    async def _decide(self, command: Envelope, delivery: AbstractIncomingMessage) -> Decision:
        """Run the handler; an outcome also tells when and how long."""
        watch = Stopwatch(delivery)
        match await self.outcome_of(command, attempt_of(delivery)):
            case Result(outcome=outcome):
                return Result(outcome.model_copy(update={"handled": watch.read()}))
            case Failed(error=error):
                return Failed(error, watch.read())
            case Retry() | Dead() | Pause() as later:
                return later

    async def outcome_of(self, command: Envelope, attempt: int) -> Decision:
        """Run the handler; every way it can end is a decision."""
        try:
            with handling(self.step.queue), _hard_deadline(self.step.hard_deadline):
                async with asyncio.timeout(self.step.soft_deadline):
                    return Result(await self._handle(command.data))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is decided on
            return self.step.retries.decide(error, attempt)

    async def _publish(self, command: Envelope, outcome: Outcome) -> None:
        message = reply_message(command, outcome, self._service)
        await self.publisher.publish(routes.RESULTS, routes.RESULTS_QUEUE, message)


def _why(decision: Failed | Retry | Dead | Pause) -> str:
    """In a word."""
    return decision.error.code.value if isinstance(decision, Failed) else type(decision).__name__.lower()


def _told(decision: Result | Failed) -> dict[str, Any]:
    """What a log line says of how a unit ended."""
    match decision:
        case Failed(error=error):
            return {"outcome": "failed", "code": error.code.value}
        case Result(outcome=outcome):
            return {"outcome": TYPE_OF[type(outcome)].split(".")[-1], "seconds": outcome.processing_seconds}


@contextmanager
def _hard_deadline(seconds: float) -> Iterator[None]:
    """End the process if the block has not ended by then: the broker counts the loss and delivers again."""
    timer = asyncio.get_running_loop().call_later(seconds, partial(os._exit, EXIT_HUNG))
    try:
        yield
    finally:
        timer.cancel()

"""How the installation is: what it depends on, what waits in its queues, and what is wrong in a sentence."""

import asyncio
from datetime import datetime
from typing import Any

from gateway.answers import Answer, ask
from gateway.broker_view import Depth
from gateway.context import Gateway
from scribeline.contracts.api.status import (
    ChecksView,
    CheckView,
    OutboxView,
    Part,
    QueueView,
    StatusView,
    Verdict,
)
from scribeline.contracts.routes import CONSUMED
from scribeline.language_model import EngineChoice
from scribeline.messaging.topology import dead_queue

LATE_SECONDS = 60.0
"""A message that waits longer to be sent shows that the relay does not get on."""
SERVICE_OF = {queue: queue.partition(".")[0] for queue in CONSUMED}
QUEUES = (*CONSUMED, *map(dead_queue, CONSUMED))


async def status_of(gateway: Gateway) -> StatusView:
    """Asks everything at once, for a few seconds at most."""
    (database, store, model), (broker, depths), (backlog, paused) = await asyncio.gather(
        asyncio.gather(ask(gateway.records.ping()), ask(gateway.store.ping()), ask(_model_trouble(gateway))),
        asyncio.gather(ask(gateway.broker.ping()), ask(gateway.broker.depths(QUEUES))),
        asyncio.gather(ask(gateway.records.backlog()), ask(gateway.records.paused())),
    )
    checks = ChecksView(
        database=_check(database),
        store=_check(store),
        broker=_check(broker if broker.trouble else depths),
        language_model=_model(model, gateway.settings.analyzer_engine),
    )
    pauses = paused.value or {}
    queues = [_queue(name, depths.value, pauses.get(name)) for name in CONSUMED] if depths.value else []
    outbox = _outbox(backlog)
    parts: list[Part] = [checks.database, checks.store, checks.broker, checks.language_model, *queues, outbox]
    fine = all(part.status.fine for part in parts)
    return StatusView(
        status=Verdict.OK if fine else Verdict.DEGRADED, checks=checks, queues=queues, outbox=outbox
    )


async def _model_trouble(gateway: Gateway) -> str | None:
    off = gateway.settings.analyzer_engine is EngineChoice.EXTRACTIVE
    return None if off else await gateway.language_model()


def _check(answer: Answer[Any]) -> CheckView:
    verdict = Verdict.DOWN if answer.trouble else Verdict.OK
    return CheckView(status=verdict, detail=answer.trouble, seconds=answer.seconds)


def _model(answer: Answer[str | None], engine: EngineChoice) -> CheckView:
    trouble = answer.trouble or answer.value
    if engine is EngineChoice.EXTRACTIVE:
        return CheckView(status=Verdict.OFF, detail="Reports are made by rules.", seconds=answer.seconds)
    if trouble and engine is EngineChoice.AUTO:
        told = f"Reports are made by rules meanwhile, and questions of one's own fail: {trouble}"
        return CheckView(status=Verdict.DEGRADED, detail=told, seconds=answer.seconds)
    return CheckView(status=Verdict.DOWN if trouble else Verdict.OK, detail=trouble, seconds=answer.seconds)


def _queue(name: str, depths: dict[str, Depth | None], paused_at: datetime | None) -> QueueView:
    depth, dead = depths[name], depths[dead_queue(name)]
    detail = _trouble_of(name, depth, dead) or (_paused(name, paused_at) if paused_at else None)
    letters = dead.messages if dead else None
    told = f"{_messages(letters)} set aside: see the queue {dead_queue(name)}." if letters else None
    return QueueView(
        name=name,
        status=Verdict.DEGRADED if detail else Verdict.OK,
        messages=depth.messages if depth else None,
        consumers=depth.consumers if depth else None,
        dead_letters=letters,
        detail=" ".join(filter(None, (detail, told))) or None,
    )


def _trouble_of(name: str, depth: Depth | None, dead: Depth | None) -> str | None:
    if depth is None or dead is None:
        return "It is missing on the broker: start any service, which declares it."
    if depth.messages and not depth.consumers:
        return f"{_messages(depth.messages)} waiting, and no {SERVICE_OF[name]} is there to take them."
    return None


def _paused(name: str, since: datetime) -> str:
    return f"Paused since {since:%Y-%m-%d %H:%M} UTC: `scribeline queues resume {name}` sends to it again."


def _messages(count: int) -> str:
    return "1 message is" if count == 1 else f"{count} messages are"


def _outbox(backlog: Answer[tuple[int, float]]) -> OutboxView:
    if backlog.value is None:
        return OutboxView(status=Verdict.DEGRADED, messages=None, oldest_seconds=None, detail=backlog.trouble)
    messages, oldest = backlog.value
    late = oldest > LATE_SECONDS
    return OutboxView(
        status=Verdict.DEGRADED if late else Verdict.OK,
        messages=messages,
        oldest_seconds=round(oldest, 1),
        detail=f"The oldest message waits for {oldest:.0f} s to be sent to the broker." if late else None,
    )

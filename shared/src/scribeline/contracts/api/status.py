"""How the installation is."""

from enum import StrEnum

from scribeline.contracts.api.view import View


class Verdict(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"
    OFF = "off"

    @property
    def fine(self) -> bool:
        return self in (Verdict.OK, Verdict.OFF)


class Part(View):
    status: Verdict


class CheckView(Part):
    detail: str | None = None
    """What is wrong, in a sentence."""
    seconds: float
    """How long the answer took."""


class ChecksView(View):
    database: CheckView
    store: CheckView
    broker: CheckView
    language_model: CheckView
    """`off` where the analyzer works by rules alone; `degraded` where the rules stand in for it."""


class QueueView(Part):
    name: str
    messages: int | None
    """That wait; null where the queue does not exist."""
    consumers: int | None
    dead_letters: int | None
    """Set aside for an operator after they failed again and again; their units have failed."""
    detail: str | None = None


class OutboxView(Part):
    messages: int | None
    """Decided, and still to be sent to the broker."""
    oldest_seconds: float | None
    detail: str | None = None


class StatusView(View):
    status: Verdict
    """`ok`, or `degraded` when anything below is."""
    checks: ChecksView
    queues: list[QueueView]
    """Empty while the broker does not tell."""
    outbox: OutboxView

"""Queues and dead letters."""

from datetime import datetime
from typing import Any

from pydantic import Field

from scribeline.contracts.api.view import View
from scribeline.contracts.unit import UnitRef


class QueueWork(View):
    name: str
    ready: int | None
    """Messages that wait on the broker; null where the queue does not exist, or the broker does not tell."""
    unacked: int | None
    """In consumers' hands, as of some seconds ago: only the broker's management API tells."""
    unacked_reason: str | None = None
    """Why `unacked` is null."""
    consumers: int | None
    dead: int | None
    waiting: int
    """Units that wait in the database for a place in their tenants' windows."""
    released: int
    """Units sent to the queue that have no outcome yet."""
    oldest_seconds: float | None
    """How long ago the oldest of those was sent."""
    paused_at: datetime | None = None
    """Since when no unit is sent to the queue any more, because an operator said so."""


class QueueList(View):
    queues: list[QueueWork]
    broker: str | None = None
    """Why the broker does not tell what it has: its numbers are null then. The others are the database's."""


class PausedView(View):
    name: str
    paused_at: datetime | None


class LetterView(View):
    id: str
    reason: str
    attempts: int
    redriven: int
    """How often it was tried again before."""
    first_failed_at: str | None
    died_at: str | None
    type: str | None
    tenant: str | None
    job: str | None
    unit: UnitRef | None
    bytes: int
    body: Any = None
    """The whole message, when one letter is asked for."""


class LetterList(View):
    letters: list[LetterView]
    """The oldest ones."""
    messages: int | None
    """How many there are."""


class KeptView(View):
    id: str
    reason: str


class SortedView(View):
    """What became of the letters that were chosen."""

    redriven: int = 0
    """Their jobs' failed units are tried again, or, without a unit, the message was sent again."""
    discarded: int = 0
    """Taken out: there is nothing left to repair, their job is being tried again already, or it was asked."""
    kept: list[KeptView] = Field(default_factory=list)
    """Still there, and why."""


class ResumedView(View):
    jobs: int
    """Whose units are sent again."""

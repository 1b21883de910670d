"""Queues and dead letters as the API shows them, and how dead letters are chosen."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.views import View
from scribeline.contracts.unit import UnitRef
from scribeline.messaging.dead_letters import Letter


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


class Selection(BaseModel):
    """Which letters: all that have everything that is named."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    ids: list[str] = Field(default=[], max_length=1000)
    """Of messages."""
    job: UUID | None = None
    tenant: str | None = Field(default=None, max_length=40)
    all: bool = False
    """Every letter of the queue."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if bool(self.ids or self.job or self.tenant) == self.all:
            raise ValueError("name ids, a job or a tenant, or say all")
        return self

    def has(self, letter: Letter) -> bool:
        return (
            (not self.ids or letter.id in self.ids)
            and (self.job is None or letter.job == str(self.job))
            and (self.tenant is None or letter.tenant == self.tenant)
        )


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


def letter_view(letter: Letter, *, body: Any = None) -> LetterView:
    told = asdict(letter) | {"unit": letter.unit, "body": body}
    return LetterView(**{name: told[name] for name in LetterView.model_fields})

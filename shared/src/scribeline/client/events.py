"""Events of jobs as they come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import httpx2
from pydantic import BaseModel, ValidationError

from scribeline.client.errors import Unreadable
from scribeline.client.reading import tolerant
from scribeline.contracts.api.jobs import JobView
from scribeline.contracts.catalogue import EVENTS
from scribeline.contracts.job import JobEvent, JobProgressed

Data: TypeAlias = JobView | JobProgressed | JobEvent | dict[str, Any]

ENDS = frozenset({"job.completed", "job.failed", "job.cancelled", "job.deleted"})


@dataclass(frozen=True)
class Event:
    """`data` is a `JobView` for the type `job`, `JobProgressed` for `job.progressed`, the type's class of
    `contracts.catalogue.EVENTS`, or a dictionary for a type that this client does not know. What has an `id`
    is stored, and can be come back to."""

    type: str
    job: UUID
    data: Data
    id: UUID | None = None
    time: datetime | None = None
    owner: str | None = None

    @property
    def run(self) -> int:
        """Of the job."""
        return self.data.get("run", 1) if isinstance(self.data, dict) else self.data.run


class _CloudEvent(BaseModel):
    id: UUID
    type: str
    subject: UUID
    time: datetime
    owner: str | None = None
    data: dict[str, Any]


def event_of(sent: httpx2.ServerSentEvent) -> Event:
    """Raises `Unreadable`."""
    try:
        match sent.event:
            case "job":
                view = tolerant(JobView).model_validate_json(sent.data)
                return Event("job", view.id, view)
            case "job.progressed":
                progress = tolerant(JobProgressed).model_validate_json(sent.data)
                return Event("job.progressed", progress.job, progress)
        told = _CloudEvent.model_validate_json(sent.data)
        data = tolerant(EVENTS[told.type]).model_validate(told.data) if told.type in EVENTS else told.data
    except ValidationError as error:
        which = sent.event[:50]
        raise Unreadable(f"An event {which!r} cannot be read: {error.error_count()} odd fields.") from None
    return Event(told.type, told.subject, data, told.id, told.time, told.owner)

"""Public events, as others are told of them on the broker and by webhook."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ValidationError

from scribeline.client.errors import Unreadable
from scribeline.client.reading import tolerant
from scribeline.contracts.base import Frozen
from scribeline.contracts.catalogue import MAJOR, PINGS, PUBLIC

TYPES: Mapping[str, type[Frozen]] = {**PUBLIC, **PINGS}


@dataclass(frozen=True)
class PublicEvent:
    """A CloudEvent; the same `id` always carries the same data. `subject` is the job's id, of `webhook.*` the
    webhook's. `data` is the type's class of `contracts.catalogue.PUBLIC`, or a dictionary where this library
    is too old to know the type, or this version of it."""

    id: UUID
    type: str
    source: str
    subject: UUID
    time: datetime
    tenant: str
    data: Frozen | dict[str, Any]
    owner: str | None = None
    traceparent: str | None = None


class _CloudEvent(BaseModel):
    id: UUID
    type: str
    source: str
    subject: UUID
    time: AwareDatetime
    tenant: str
    owner: str | None = None
    traceparent: str | None = None
    dataversion: int = MAJOR
    data: dict[str, Any]


def public_event(body: bytes) -> PublicEvent:
    """Raises `Unreadable` for what is no event of Scribeline, whatever the bytes are."""
    try:
        told = _CloudEvent.model_validate_json(body)
    except ValidationError as error:
        odd = ", ".join(".".join(map(str, each["loc"])) or each["type"] for each in error.errors()[:5])
        raise Unreadable(f"This is no event of Scribeline: {odd}.") from None
    return PublicEvent(
        id=told.id,
        type=told.type,
        source=told.source,
        subject=told.subject,
        time=told.time,
        tenant=told.tenant,
        data=_typed(told),
        owner=told.owner,
        traceparent=told.traceparent,
    )


def _typed(told: _CloudEvent) -> Frozen | dict[str, Any]:
    if told.type in TYPES and told.dataversion == MAJOR:
        with suppress(ValidationError):
            typed: Frozen = tolerant(TYPES[told.type]).model_validate(told.data)
            return typed
    return told.data

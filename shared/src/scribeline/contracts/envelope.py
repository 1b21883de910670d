"""CloudEvents 1.0 in JSON structured mode (cloudevents/spec, json-format.md), as one frozen model.

Extension attributes: `tenant`, `owner`, `traceparent` (W3C Trace Context) and `dataversion`.
"""

import json
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import (
    AwareDatetime,
    Field,
    SerializeAsAny,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticSerializationError

from scribeline.contracts.base import Frozen, Owner, Tenant
from scribeline.contracts.catalogue import CATALOGUE, MAJOR, TYPE_OF
from scribeline.contracts.unit import UnitRef


class Unreadable(ValueError):
    """Not one of our messages, or of a version we do not know. The reason is for an operator."""


class Envelope(Frozen):
    """One message. `subject` is the job's id, of `webhook.*` the webhook's; the same `id` always carries the
    same bytes."""

    specversion: Literal["1.0"] = "1.0"
    """Of CloudEvents."""
    id: UUID
    """Of the message: whoever has seen it, has seen this message."""
    type: str
    source: str
    """The service that it comes from."""
    subject: UUID
    """The job; of `webhook.*` the webhook."""
    time: AwareDatetime
    """When it was written."""
    datacontenttype: Literal["application/json"] = "application/json"
    dataversion: int = MAJOR
    """Major version of `data`."""
    tenant: Tenant
    """Whose job or webhook it is."""
    owner: Owner | None = None
    """The user that the job belongs to, where one was named."""
    traceparent: str | None = Field(
        default=None, pattern=r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"
    )
    """Of W3C Trace Context: the request that the job came with."""
    data: SerializeAsAny[Frozen]

    @model_validator(mode="before")
    @classmethod
    def _known(cls, raw: Any) -> Any:
        if isinstance(raw, dict) and not isinstance(raw.get("data"), Frozen):
            if str(raw.get("type")) not in CATALOGUE:
                raise ValueError(f"unknown message type {str(raw.get('type'))[:100]!r}")
            if raw.get("dataversion", MAJOR) != MAJOR:
                raise ValueError(f"unknown major version {str(raw['dataversion'])[:20]!r}")
        return raw

    @field_validator("data", mode="before")
    @classmethod
    def _typed(cls, raw: Any, info: ValidationInfo) -> Any:
        return raw if isinstance(raw, Frozen) else CATALOGUE[info.data["type"]].model_validate(raw)

    @property
    def trace_id(self) -> str | None:
        return self.traceparent.split("-")[1] if self.traceparent else None

    def encode(self) -> bytes:
        """JSON in UTF-8, which has no half of a surrogate pair: that becomes a question mark."""
        try:
            return self.model_dump_json(exclude_none=True).encode()
        except PydanticSerializationError:
            plain = self.model_dump(exclude_none=True)
            return json.dumps(plain, ensure_ascii=False, default=_told).encode("utf-8", "replace")


def _told(value: datetime | UUID) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def decode(body: bytes) -> Envelope:
    """Read one message. Raises `Unreadable`, and nothing else, whatever the bytes are."""
    try:
        return Envelope.model_validate_json(body)
    except ValidationError as error:
        reasons = "; ".join(
            ": ".join(filter(None, (".".join(map(str, e["loc"])), e["msg"])))
            for e in error.errors(include_input=False)[:5]
        )
        raise Unreadable(reasons[:500]) from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)[:500]) from None


def message_id(
    job: UUID, type_: str, *, unit: UnitRef | None = None, run: int = 1, number: int = 0, redrive: int = 0
) -> UUID:
    """Deterministic, so that doing the same thing twice makes the same message twice."""
    where = f"{unit.stage}/{unit.index}/{unit.run}" if unit else f"job/{number}/{run}"
    return uuid5(NAMESPACE_URL, f"scribeline:{job}/{where}/{type_}/{redrive}")


def wrap(
    data: Frozen,
    *,
    id: UUID,  # noqa: A002 - CloudEvents' own name
    job: UUID,
    tenant: str,
    owner: str | None,
    source: str,
    traceparent: str | None = None,
    time: datetime | None = None,
) -> Envelope:
    """Put data into its envelope; the type follows from the data's class."""
    return Envelope(
        id=id,
        type=TYPE_OF[type(data)],
        source=source,
        subject=job,
        time=time or datetime.now(UTC),
        tenant=tenant,
        owner=owner,
        traceparent=traceparent,
        data=data,
    )

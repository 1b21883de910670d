"""What is asked of many jobs: the body of `POST /v1/jobs/bulk`."""

from json import dumps
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from gateway import strict_json
from gateway.filters import JobFilter
from scribeline.contracts.api.bulk import BulkAction

MOST = 1000


class BulkFilter(JobFilter):
    """Jobs that have everything that is named, as in `GET /v1/jobs`."""

    metadata: str | None = Field(
        default=None,
        examples=[{"customer": 7}],
        json_schema_extra={"anyOf": [{"type": "object"}, {"type": "null"}]},
    )
    """The job's metadata hold all of it."""

    @field_validator("metadata", mode="before")
    @classmethod
    def _text(cls, given: Any) -> Any:
        if given is not None and not isinstance(given, dict):
            raise ValueError("is not a JSON object")
        return None if given is None else dumps(given)

    @property
    def narrows(self) -> bool:
        """Whether anything is named: every job's metadata hold `{}`."""
        named = self.model_dump(exclude_defaults=True)
        if self.metadata is not None and not strict_json.parse(self.metadata):
            named.pop("metadata")
        return any(value not in (None, []) for value in named.values())


class Bulk(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    action: BulkAction
    """As the route of one job."""
    filter: BulkFilter = BulkFilter()
    options: dict[str, Any] = Field(default={}, examples=[{"stage": "analysis"}])
    """Of `rerun`: what is asked of each job, as in the body of its own route."""
    all: bool = False
    """Every job of this key: needed where the filter names nothing."""
    dry_run: bool = False
    """Only tell how many jobs would be changed, and which."""
    limit: int = Field(default=MOST, ge=1, le=MOST)
    """Most jobs that are looked at in one request, the newest first."""
    cursor: UUID | None = None
    """`next` of the answer before."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.filter.narrows == self.all:
            raise ValueError("name in the filter what the jobs have, or say all")
        if self.options and self.action != "rerun":
            raise ValueError("options are of the action rerun")
        return self

"""Which jobs are meant, in a query."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import ColumnElement, Uuid, any_, column, func, select, table
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlmodel import cast, col

from gateway import strict_json
from gateway.moments import Moment
from gateway.options.model import TAGS, Tag
from gateway.strict_json import clean_text
from scribeline.contracts.job import JobStatus
from scribeline.storage.models import JobRow

METADATA_MAX = 8 * 1024
"""Bytes of `metadata` in a query."""


SOUGHT = table("job_sought", column("id", Uuid), column("tags", ARRAY(TEXT)), column("metadata", JSONB))
"""The jobs of the transaction's tenant, where their indexes serve: see `storage.policies.searchable`."""


class JobFilter(BaseModel):
    """Jobs that have everything that is named."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    status: list[JobStatus] = Field(default=[], max_length=10)
    """In one of these states."""
    tag: list[Tag] = Field(default=[], max_length=TAGS)
    """With every one of these tags."""
    owner: str | None = Field(default=None, min_length=1, max_length=128)
    """Of this user; a key that is narrowed to an owner sees no others anyway."""
    created_after: Moment | None = None
    """Made at that moment or later."""
    created_before: Moment | None = None
    """Made before that moment."""
    metadata: str | None = Field(default=None, examples=['{"customer": 7}'])
    """A JSON object; the job's metadata hold all of it."""

    @field_validator("owner", "tag")
    @classmethod
    def _storable(cls, given: Any) -> Any:
        for text in given if isinstance(given, list) else [given]:
            if text is not None:
                clean_text(text)
        return given

    @field_validator("metadata")
    @classmethod
    def _object(cls, given: str | None) -> str | None:
        if given is not None:
            if len(given.encode(errors="replace")) > METADATA_MAX:
                raise ValueError(f"is longer than {METADATA_MAX} bytes")
            if not isinstance(strict_json.parse(given), dict):
                raise ValueError("is not a JSON object")
        return given

    def conditions(self) -> list[ColumnElement[bool]]:
        """For a WHERE over `JobRow`."""
        found: list[ColumnElement[bool]] = []
        if self.status:
            found.append(col(JobRow.status).in_(self.status))
        if self.tag:
            found.append(_sought(SOUGHT.c.tags.op("@>")(cast(self.tag, ARRAY(TEXT)))))
        if self.owner is not None:
            found.append(col(JobRow.owner) == self.owner)
        if self.created_after is not None:
            found.append(col(JobRow.created_at) >= self.created_after)
        if self.created_before is not None:
            found.append(col(JobRow.created_at) < self.created_before)
        if self.metadata is not None:
            found.append(_sought(SOUGHT.c.metadata.contains(strict_json.parse(self.metadata))))
        return found


def _sought(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return col(JobRow.id) == any_(func.array(select(SOUGHT.c.id).where(condition).scalar_subquery()))


class Page(JobFilter):
    """A page of the jobs that are meant."""

    order: Literal["newest", "oldest"] = "newest"
    """Which come first."""
    limit: int = Field(default=50, ge=1, le=200)
    """Most jobs in one answer."""
    cursor: UUID | None = None
    """`next` of the answer before, asked with the same filter."""

"""What columns are made of."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKeyConstraint, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlmodel import Field


def now() -> datetime:
    return datetime.now(UTC)


def moment(**options: Any) -> Any:
    return Field(sa_type=DateTime(timezone=True), **options)


def json(**options: Any) -> Any:
    return Field(sa_type=JSONB(none_as_null=True), **options)


def ordered_json(**options: Any) -> Any:
    """A language model fills a schema's properties in their order: JSONB would change it."""
    return Field(sa_type=JSON(none_as_null=True), **options)


class LocalMoment(TypeDecorator[datetime]):
    """ISO 8601 with its offset, which timestamptz forgets: "tomorrow" is told by the clock on the wall."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> str | None:
        return value.isoformat() if value else None

    def process_result_value(self, value: str | None, _: Dialect) -> datetime | None:
        return datetime.fromisoformat(value) if value else None


def of_job() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant", "job"], ["job.tenant", "job.id"], ondelete="CASCADE")

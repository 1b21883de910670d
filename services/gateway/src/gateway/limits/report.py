"""What a tenant has used, by day, and what is left of its limits."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from gateway.limits.quotas import limits_of, resets_at
from gateway.problems import Problem
from gateway.settings import GatewaySettings
from scribeline.contracts.api.usage import Counted, DayView, LimitsView, QuotaView, UsageView
from scribeline.contracts.codes import Code
from scribeline.storage import usage
from scribeline.storage.database import Database, Session
from scribeline.storage.models import TenantRow, UsageRow
from scribeline.storage.usage import COUNTS

DAYS_MAX = 366
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _plain(given: object) -> object:
    """Pydantic also takes numbers of seconds for days."""
    if isinstance(given, str) and not _DAY.fullmatch(given):
        raise ValueError("must be a day as YYYY-MM-DD")
    return given


Day = Annotated[date, BeforeValidator(_plain)]


class Span(BaseModel):
    """Some days."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    from_: Day | None = Field(default=None, alias="from", examples=["2026-11-01"])
    """The first day (UTC); by default the first of the last day's month."""
    to: Day | None = Field(default=None, examples=["2026-11-30"])
    """The last day; by default today. At most 366 days."""

    @model_validator(mode="after")
    def _bounded(self) -> "Span":
        if self.from_ and self.to:
            days_between(self.from_, self.to)
        return self


def days_between(first: date, last: date) -> int:
    """Raises ValueError for what is no span of days."""
    if last < first:
        raise ValueError("`to` is before `from`")
    if (last - first).days >= DAYS_MAX:
        raise ValueError(f"at most {DAYS_MAX} days are told at once")
    return (last - first).days + 1


async def usage_of(database: Database, tenant: str, span: Span, settings: GatewaySettings) -> UsageView:
    """Raises Problem: NOT_FOUND when there is no such tenant, INVALID_PARAMETER."""
    async with database.transaction(tenant) as session:
        if await session.get(TenantRow, tenant) is None:
            raise Problem(Code.NOT_FOUND)
        first, last = ends_of(span, await usage.today(session))
        rows = await usage.by_day(session, tenant, first, last)
        limits = await _limits(session, tenant, settings)
    days = [DayView(day=row.day, **counts_of(row)) for row in rows]
    total = Counted(**{name: sum(getattr(day, name) for day in days) for name in COUNTS})
    return UsageView(tenant=tenant, first=first, last=last, days=days, total=total, limits=limits)


def ends_of(span: Span, today: date) -> tuple[date, date]:
    """Raises Problem(INVALID_PARAMETER), when what was left out makes it one."""
    last = span.to or max(today, span.from_ or today)
    first = span.from_ or last.replace(day=1)
    try:
        days_between(first, last)
    except ValueError as error:
        raise Problem(Code.INVALID_PARAMETER, str(error)) from None
    return first, last


def counts_of(row: UsageRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in COUNTS}


async def _limits(session: Session, tenant: str, settings: GatewaySettings) -> LimitsView:
    limits, now = await limits_of(session, tenant), await session.clock()
    standing = await usage.standing(session, tenant)
    return LimitsView(
        audio_minutes_per_month=quota(standing.audio_seconds / 60, limits.audio_minutes_per_month),
        bytes_per_month=quota(standing.bytes, limits.bytes_per_month),
        jobs_in_flight=quota(standing.jobs_in_flight, limits.jobs_in_flight),
        resets_at=resets_at(now),
        models_allowed=sorted(settings.offering(limits.models_allowed).models),
    )


def quota(used: float, allowed: float | None) -> QuotaView:
    left = None if allowed is None else max(0.0, allowed - used)
    return QuotaView(used=used, allowed=allowed, left=left)

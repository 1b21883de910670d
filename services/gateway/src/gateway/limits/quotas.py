"""What a tenant may still ask for. Whoever makes work for it calls `check`, in the transaction that makes it.

A job holds its place in flight until it has ended; bytes count when they are stored, audio
when it is decoded.
"""

from datetime import UTC, datetime, time

from sqlmodel import select

from gateway.problems import Problem
from scribeline.contracts.api.tenants import NO_LIMITS, TenantLimits
from scribeline.contracts.codes import Code
from scribeline.storage import usage
from scribeline.storage.database import Session
from scribeline.storage.models import TenantRow
from scribeline.storage.usage import Standing

JOBS_AGAIN = 5
"""Seconds, about as long as a short recording takes."""
AGAIN_MOST = 86_400
"""Seconds that `Retry-After` suggests at most: an operator may raise a quota at any time."""


async def check(
    session: Session, tenant: str, *, jobs: int = 1, size: int = 0, counted: bool = False
) -> None:
    """Whether there is room for so many more jobs of together so many bytes. Raises Problem: TOO_MANY_JOBS,
    QUOTA_EXCEEDED.

    `counted`: they stand in this transaction already, which holds the tenant's lock (`create_job` does). Only
    so can of two at once not both have the last place.
    """
    limits = await limits_of(session, tenant)
    if limits.has_quota:
        standing = await usage.standing(session, tenant)
        more = (0, 0) if counted else (jobs, size)
        problem = refusal(limits, standing, await session.clock(), *more)
        if problem is not None:
            raise problem


async def limits_of(session: Session, tenant: str) -> TenantLimits:
    stored = (await session.exec(select(TenantRow.limits).where(TenantRow.name == tenant))).first()
    return TenantLimits.model_validate(stored) if stored else NO_LIMITS


def refusal(
    limits: TenantLimits, standing: Standing, now: datetime, jobs: int = 0, size: int = 0
) -> Problem | None:
    """Why so much more is refused; None when it is not."""
    if (most := limits.jobs_in_flight) is not None and standing.jobs_in_flight + jobs > most:
        told = f"This tenant may have {most} jobs under way."
        return Problem(Code.TOO_MANY_JOBS, told, headers={"Retry-After": str(JOBS_AGAIN)})
    if (most := limits.bytes_per_month) is not None and standing.bytes + size > most:
        return _used_up(f"bytes_per_month: {standing.bytes + size} of {most} bytes would be used", now)
    minutes, quota = standing.audio_seconds / 60, limits.audio_minutes_per_month
    if quota is not None and minutes >= quota:
        return _used_up(f"audio_minutes_per_month: {minutes:.1f} of {quota:g} minutes are used", now)
    return None


def _used_up(told: str, now: datetime) -> Problem:
    headers = {"Retry-After": str(min(AGAIN_MOST, seconds_left(now)))}
    return Problem(Code.QUOTA_EXCEEDED, f"{told}. The month ends at midnight UTC.", headers=headers)


def resets_at(now: datetime) -> datetime:
    """When the next month begins."""
    return datetime.combine(usage.next_month(now.astimezone(UTC).date()), time(), UTC)


def seconds_left(now: datetime) -> int:
    return max(1, round((resets_at(now) - now).total_seconds()))

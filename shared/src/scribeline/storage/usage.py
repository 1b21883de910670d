"""What tenants use, by day (UTC): added in the transaction that makes it a fact, and so counted once.

Whoever adds holds the tenants' locks (`release.lock_tenants`): nobody waits for a day's row, and nobody can
read a sum that another is about to change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from scribeline.storage.database import Session
from scribeline.storage.models import UsageRow

COUNTS = ("jobs", "bytes", "audio_seconds", "prompt_tokens", "completion_tokens")


@dataclass(frozen=True)
class Used:
    """By one tenant, in what is being committed."""

    tenant: str
    jobs: int = 0
    bytes: int = 0
    audio_seconds: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def nothing(self) -> bool:
        return not any(getattr(self, name) for name in COUNTS)


@dataclass(frozen=True)
class Standing:
    """What counts against a tenant's limits."""

    jobs_in_flight: int
    bytes: int
    """Of this month, as the next."""
    audio_seconds: float


async def today(session: Session) -> date:
    return (await session.clock()).astimezone(UTC).date()


async def add(session: Session, used: Sequence[Used]) -> None:
    """Count it to today. Each tenant may stand in it once, and must be locked."""
    rows = [one for one in used if not one.nothing]
    if not rows:
        return
    day = await today(session)
    values = [{"tenant": one.tenant, "day": day, **{n: getattr(one, n) for n in COUNTS}} for one in rows]
    new = insert(UsageRow).values(sorted(values, key=lambda row: str(row["tenant"])))
    sums = {name: col(getattr(UsageRow, name)) + new.excluded[name] for name in COUNTS}
    await session.run(new.on_conflict_do_update(index_elements=["tenant", "day"], set_=sums))


async def by_day(session: Session, tenant: str, first: date, last: date) -> list[UsageRow]:
    """The days on which there was something, both ends included."""
    found = (
        select(UsageRow)
        .where(UsageRow.tenant == tenant, UsageRow.day >= first, UsageRow.day <= last)
        .order_by(col(UsageRow.day))
    )
    return list((await session.exec(found)).all())


async def standing(session: Session, tenant: str) -> Standing:
    """As of now: where the tenant is locked, nobody else's job can be added to it before the commit."""
    row = (
        await session.run(
            text("""
                SELECT (SELECT count(*) FROM job WHERE tenant = :tenant AND finished_at IS NULL) AS jobs,
                       coalesce(sum(bytes), 0) AS bytes, coalesce(sum(audio_seconds), 0) AS seconds
                FROM usage WHERE tenant = :tenant AND day >= :first
            """),
            {"tenant": tenant, "first": (await today(session)).replace(day=1)},
        )
    ).one()
    return Standing(row.jobs, int(row.bytes), row.seconds)


def next_month(day: date) -> date:
    """Its first day."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)

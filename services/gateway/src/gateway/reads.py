"""The gateway's SQL: reads only. What another tenant or owner has is not there."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, text
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from gateway.auth import Principal
from gateway.filters import Page
from scribeline.contracts.unit import TRANSCRIPTION, UnitStatus
from scribeline.storage.database import Session
from scribeline.storage.models import JobRow, UnitRow

# Each status is a literal: only so PostgreSQL takes the partial indexes unit_waiting and unit_released.
_AHEAD = text("""
    SELECT (
        SELECT count(*) FROM unit
        WHERE tenant = :tenant AND queue = first.queue AND status = 'waiting' AND job < :job
    ) + (
        SELECT count(*) FROM unit
        WHERE tenant = :tenant AND queue = first.queue AND status = 'released' AND job < :job
    )
    FROM (
        SELECT queue FROM unit
        WHERE tenant = :tenant AND job = :job AND stage IN ('short', 'plan')
          AND status IN ('waiting', 'released')
        ORDER BY run DESC LIMIT 1
    ) first
""")


_WORK = text("""
    SELECT queue, sum(waiting)::int AS waiting, sum(released)::int AS released,
           extract(epoch FROM now() - min(oldest)) AS oldest
    FROM (
        SELECT queue, count(*) AS waiting, 0 AS released, NULL::timestamptz AS oldest
        FROM unit WHERE status = 'waiting' GROUP BY queue
        UNION ALL
        SELECT queue, 0, count(*), min(released_at) FROM unit WHERE status = 'released' GROUP BY queue
    ) found GROUP BY queue
""")


_IN_A_ROW = text("""
    SELECT coalesce(min(index) FILTER (WHERE status IN ('waiting', 'released')), count(*)) FROM unit
    WHERE job = :job AND run = :run AND stage = 'chunk'
""")
_TEXTS = text("""
    SELECT text FROM segment WHERE job = :job AND run = :run AND piece >= :first AND piece < :last
    ORDER BY start, piece, id
""")


async def job(session: Session, principal: Principal, id: UUID) -> JobRow | None:  # noqa: A002 - the row's name
    return (await session.exec(visible(principal).where(JobRow.id == id))).first()


async def jobs(session: Session, principal: Principal, page: Page) -> list[JobRow]:
    return list((await session.exec(listed(principal, page))).all())


def listed(principal: Principal, page: Page) -> SelectOfScalar[JobRow]:
    """A page and one more: ids are UUIDv7, so their order is that of arrival."""
    found = visible(principal).where(*page.conditions())
    number = col(JobRow.id)
    newest = page.order == "newest"
    if page.cursor is not None:
        found = found.where(number < page.cursor if newest else number > page.cursor)
    return found.order_by(number.desc() if newest else number).limit(page.limit + 1)


def visible(principal: Principal) -> SelectOfScalar[JobRow]:
    """The jobs that there are for this key."""
    return select(JobRow).where(*visibility(principal))


def visibility(principal: Principal) -> list[ColumnElement[bool]]:
    """The same for a WHERE over `JobRow`."""
    found = [col(JobRow.tenant) == principal.tenant, col(JobRow.deleted_at).is_(None)]
    return found if principal.owner is None else [*found, col(JobRow.owner) == principal.owner]


async def queue_position(session: Session, row: JobRow) -> int | None:
    """Open units of the tenant's older jobs in the queue of this job's open first unit."""
    ahead: int | None = (await session.run(_AHEAD, {"tenant": row.tenant, "job": row.id})).scalar()
    return ahead


async def processing_seconds(session: Session, row: JobRow, run: int) -> float:
    """Compute time of the transcription's units together."""
    total = select(func.coalesce(func.sum(UnitRow.processing_seconds), 0.0)).where(
        UnitRow.job == row.id, UnitRow.run == run, col(UnitRow.stage).in_(TRANSCRIPTION)
    )
    return (await session.exec(total)).one() or 0.0


@dataclass(frozen=True)
class Heard:
    """Texts of pieces in a row."""

    pieces: int
    """Up to which one, from the recording's beginning on, all have ended."""
    texts: list[str]
    """Of their segments."""


async def heard(session: Session, row: JobRow, first: int) -> Heard:
    """Of a long recording's current run, the pieces from that one on."""
    these = {"job": row.id, "run": row.run}
    pieces: int = (await session.run(_IN_A_ROW, these)).scalar_one()
    if pieces <= first:
        return Heard(pieces, [])
    found = await session.run(_TEXTS, {**these, "first": first, "last": pieces})
    return Heard(pieces, [row.text for row in found])


@dataclass(frozen=True)
class Work:
    """Units of one queue."""

    waiting: int
    released: int
    oldest_seconds: float | None
    """Since the oldest of the released ones was sent."""


async def work(session: Session) -> dict[str, Work]:
    """By queue."""
    rows = await session.run(_WORK)
    return {r.queue: Work(r.waiting, r.released, r.oldest and round(float(r.oldest), 1)) for r in rows}


async def anything_failed(session: Session, row: JobRow) -> bool:
    """Whether a unit of the job's current run failed."""
    failed = select(UnitRow.job).where(
        UnitRow.job == row.id, UnitRow.run == row.run, col(UnitRow.status) == UnitStatus.FAILED
    )
    return (await session.exec(failed.limit(1))).first() is not None


async def under_way(session: Session, job: UUID | None) -> Sequence[JobRow]:
    """Jobs with units that were sent and have no outcome: this one, or all."""
    sent = select(UnitRow.job).where(col(UnitRow.status) == UnitStatus.RELEASED)
    found = select(JobRow).where(col(JobRow.id).in_(sent))
    if job is not None:
        found = found.where(JobRow.id == job)
    return (await session.exec(found)).all()

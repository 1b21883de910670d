"""What became of units, read and stored set-based: one statement for a whole batch."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from scribeline.contracts.transcription import Gap, Piece
from scribeline.contracts.unit import Error, Handled, Stage, UnitRef, UnitStatus
from scribeline.storage.database import Session
from scribeline.storage.models import JobRow
from scribeline.storage.plain import as_json

Key = tuple[UUID, Stage, int, int]


def key_of(unit: UnitRef) -> Key:
    return (unit.job, unit.stage, unit.index, unit.run)


@dataclass(frozen=True)
class Settled:
    """What became of one unit."""

    unit: UnitRef
    status: UnitStatus
    error: Error | None = None
    gaps: tuple[Gap, ...] = ()
    pieces: tuple[Piece, ...] = ()
    """What a plan cut."""
    handed_back: bool = False
    processing_seconds: float = 0.0
    handled: Handled | None = None


@dataclass(frozen=True)
class Counts:
    """The units of one stage of a job, counted by status; `handed_back` if any of them was, `last` is the
    highest index."""

    stage: Stage
    run: int
    status: UnitStatus
    units: int
    handed_back: bool
    last: int = 0


async def lock_jobs(session: Session, ids: Collection[UUID]) -> dict[UUID, JobRow]:
    """The jobs that exist, locked in the order of their ids so that two writers cannot deadlock."""
    query = (
        select(JobRow)
        .where(col(JobRow.id).in_(sorted(ids)))
        .order_by(col(JobRow.id))
        .with_for_update(key_share=True)
    )
    return {job.id: job for job in await session.exec(query)}


async def statuses(session: Session, units: Collection[UnitRef]) -> dict[Key, UnitStatus]:
    """Where these units stand; those that do not exist are not in the answer."""
    rows = await session.run(
        text("""
            SELECT u.job, u.stage, u.index AS place, u.run, u.status FROM unit u
            JOIN unnest(CAST(:jobs AS uuid[]), CAST(:stages AS text[]),
                        CAST(:indexes AS int[]), CAST(:runs AS int[])) AS w(job, stage, index, run)
              ON (u.job, u.stage, u.index, u.run) = (w.job, w.stage, w.index, w.run)
        """),
        _keys(units),
    )
    return {(r.job, Stage(r.stage), r.place, r.run): UnitStatus(r.status) for r in rows}


async def counts(session: Session, jobs: Collection[UUID]) -> dict[UUID, list[Counts]]:
    """All units of these jobs, counted."""
    rows = await session.run(
        text("""
            SELECT job, stage, run, status, count(*) AS units, bool_or(handed_back) AS handed_back,
                   max(index) AS last
            FROM unit WHERE job = ANY(:jobs) GROUP BY job, stage, run, status
        """),
        {"jobs": list(jobs)},
    )
    found: dict[UUID, list[Counts]] = {job: [] for job in jobs}
    for r in rows:
        found[r.job].append(
            Counts(Stage(r.stage), r.run, UnitStatus(r.status), r.units, r.handed_back, r.last)
        )
    return found


async def store_settled(session: Session, settled: Sequence[Settled]) -> None:
    """Write the status of units. Keys must be distinct; they are sorted here."""
    if not settled:
        return
    rows = sorted(settled, key=lambda s: key_of(s.unit))
    await session.run(
        text("""
            UPDATE unit SET status = s.status, error = s.error, gaps = s.gaps, pieces = s.pieces,
                            handed_back = s.handed_back,
                            processing_seconds = s.seconds, attempts = s.attempts,
                            put_off_at = s.put_off, began_at = s.began, handled_seconds = s.handled,
                            finished_at = now()
            FROM unnest(CAST(:jobs AS uuid[]), CAST(:stages AS text[]), CAST(:indexes AS int[]),
                        CAST(:runs AS int[]), CAST(:statuses AS text[]), CAST(:errors AS jsonb[]),
                        CAST(:gaps AS jsonb[]), CAST(:pieces AS jsonb[]), CAST(:backs AS bool[]),
                        CAST(:seconds AS float8[]), CAST(:attempts AS int[]),
                        CAST(:put_off AS timestamptz[]), CAST(:began AS timestamptz[]),
                        CAST(:handled AS float8[]))
              AS s(job, stage, index, run, status, error, gaps, pieces, handed_back, seconds, attempts,
                   put_off, began, handled)
            WHERE (unit.job, unit.stage, unit.index, unit.run) = (s.job, s.stage, s.index, s.run)
        """),
        {
            **_keys([s.unit for s in rows]),
            "statuses": [s.status.value for s in rows],
            "errors": [as_json(s.error.model_dump(mode="json")) if s.error else None for s in rows],
            "gaps": [as_json([g.model_dump(mode="json") for g in s.gaps]) for s in rows],
            "pieces": [as_json([p.model_dump(mode="json") for p in s.pieces]) for s in rows],
            "backs": [s.handed_back for s in rows],
            "seconds": [s.processing_seconds for s in rows],
            "attempts": [s.handled and s.handled.attempt for s in rows],
            "put_off": [s.handled and s.handled.put_off_at for s in rows],
            "began": [s.handled and s.handled.began_at for s in rows],
            "handled": [s.handled and s.handled.seconds for s in rows],
        },
    )


async def cancel_open_units(session: Session, jobs: Sequence[UUID]) -> None:
    """Units of these jobs that wait or are under way; the jobs must be locked."""
    if jobs:
        await session.run(
            text("""
                UPDATE unit SET status = 'cancelled', finished_at = now()
                WHERE job = ANY(:jobs) AND status IN ('waiting', 'released')
            """),
            {"jobs": list(jobs)},
        )


async def take_back_released(session: Session, jobs: Sequence[UUID]) -> None:
    """Units of these jobs that were sent and have no outcome wait for their place again."""
    if jobs:
        await session.run(
            text("UPDATE unit SET status = 'waiting' WHERE job = ANY(:jobs) AND status = 'released'"),
            {"jobs": list(jobs)},
        )


async def first_error(session: Session, job: UUID, run: int, stages: Collection[Stage]) -> Error | None:
    """The error of the first failed unit of these stages, by place and not by time."""
    rows = await session.run(
        text("""
            SELECT error FROM unit
            WHERE job = :job AND run = :run AND stage = ANY(:stages) AND status = 'failed'
            ORDER BY stage, index LIMIT 1
        """),
        {"job": job, "run": run, "stages": [stage.value for stage in stages]},
    )
    row = rows.one_or_none()
    return Error.model_validate(row.error) if row and row.error else None


def _keys(units: Collection[UnitRef]) -> dict[str, list[Any]]:
    return {
        "jobs": [u.job for u in units],
        "stages": [u.stage.value for u in units],
        "indexes": [u.index for u in units],
        "runs": [u.run for u in units],
    }

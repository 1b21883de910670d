"""Which jobs are meant, and for which of them nothing is done: the rules of the single routes, as SQL."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, null, or_, select
from sqlmodel import col

from gateway import reads
from gateway.auth import Principal
from gateway.bulk.asked import Bulk
from gateway.runs.changes import RerunStage
from scribeline.contracts.codes import Code
from scribeline.contracts.job import JobStatus
from scribeline.contracts.unit import UnitStatus
from scribeline.storage.database import Session
from scribeline.storage.models import JobRow, UnitRow
from scribeline.storage.runs import MOST_RUNS

ENDED = [status.value for status in JobStatus if status.terminal]
FIRST = 100
"""Jobs that are told by their ids."""

Verdicts = dict[UUID, Code | None]
"""Why a job is skipped; None for one that is not."""


def verdict(asked: Bulk) -> ColumnElement[Any]:
    """Why it is not done for a job; NULL where it is."""
    status = col(JobRow.status)
    running = (status.not_in(ENDED), Code.JOB_RUNNING.value)
    often = (col(JobRow.run) >= MOST_RUNS, Code.TOO_MANY_RUNS.value)
    match asked.action:
        case "cancel":
            ended = status.in_([JobStatus.COMPLETED.value, JobStatus.FAILED.value])
            return case(
                (ended, Code.JOB_ENDED.value), (status == JobStatus.CANCELLED.value, Code.CANCELLED.value)
            )
        case "retry":
            failed = exists().where(
                col(UnitRow.job) == JobRow.id,
                col(UnitRow.run) == JobRow.run,
                col(UnitRow.status) == UnitStatus.FAILED.value,
            )
            needless = or_(status == JobStatus.CANCELLED.value, ~failed)
            return case(running, (needless, Code.NOTHING_FAILED.value), often)
        case "delete":
            return null()
        case "rerun":
            known = col(JobRow.transcribed_at).is_not(None)
            only_analysis = literal(asked.options.get("stage") == RerunStage.ANALYSIS)
            lacking = (and_(only_analysis, ~known), Code.TRANSCRIPT_INCOMPLETE.value)
            return case(running, lacking, often)


async def counted(session: Session, principal: Principal, asked: Bulk) -> dict[Code | None, int]:
    """Of all jobs that are meant, how many are skipped for which reason, and how many are not."""
    judged = _meant(principal, asked, verdict(asked).label("why")).subquery()
    rows: Sequence[Any] = (await session.run(select(judged.c.why, func.count()).group_by(judged.c.why))).all()
    return {Code(why) if why else None: number for why, number in rows}


async def first(session: Session, principal: Principal, asked: Bulk) -> list[UUID]:
    """The newest of those for which it would be done."""
    number = col(JobRow.id)
    found = _meant(principal, asked, number).where(verdict(asked).is_(None))
    return list((await session.run(found.order_by(number.desc()).limit(FIRST))).scalars())


async def page(session: Session, principal: Principal, asked: Bulk) -> list[UUID]:
    """The jobs that are to be looked at, the newest first, and one more if there is."""
    number = col(JobRow.id)
    found = _meant(principal, asked, number)
    if asked.cursor is not None:
        found = found.where(number < asked.cursor)
    return list((await session.run(found.order_by(number.desc()).limit(asked.limit + 1))).scalars())


async def judged(
    session: Session, principal: Principal, asked: Bulk, ids: Sequence[UUID], *, locked: bool = True
) -> tuple[list[JobRow], Verdicts]:
    """Those of the jobs for which it is to be done now, and what is told of each.

    Locked in the order in which the writer locks them. What does not meet the filter any more is not found.
    """
    number = col(JobRow.id)
    found = _meant(principal, asked, JobRow, verdict(asked)).where(number.in_(ids)).order_by(number)
    if locked:
        found = found.with_for_update(key_share=True, of=JobRow)
    given: Sequence[Any] = (await session.run(found)).all()
    rows: list[tuple[JobRow, Code | None]] = [(row, Code(why) if why else None) for row, why in given]
    told: Verdicts = {**dict.fromkeys(ids, Code.NOT_FOUND), **{row.id: why for row, why in rows}}
    return [row for row, why in rows if why is None], told


def _meant(principal: Principal, asked: Bulk, *columns: Any) -> Select[Any]:
    return (
        select(*columns).select_from(JobRow).where(*reads.visibility(principal), *asked.filter.conditions())
    )

"""What is stored of a run: its units, counted and one by one, its announcements and their deliveries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlmodel import col

from gateway.auth import Principal
from gateway.webhooks.log import visible
from scribeline.contracts.analysis import MAX_ITEMS
from scribeline.contracts.catalogue import EVENTS, TYPE_OF
from scribeline.contracts.envelope import message_id
from scribeline.contracts.job import ActionItemFound
from scribeline.contracts.unit import Stage
from scribeline.storage.database import Session
from scribeline.storage.models import DeliveryRow, JobRow

MOST = 200
"""Announcements, and deliveries, of one answer."""

ORDER = tuple(Stage)
"""In which the stages come."""
_PLACE = "array_position(CAST(:order AS text[]), stage)"

# A worker tells by its own clock when it began, and clocks may differ by seconds: it was not before the unit
# was sent, nor so late that what it took would not have been over.
_BEGAN = """
    CASE WHEN finished_at IS NULL THEN began_at WHEN began_at IS NOT NULL THEN least(
        greatest(began_at, released_at), finished_at - make_interval(secs => coalesce(handled_seconds, 0))
    ) END
"""
# Nor was it put off before it was sent, nor after what came of it.
_PUT_OFF = f"""
    CASE WHEN put_off_at IS NOT NULL THEN least(greatest(put_off_at, released_at), {_BEGAN}, finished_at) END
"""
# A row is written in the transaction that may release it, whose clock stands still since it began.
_CREATED = "least(created_at, released_at)"
_STAGES = text(f"""
    SELECT stage, count(*) AS units,
           count(*) FILTER (WHERE status = 'waiting') AS waiting,
           count(*) FILTER (WHERE status = 'released') AS released,
           count(*) FILTER (WHERE status = 'done') AS done,
           count(*) FILTER (WHERE status = 'failed') AS failed,
           count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
           count(*) FILTER (WHERE old) AS taken_over,
           min(created) FILTER (WHERE NOT old) AS created_at,
           min(released_at) FILTER (WHERE NOT old) AS released_at,
           min(began) FILTER (WHERE NOT old) AS began_at,
           max(finished_at) FILTER (WHERE NOT old) AS finished_at,
           max(released_at - created) FILTER (WHERE NOT old) AS longest_in_window,
           max(greatest(began, released_at) - released_at) FILTER (WHERE NOT old) AS longest_in_queue,
           sum(handled_seconds) FILTER (WHERE NOT old) AS handled_seconds,
           sum(processing_seconds) FILTER (WHERE NOT old) AS processing_seconds,
           max(attempts) FILTER (WHERE NOT old) AS attempts,
           count(*) FILTER (WHERE NOT old AND began IS NULL AND status IN ('done', 'failed')) AS untold,
           (array_agg(index ORDER BY finished_at DESC NULLS LAST, index DESC))[1] AS last
    FROM (SELECT *, coalesce(finished_at < :opened, false) AS old, {_CREATED} AS created,
                 {_BEGAN} AS began FROM unit
          WHERE tenant = :tenant AND job = :job AND run = :run) units
    GROUP BY stage ORDER BY {_PLACE}
""")  # noqa: S608 - constants
# not `command`, which may be a page of text
_UNITS = text(f"""
    SELECT stage, index AS place, status, coalesce(finished_at < :opened, false) AS taken_over, handed_back,
           {_CREATED} AS created_at, releases, released_at, attempts,
           {_PUT_OFF} AS put_off_at, {_BEGAN} AS began_at,
           handled_seconds, processing_seconds, finished_at, error
    FROM unit
    WHERE tenant = :tenant AND job = :job AND run = :run
      AND ({_PLACE}, index) > (:stage, :index)
    ORDER BY {_PLACE}, index LIMIT :limit
""")  # noqa: S608 - constants
_ANNOUNCEMENTS = text("""
    SELECT id, type, created_at, CASE WHEN type = 'job.accepted' THEN body END AS body,
           id NOT IN (SELECT message_id FROM outbox WHERE tenant = :tenant AND job = :job) AS sent
    FROM event WHERE tenant = :tenant AND job = :job AND id = ANY(:ids) ORDER BY position LIMIT :limit
""")
_KEPT = text("SELECT count(*) FROM event WHERE tenant = :tenant AND job = :job")
_UNSENT = text("SELECT count(*) FROM outbox WHERE tenant = :tenant AND job = :job")


@dataclass(frozen=True)
class Found:
    """All that is told of one run."""

    now: datetime
    stages: Sequence[Row[Any]]
    units: Sequence[Row[Any]]
    """One more than asked for if there is."""
    announcements: Sequence[Row[Any]]
    deliveries: Sequence[DeliveryRow]
    unsent: int
    forgotten: int
    """Announcements of the job, in all its runs, that are not kept any more."""


async def found(
    session: Session, principal: Principal, job: JobRow, *, after: tuple[int, int], limit: int
) -> Found:
    """Of the job as it stands, or stood, in that run; units behind that place (of `ORDER`) and index."""
    here = {"tenant": job.tenant, "job": job.id}
    run = {**here, "run": job.run, "opened": opened(job), "order": [stage.value for stage in ORDER]}
    ids = announced(job.id, job.run)
    told = await session.run(_ANNOUNCEMENTS, {**here, "ids": ids, "limit": MOST})
    kept: int = (await session.run(_KEPT, here)).scalar_one()
    page = {**run, "stage": after[0], "index": after[1], "limit": limit + 1}
    return Found(
        now=await session.clock(),
        stages=(await session.run(_STAGES, run)).all(),
        units=(await session.run(_UNITS, page)).all(),
        announcements=told.all(),
        deliveries=await _deliveries(session, principal, job.id, ids),
        unsent=(await session.run(_UNSENT, here)).scalar_one(),
        forgotten=max(0, job.sequence - kept),
    )


def opened(job: JobRow) -> datetime:
    """When the run began."""
    return job.created_at if job.opened_at is None else job.opened_at


def announced(job: UUID, run: int) -> list[UUID]:
    """The ids of all events that a run can have: so they are found, whose bodies are long, without reading
    them."""
    items = TYPE_OF[ActionItemFound]
    return [
        *(message_id(job, type_, run=run) for type_ in EVENTS),
        *(message_id(job, items, run=run, number=number) for number in range(1, MAX_ITEMS)),
    ]


async def _deliveries(
    session: Session, principal: Principal, job: UUID, events: Collection[UUID]
) -> Sequence[DeliveryRow]:
    wanted = visible(principal).where(DeliveryRow.job == job, col(DeliveryRow.event).in_(events))
    return (await session.exec(wanted.order_by(col(DeliveryRow.id)).limit(MOST))).all()

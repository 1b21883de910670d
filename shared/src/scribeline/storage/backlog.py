"""How much is left to do, for the gauges: cheap enough to be asked every few seconds."""

from dataclasses import dataclass

from sqlalchemy import text

from scribeline.storage.database import Session

# Literals, and no column that is not in the indexes unit_waiting and unit_released: rows are wide, and many.
OPEN_UNITS = """
    SELECT stage, 'waiting' AS status, count(*) AS units, 0 AS oldest
    FROM unit WHERE status = 'waiting' GROUP BY stage
    UNION ALL
    SELECT stage, 'released', count(*),
           coalesce(greatest(extract(epoch FROM now() - min(released_at)), 0), 0)
    FROM unit WHERE status = 'released' GROUP BY stage
"""
PENDING_DELIVERIES = """
    SELECT count(*) AS waiting,
           coalesce(greatest(extract(epoch FROM now() - min(next_attempt_at)), 0), 0) AS oldest
    FROM delivery
    WHERE status = 'pending'
      AND lane NOT IN (SELECT lane FROM webhook WHERE job IS NULL AND status = 'paused')
"""


@dataclass(frozen=True)
class Open:
    """Units of one stage that have no result yet."""

    stage: str
    status: str
    count: int
    oldest_seconds: float
    """Since the oldest was sent; 0 of those that were not."""


async def open_units(session: Session) -> list[Open]:
    """By stage and status. Reads the indexes of what waits and what is released, whatever else there is, and
    of rows only those that were changed since the last vacuum."""
    found = await session.run(text(OPEN_UNITS))
    return [Open(row.stage, row.status, row.units, float(row.oldest)) for row in found]


async def pending_deliveries(session: Session) -> tuple[int, float]:
    """How many are to be sent, and for how many seconds the oldest of them has been due; 0 where none is.
    What is held for a paused webhook is not among them. Reads the index of what is pending."""
    row = (await session.run(text(PENDING_DELIVERIES))).one()
    return int(row.waiting), float(row.oldest)

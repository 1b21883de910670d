"""From events to one delivery for each webhook that wants it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from uuid_utils.compat import uuid7

from scribeline.contracts.envelope import Envelope
from scribeline.storage.database import Session

AT_ONCE = 5_000
"""Rows of one statement."""

_WANTED = """
    SELECT e.place, e.id AS event, e.owner, e.job, e.type, w.id AS webhook, w.tenant, w.lane
    FROM unnest(CAST(:ids AS uuid[]), CAST(:tenants AS text[]), CAST(:owners AS text[]),
                CAST(:jobs AS uuid[]), CAST(:types AS text[]))
        WITH ORDINALITY AS e(id, tenant, owner, job, type, place)
    JOIN webhook w ON w.tenant = e.tenant AND w.status <> 'disabled'
        AND (w.types = '{}' OR e.type = ANY(w.types)) AND
"""
_LOCKED = " FOR KEY SHARE OF w"
"""A webhook is not deleted before its deliveries are there; one that just was, is passed over."""

OF_ENDPOINTS = (
    _WANTED + "w.job IS NULL AND w.id <> e.job AND (w.owner IS NULL OR w.owner = e.owner)" + _LOCKED
)
OF_JOBS = _WANTED + "w.job = e.job" + _LOCKED
"""Apart, so that each has its index: there may be very many webhooks of single jobs."""

_MADE = """
    INSERT INTO delivery (id, tenant, owner, webhook, lane, event, job, type, status, attempts, tries,
                          next_attempt_at, replays, created_at)
    SELECT new.*, 'pending', 0, '[]', :now, 0, :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:tenants AS text[]), CAST(:owners AS text[]),
                CAST(:webhooks AS uuid[]), CAST(:lanes AS text[]), CAST(:events AS uuid[]),
                CAST(:jobs AS uuid[]), CAST(:types AS text[])) AS new
    ON CONFLICT (webhook, event) DO NOTHING RETURNING id
"""


async def spread(session: Session, events: Sequence[Envelope], now: datetime) -> int:
    """A delivery of each event for each webhook that wants it and has none yet; returns how many are new.

    A paused webhook gets its deliveries, which are held; a disabled one gets none. A webhook hears also of
    what happened shortly before it was made, if that was still on its way.
    """
    columns = columns_of(events)
    wanted = [row for half in (OF_ENDPOINTS, OF_JOBS) for row in await session.run(text(half), columns)]
    numbered = [(uuid7(), row) for row in sorted(wanted, key=lambda row: row.place)]  # the log's order
    numbered.sort(key=lambda each: (each[1].webhook, each[1].event))  # two notifiers meet in one order
    new = 0
    for first in range(0, len(numbered), AT_ONCE):
        new += await _make(session, numbered[first : first + AT_ONCE], now)
    return new


def columns_of(events: Sequence[Envelope]) -> dict[str, list[Any]]:
    """The parameters of `OF_ENDPOINTS` and `OF_JOBS`."""
    return {
        "ids": [event.id for event in events],
        "tenants": [event.tenant for event in events],
        "owners": [event.owner for event in events],
        "jobs": [event.subject for event in events],
        "types": [event.type for event in events],
    }


async def _make(session: Session, rows: Sequence[tuple[Any, Row[Any]]], now: datetime) -> int:
    made = await session.run(
        text(_MADE),
        {
            "now": now,
            "ids": [id_ for id_, _ in rows],
            "tenants": [row.tenant for _, row in rows],
            "owners": [row.owner for _, row in rows],
            "webhooks": [row.webhook for _, row in rows],
            "lanes": [row.lane for _, row in rows],
            "events": [row.event for _, row in rows],
            "jobs": [row.job for _, row in rows],
            "types": [row.type for _, row in rows],
        },
    )
    return len(made.all())

"""Queues that an operator paused: their units wait in the database until they are resumed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select

from scribeline.storage.database import Session
from scribeline.storage.models import PausedQueueRow


async def pause(session: Session, queue: str) -> None:
    """From its commit on nothing is released into the queue. One that is paused stays so since then."""
    await session.run(
        insert(PausedQueueRow).values(PausedQueueRow(name=queue).model_dump()).on_conflict_do_nothing()
    )


async def end_pause(session: Session, queue: str) -> None:
    """Units are released again from its commit on; whoever asks for it calls `release` afterwards."""
    await session.run(text("DELETE FROM paused_queue WHERE name = :name"), {"name": queue})


async def paused(session: Session) -> dict[str, datetime]:
    """Since when, by queue."""
    return {row.name: row.paused_at for row in await session.exec(select(PausedQueueRow))}


async def tenants_waiting(session: Session, queues: Sequence[str]) -> list[str]:
    """Tenants with units that wait for a place in one of these queues."""
    found = await session.run(
        text("SELECT DISTINCT tenant FROM unit WHERE status = 'waiting' AND queue = ANY(:queues) ORDER BY 1"),
        {"queues": list(queues)},
    )
    return [row.tenant for row in found]

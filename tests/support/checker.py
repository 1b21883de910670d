"""What must hold whatever was broken: one check for every fault."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import col, select

from scribeline.contracts.envelope import Envelope
from scribeline.contracts.job import JobStatus
from scribeline.contracts.unit import UnitStatus
from scribeline.messaging.topology import CONSUMED, dead_queue
from scribeline.storage.models import JobRow, OutboxRow, SegmentRow, UnitRow
from tests.support.brokers import depth, heard
from tests.support.pipeline import Pipeline
from tests.support.waiting import eventually

ENDS = {"job.completed", "job.failed", "job.cancelled"}


async def nothing_was_lost(system: Pipeline, jobs: Collection[str]) -> None:
    """Every accepted job ended exactly once in each run and has all of its outcomes once; each event came
    with one id and the same bytes; no message is left anywhere, alive or dead; recordings are there."""
    ids = {UUID(job) for job in jobs}
    await eventually(lambda: _outbox_empty(system), within=60)
    rows = await _rows(system, ids)
    assert set(rows) == ids, f"jobs without a row: {ids - set(rows)}"
    assert [r.id for r in rows.values() if not JobStatus(r.status).terminal] == []
    await _units_settled(system, ids)
    await _queues_empty(system)
    await _recordings_there(system, rows)
    _told_once(await _events(system, ids))


async def _outbox_empty(system: Pipeline) -> bool:
    async with system.database.transaction() as session:
        return (await session.exec(select(OutboxRow.id).limit(1))).first() is None


async def _rows(system: Pipeline, ids: set[UUID]) -> dict[UUID, JobRow]:
    async with system.database.transaction() as session:
        return {row.id: row for row in await session.exec(select(JobRow).where(col(JobRow.id).in_(ids)))}


async def _units_settled(system: Pipeline, ids: set[UUID]) -> None:
    async with system.database.transaction() as session:
        units = (await session.exec(select(UnitRow).where(col(UnitRow.job).in_(ids)))).all()
        segments = (await session.exec(select(SegmentRow).where(col(SegmentRow.job).in_(ids)))).all()
    assert [(u.job, u.stage, u.index) for u in units if not UnitStatus(u.status).terminal] == []
    placed = Counter((s.job, s.run, s.start, s.end, s.text, s.speaker) for s in segments)
    assert [segment for segment, times in placed.items() if times > 1] == []


async def _queues_empty(system: Pipeline) -> None:
    """Once what was sent twice has been looked at and dropped."""
    for queue in CONSUMED:
        for name in (queue, dead_queue(queue)):

            async def empty(name: str = name) -> bool:
                return await depth(system.broker, name) == 0

            await eventually(empty, within=30)


async def _recordings_there(system: Pipeline, rows: dict[UUID, JobRow]) -> None:
    for row in rows.values():
        found = await system.store.stat(row.source_key)
        assert found is not None, f"the recording of {row.id} is gone"
        assert found.bytes == row.bytes


async def _events(system: Pipeline, ids: set[UUID]) -> list[Envelope]:
    """Every event of these jobs, once the end of each has come."""

    def enough(seen: Sequence[Envelope]) -> bool:
        return ids <= {event.subject for event in seen if event.type in ENDS}

    return [event for event in await heard(system.broker, enough) if event.subject in ids]


def _told_once(told: Sequence[Envelope]) -> None:
    bytes_of: defaultdict[UUID, set[bytes]] = defaultdict(set)
    for event in told:
        bytes_of[event.id].add(event.encode())
    assert [id_ for id_, copies in bytes_of.items() if len(copies) > 1] == []
    ends: defaultdict[tuple[UUID, int], set[UUID]] = defaultdict(set)
    for event in told:
        if event.type in ENDS:
            ends[event.subject, event.data.run].add(event.id)  # type: ignore[attr-defined]  # a JobEvent
    assert [run for run, ids in ends.items() if len(ids) > 1] == []

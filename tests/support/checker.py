"""What must hold whatever was broken: one check for every fault."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from scribeline.contracts.envelope import Envelope
from scribeline.contracts.job import JobEvent, JobStatus, StageStatus, TranscriptCompleted
from scribeline.contracts.routes import CONSUMED
from scribeline.contracts.transcription import Piece
from scribeline.contracts.unit import Stage, UnitStatus
from scribeline.messaging.topology import RETRY_DELAYS, dead_queue, retry_exchange
from scribeline.relay import LEASE
from scribeline.storage.models import AnalysisRow, JobRow, OutboxRow, SegmentRow, UnitRow
from tests.support.brokers import depth, heard
from tests.support.pipeline import Pipeline
from tests.support.waiting import eventually

END_OF = {
    JobStatus.COMPLETED: "job.completed",
    JobStatus.FAILED: "job.failed",
    JobStatus.CANCELLED: "job.cancelled",
}
ENDS = frozenset(END_OF.values())
WORTH_A_WORD = 10.0
"""Seconds of a piece in which there are words, or a gap that says why not."""
Run = tuple[UUID, int]
"""A job, and which run of it."""


@dataclass
class Stored:
    """All that the database holds of some jobs, by run."""

    jobs: dict[UUID, JobRow]
    units: dict[Run, list[UnitRow]] = field(default_factory=lambda: defaultdict(list))
    segments: dict[Run, list[SegmentRow]] = field(default_factory=lambda: defaultdict(list))
    analyses: dict[Run, list[AnalysisRow]] = field(default_factory=lambda: defaultdict(list))


async def nothing_was_lost(
    system: Pipeline, jobs: Collection[str], dead: Mapping[str, int] | None = None
) -> None:
    """Every accepted job ended exactly once in each run and has all of its outcomes once; its events came
    without a hole, each with one id and the same bytes; no message is left anywhere, neither waiting nor
    set aside nor dead, but for `dead` (queue -> letters); recordings are there, as they were sent."""
    ids = {UUID(job) for job in jobs}
    await eventually(lambda: _outbox_empty(system), within=LEASE.total_seconds() + 30)
    stored = await _stored(system, ids)
    assert set(stored.jobs) == ids, f"jobs without a row: {ids - set(stored.jobs)}"
    assert [r.id for r in stored.jobs.values() if not JobStatus(r.status).terminal] == []
    for run, units in stored.units.items():
        _units_settled(run, units)
        _words_complete(run, units, stored.segments[run])
        _analyses_complete(run, units, stored)
    told = await _events(system, stored.jobs)
    _told_once(told)
    _each_run_ended_once(told, stored.jobs)
    _transcripts_as_told(told, stored.segments)
    await _queues_empty(system, dead or {})
    await _recordings_there(system, stored.jobs)


def _seconds(unit: UnitRow) -> float:
    """Of the piece that it heard; 0 for one that heard none, or all."""
    piece = unit.command.get("piece")
    return Piece.model_validate(piece).seconds if piece else 0.0


async def _outbox_empty(system: Pipeline) -> bool:
    async with system.database.transaction() as session:
        return (await session.exec(select(OutboxRow.id).limit(1))).first() is None


async def _stored(system: Pipeline, ids: set[UUID]) -> Stored:
    async with system.database.transaction() as session:
        jobs = await session.exec(select(JobRow).where(col(JobRow.id).in_(ids)))
        found = Stored({row.id: row for row in jobs})
        for unit in await session.exec(select(UnitRow).where(col(UnitRow.job).in_(ids))):
            found.units[unit.job, unit.run].append(unit)
        for segment in await session.exec(select(SegmentRow).where(col(SegmentRow.job).in_(ids))):
            found.segments[segment.job, segment.run].append(segment)
        for analysis in await session.exec(select(AnalysisRow).where(col(AnalysisRow.job).in_(ids))):
            found.analyses[analysis.job, analysis.run].append(analysis)
    return found


def _units_settled(run: Run, units: Sequence[UnitRow]) -> None:
    """All have ended, and there is one for each piece that was cut."""
    open_ = [(u.stage, u.index, u.status) for u in units if not UnitStatus(u.status).terminal]
    assert open_ == [], f"{run} has open units"
    cut = sorted(piece["index"] for unit in units for piece in unit.pieces)
    assert sorted(unit.index for unit in units if unit.stage == Stage.CHUNK) == cut, f"pieces of {run}"


def _words_complete(run: Run, units: Sequence[UnitRow], segments: Sequence[SegmentRow]) -> None:
    """Of each piece either all segments or none, none twice, and none of a piece that was not done."""
    done = {u.index for u in units if u.stage in (Stage.SHORT, Stage.CHUNK) and u.status == UnitStatus.DONE}
    numbers = defaultdict(list)
    for segment in segments:
        numbers[segment.piece].append(segment.id)
    assert set(numbers) <= done, f"{run} has words of pieces that were not done"
    for piece, found in numbers.items():
        assert sorted(found) == list(range(len(found))), f"segments of piece {piece} of {run}"
    silent = [
        u for u in units if u.index in done - set(numbers) and _seconds(u) >= WORTH_A_WORD and not u.gaps
    ]
    assert [u.index for u in silent] == [], f"pieces of {run} without words, and nothing says why"
    placed = Counter((s.start, s.end, s.text, s.speaker) for s in segments)
    assert [segment for segment, times in placed.items() if times > 1] == [], f"{run} has words twice"


def _analyses_complete(run: Run, units: Sequence[UnitRow], stored: Stored) -> None:
    """Each unit that analyzed is there with what it made; one is the whole where the stage is complete."""
    job, analyses = stored.jobs[run[0]], stored.analyses[run]
    done = {(u.stage, u.index) for u in units if u.status == UnitStatus.DONE}
    wanted = {key for key in done if key[0] in (Stage.ANALYZE, Stage.MERGE)}
    assert {(a.stage, a.index) for a in analyses} == wanted, f"analyses of {run}"
    final = sum(analysis.final for analysis in analyses)
    if run[1] == job.run:
        complete = job.stages[1]["status"] == StageStatus.COMPLETED
        assert final == complete, f"{run} has {final} final analyses"


async def _events(system: Pipeline, jobs: Mapping[UUID, JobRow]) -> list[Envelope]:
    """Every event of these jobs, without a hole in their numbers."""
    told: list[Envelope] = []

    def complete(seen: Sequence[Envelope]) -> bool:
        told[:] = [event for event in seen if event.subject in jobs and isinstance(event.data, JobEvent)]
        return _numbers(told) == wanted

    wanted = {(job.id, number) for job in jobs.values() for number in range(1, job.sequence + 1)}
    with suppress(AssertionError):
        await heard(system.broker, complete)
    assert _numbers(told) == wanted
    return told


def _numbers(told: Iterable[Envelope]) -> set[tuple[UUID, int]]:
    return {(event.subject, _data(event).sequence) for event in told}


def _data(event: Envelope) -> Any:
    """A JobEvent."""
    return event.data


def _told_once(told: Sequence[Envelope]) -> None:
    """Copies of an event have its bytes, and no two events of a job have one number."""
    bytes_of: defaultdict[UUID, set[bytes]] = defaultdict(set)
    ids: defaultdict[tuple[UUID, int], set[UUID]] = defaultdict(set)
    for event in told:
        bytes_of[event.id].add(event.encode())
        ids[event.subject, _data(event).sequence].add(event.id)
    assert [id_ for id_, copies in bytes_of.items() if len(copies) > 1] == []
    assert [number for number, events in ids.items() if len(events) > 1] == []


def _each_run_ended_once(told: Sequence[Envelope], jobs: Mapping[UUID, JobRow]) -> None:
    ends: defaultdict[Run, set[str]] = defaultdict(set)
    for event in told:
        if event.type in ENDS:
            ends[event.subject, _data(event).run].add(event.type)
    assert {run: len(types) for run, types in ends.items()} == {
        (job.id, run): 1 for job in jobs.values() for run in range(1, job.run + 1)
    }
    assert {job.id: ends[job.id, job.run] for job in jobs.values()} == {
        job.id: {END_OF[JobStatus(job.status)]} for job in jobs.values()
    }


def _transcripts_as_told(told: Sequence[Envelope], segments: Mapping[Run, Sequence[SegmentRow]]) -> None:
    """Who heard of a transcript can have just that one."""
    for event in told:
        if isinstance(event.data, TranscriptCompleted):
            run = (event.subject, event.data.run)
            assert len(segments.get(run, ())) == event.data.segments, f"segments of {run}"
            text = "".join((event.data.text or "").split())
            assert all("".join(s.text.split()) in text for s in segments.get(run, ()) if text), f"{run}"


async def _queues_empty(system: Pipeline, dead: Mapping[str, int]) -> None:
    """Once what was sent twice has been looked at and dropped, and what was set aside was tried."""
    left = {name: 0 for queue in CONSUMED for name in (queue, dead_queue(queue))}
    left |= {retry_exchange(delay): 0 for delay in RETRY_DELAYS}
    for name, letters in (left | dict(dead)).items():

        async def as_it_should(name: str = name, letters: int = letters) -> bool:
            return await depth(system.broker, name) == letters

        await eventually(as_it_should, within=30)


async def _recordings_there(system: Pipeline, jobs: Mapping[UUID, JobRow]) -> None:
    for job in jobs.values():
        sent = await system.store.read(job.source_key)
        assert (len(sent), sha256(sent).hexdigest()) == (job.bytes, job.sha256), f"the recording of {job.id}"
        if job.audio_key is not None:
            assert await system.store.stat(job.audio_key) is not None, f"the normalised recording of {job.id}"

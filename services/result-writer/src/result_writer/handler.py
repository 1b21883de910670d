"""A batch of results, one transaction: store the outcomes, decide what is next, announce, release."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import structlog

from result_writer import flow
from result_writer.announcements import announce_changes
from result_writer.cases import Case, cases_of
from result_writer.flow import Dropped, Facts
from result_writer.follow_ups import new_units
from result_writer.requests import obey
from result_writer.settings import SERVICE
from result_writer.spending import used_in
from scribeline.contracts.analysis import AnalysisMerged, PartAnalyzed
from scribeline.contracts.confidence import overall
from scribeline.contracts.envelope import Envelope
from scribeline.contracts.job import AdvanceJob, JobRequest, JobStatus, StageStatus
from scribeline.contracts.transcription import (
    ChunkTranscribed,
    Gap,
    Piece,
    RecordingPlanned,
    Segment,
    ShortHandedBack,
    ShortTranscribed,
)
from scribeline.contracts.unit import Outcome, UnitFailed, UnitRef, UnitStatus
from scribeline.storage import continuing, followers, outcomes, passages, results, usage
from scribeline.storage.database import Database, Session
from scribeline.storage.jobs import request
from scribeline.storage.outcomes import Settled, key_of
from scribeline.storage.plain import clean, cleaned
from scribeline.storage.release import release
from scribeline.telemetry.metrics.results import (
    AUDIO_SECONDS,
    BATCH_MESSAGES,
    BATCH_ROWS,
    DROPPED_RESULTS,
    JOBS,
)

log = structlog.get_logger(__name__)

JOINED_AT_ONCE = 10_000
"""Segments that are put before recordings in one transaction, but for the job with which it is enough: others
wait for its locks."""


@dataclass(frozen=True)
class Rules:
    """The numbers that decide: units per tenant and queue, tokens per analysis part."""

    window: int = 32
    part_tokens: int = 4_000


async def store_results(
    batch: Sequence[Envelope], *, database: Database, rules: Rules, committed: Callable[[], None]
) -> None:
    """Store a batch of results and everything that follows from them, then call `committed`.

    Raises DependencyDown("database"); whatever else it raises is the data's fault.
    """
    arrived = [message.data for message in batch if isinstance(message.data, Outcome)]
    requests = [message.data for message in batch if isinstance(message.data, JobRequest)]
    async with database.transaction() as session:
        cases = await cases_of(session, {each.unit.job for each in arrived} | {each.job for each in requests})
        accepted = await _accept(session, cases, arrived)
        rows = await _store(session, cases, accepted)
        changed = {result.unit.job for result in accepted} | await obey(session, cases, requests)
        room = JOINED_AT_ONCE
        for job in sorted(changed):
            room -= await _join(session, cases[job], room)
            await _advance(session, cases[job], rules)
        await followers.wake(session, [job for job in changed if cases[job].news], source=SERVICE)
        await release(session, {case.job.tenant for case in cases.values()}, rules.window, SERVICE)
        await usage.add(session, used_in(cases, accepted))  # behind the tenants' locks
    committed()
    _log_stored(cases, accepted)
    BATCH_MESSAGES.observe(len(batch))
    BATCH_ROWS.observe(rows)
    for case in cases.values():
        AUDIO_SECONDS.inc(case.decoded)
        if case.ended:
            JOBS.labels(case.job.status).inc()


def _log_stored(cases: dict[UUID, Case], accepted: Sequence[Outcome]) -> None:
    for result in accepted:
        row, unit = cases[result.unit.job].job, result.unit
        log.info(
            "stored",
            job=str(row.id),
            unit=f"{unit.stage}/{unit.index}/{unit.run}",
            trace_id=row.traceparent.split("-")[1] if row.traceparent else None,
            outcome=flow.status_of(result).value,
            job_status=JobStatus(row.status).value,
        )


async def _accept(session: Session, cases: dict[UUID, Case], arrived: Sequence[Outcome]) -> list[Outcome]:
    """The results that change something. Counts them into their job's facts as it goes."""
    standing = await outcomes.statuses(session, [result.unit for result in arrived])
    accepted: dict[outcomes.Key, Outcome] = {}
    for result in arrived:
        verdict = _verdict(cases.get(result.unit.job), standing.get(key_of(result.unit)), result)
        if isinstance(verdict, Dropped):
            DROPPED_RESULTS.labels(verdict.value).inc()
            continue
        cases[result.unit.job].facts = verdict
        standing[key_of(result.unit)] = flow.status_of(result)
        accepted[key_of(result.unit)] = result  # a success that replaces a failure of the same batch
    return list(accepted.values())


def _verdict(case: Case | None, current: UnitStatus | None, result: Outcome) -> Facts | Dropped:
    if case is None:
        return Dropped.UNKNOWN
    if result.unit.run < case.job.run:
        return Dropped.STALE
    return flow.settle(case.facts, current, result)


async def _store(session: Session, cases: dict[UUID, Case], accepted: Sequence[Outcome]) -> int:
    await outcomes.store_settled(session, [_settled(result) for result in accepted])
    heard = [row for result in accepted for row in _heard(result)]
    jobs = {id_: case.job for id_, case in cases.items()}
    rows = len(accepted) + await results.store_segments(session, jobs, heard)
    for result in accepted:
        case = cases[result.unit.job]
        began = await session.clock() - timedelta(seconds=result.processing_seconds)
        case.job.started_at = case.job.started_at or max(began, case.job.opened_at or case.job.created_at)
        _learn(case, result)
        if isinstance(result, PartAnalyzed | AnalysisMerged):
            whole = flow.is_whole(case.facts, result.unit)
            await results.store_analysis(session, case.job, result.unit, result.analysis, final=whole)
    return rows


def _settled(result: Outcome) -> Settled:
    gaps: tuple[Gap, ...] = ()
    pieces: tuple[Piece, ...] = ()
    match result:
        case RecordingPlanned(gaps=gaps, pieces=pieces):
            pass
        case ChunkTranscribed(transcribed=t) | ShortTranscribed(transcribed=t):
            gaps = t.gaps
    return Settled(
        unit=result.unit,
        status=flow.status_of(result),
        error=result.error if isinstance(result, UnitFailed) else None,
        gaps=gaps,
        pieces=pieces,
        handed_back=isinstance(result, ShortHandedBack),
        processing_seconds=result.processing_seconds,
        handled=result.handled,
    )


def _heard(result: Outcome) -> list[tuple[UnitRef, int, Segment]]:
    match result:
        case ChunkTranscribed(unit=unit, piece=Piece(index=piece), transcribed=t):
            return [(unit, piece, segment) for segment in t.segments]
        case ShortTranscribed(unit=unit, transcribed=t):
            return [(unit, 0, segment) for segment in t.segments]
    return []


def _learn(case: Case, result: Outcome) -> None:
    """What a plan or a short transcription tells of the recording as a whole."""
    job = case.job
    match result:
        case RecordingPlanned(pieces=pieces):
            job.pieces, job.channels = len(pieces), result.channels
            case.facts = replace(case.facts, pieces=job.pieces)
            language, engine = result.language, result.engine
        case ShortTranscribed(transcribed=t):
            job.channels = result.channels
            language, engine = t.language, t.engine
        case _:
            return
    case.decoded = result.duration
    job.audio_key, job.duration = clean(result.audio.key), result.duration
    job.engine = cleaned(engine.model_dump(mode="json"))
    if language is not None:
        job.language, job.language_probability = language.code, language.probability


async def _join(session: Session, case: Case, room: int) -> int:
    """Put what comes before a recording there, if nothing else is missing; how many segments. Who finds no
    room any more is looked at again in another transaction."""
    job = case.job
    if not flow.only_waits(case.facts):
        return 0
    if room <= 0:
        request(session, job, AdvanceJob(job=job.id, run=job.run), source=SERVICE)
        return 0
    joined = await continuing.join(session, job)
    case.facts = replace(case.facts, waits=joined is None)
    return joined or 0


async def _advance(session: Session, case: Case, rules: Rules) -> None:
    """Make the units that are due, derive the status, announce what changed."""
    job = case.job
    segments = None
    if job.transcribed_at is None and flow.transcription(case.facts) is StageStatus.COMPLETED:
        segments = await results.segments(session, job.id, job.run)
        job.transcribed_at, job.has_text = (
            await session.clock(),
            any(segment.text.strip() for segment in segments),
        )
        job.confidence = overall(
            (s.end - s.start, s.confidence) for s in segments if s.confidence is not None
        )
        case.facts = replace(case.facts, has_text=job.has_text)
        await passages.index(session, job)
    while (stage := flow.next_stage(case.facts)) is not None:
        made = await new_units(session, job, case.facts, stage, rules.part_tokens)
        session.add_all(made)
        case.facts = flow.opened(case.facts, stage, len(made))
    await session.flush()
    await announce_changes(session, job, case.facts, segments)
    case.ended = job.status.terminal
    case.news = case.ended or segments is not None

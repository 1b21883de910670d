"""Reading and storing what became of units, set-based: one statement for a whole batch."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from scribeline.contracts.analysis import Analysis, Line
from scribeline.contracts.transcription import Gap, Piece, Segment, TranscribeChunk, speaker_of
from scribeline.contracts.unit import Error, Stage, UnitRef, UnitStatus
from scribeline.storage.database import Session
from scribeline.storage.models import JobRow, SegmentRow

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
                            processing_seconds = s.seconds, finished_at = now()
            FROM unnest(CAST(:jobs AS uuid[]), CAST(:stages AS text[]), CAST(:indexes AS int[]),
                        CAST(:runs AS int[]), CAST(:statuses AS text[]), CAST(:errors AS jsonb[]),
                        CAST(:gaps AS jsonb[]), CAST(:pieces AS jsonb[]), CAST(:backs AS bool[]),
                        CAST(:seconds AS float8[]))
              AS s(job, stage, index, run, status, error, gaps, pieces, handed_back, seconds)
            WHERE (unit.job, unit.stage, unit.index, unit.run) = (s.job, s.stage, s.index, s.run)
        """),
        {
            **_keys([s.unit for s in rows]),
            "statuses": [s.status.value for s in rows],
            "errors": [_json(s.error.model_dump(mode="json")) if s.error else None for s in rows],
            "gaps": [_json([g.model_dump(mode="json") for g in s.gaps]) for s in rows],
            "pieces": [_json([p.model_dump(mode="json") for p in s.pieces]) for s in rows],
            "backs": [s.handed_back for s in rows],
            "seconds": [s.processing_seconds for s in rows],
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


async def store_segments(
    session: Session, jobs: Mapping[UUID, JobRow], heard: Iterable[tuple[UnitRef, int, Segment]]
) -> int:
    """Write the segments of units (unit, piece, segment); what stands already stays. Returns the rows."""
    rows = sorted(heard, key=lambda row: (row[0].job, row[0].run, row[1], row[2].id))
    if not rows:
        return 0
    await session.run(
        text("""
            INSERT INTO segment (job, run, piece, id, tenant, owner, start, "end", text,
                                 confidence, avg_logprob, no_speech_prob, words, speaker)
            SELECT * FROM unnest(
                CAST(:jobs AS uuid[]), CAST(:runs AS int[]), CAST(:pieces AS int[]), CAST(:ids AS int[]),
                CAST(:tenants AS text[]), CAST(:owners AS text[]), CAST(:starts AS float8[]),
                CAST(:ends AS float8[]), CAST(:texts AS text[]), CAST(:confidences AS float8[]),
                CAST(:logprobs AS float8[]), CAST(:silences AS float8[]), CAST(:words AS jsonb[]),
                CAST(:speakers AS text[]))
            ON CONFLICT DO NOTHING
        """),
        {
            "jobs": [unit.job for unit, _, _ in rows],
            "runs": [unit.run for unit, _, _ in rows],
            "pieces": [piece for _, piece, _ in rows],
            "ids": [s.id for _, _, s in rows],
            "tenants": [jobs[unit.job].tenant for unit, _, _ in rows],
            "owners": [jobs[unit.job].owner for unit, _, _ in rows],
            "starts": [s.start for _, _, s in rows],
            "ends": [s.end for _, _, s in rows],
            "texts": [clean(s.text) for _, _, s in rows],
            "confidences": [s.confidence for _, _, s in rows],
            "logprobs": [s.avg_logprob for _, _, s in rows],
            "silences": [s.no_speech_prob for _, _, s in rows],
            "words": [
                _json([w.model_dump(mode="json") for w in s.words]) if s.words is not None else None
                for _, _, s in rows
            ],
            "speakers": [s.speaker for _, _, s in rows],
        },
    )
    return len(rows)


async def store_analysis(
    session: Session, job: JobRow, unit: UnitRef, analysis: Analysis, *, final: bool
) -> None:
    """Write the analysis of a part or of the whole."""
    await session.run(
        text("""
            INSERT INTO analysis (job, stage, index, run, tenant, owner, final, body, created_at)
            VALUES (:job, :stage, :index, :run, :tenant, :owner, :final, CAST(:body AS json), now())
            ON CONFLICT DO NOTHING
        """),
        {
            "job": unit.job,
            "stage": unit.stage.value,
            "index": unit.index,
            "run": unit.run,
            "tenant": job.tenant,
            "owner": job.owner,
            "final": final,
            "body": _json(analysis.model_dump(mode="json")),
        },
    )


async def lines(session: Session, job: UUID, run: int) -> list[Line]:
    """The whole transcript, numbered from 0 in the order of the recording."""
    return [
        Line(number=n, start=s.start, text=s.text, speaker=s.speaker)
        for n, s in enumerate(await segments(session, job, run))
    ]


async def segments(session: Session, job: UUID, run: int) -> list[SegmentRow]:
    """The whole transcript, in the order of the recording: its channels' pieces lie side by side."""
    found = (
        select(SegmentRow)
        .where(SegmentRow.job == job, SegmentRow.run == run)
        .order_by(col(SegmentRow.start), col(SegmentRow.piece), col(SegmentRow.id))
    )
    return list((await session.exec(found)).all())


async def pieces(session: Session, job: UUID, run: int) -> list[Piece]:
    """The pieces that the plan of this run made."""
    row = (
        await session.run(
            text("SELECT pieces FROM unit WHERE job = :job AND run = :run AND stage = :stage"),
            {"job": job, "run": run, "stage": Stage.PLAN.value},
        )
    ).one()
    return [Piece.model_validate(piece) for piece in row.pieces]


async def partial_analyses(
    session: Session, job: UUID, run: int, stage: Stage = Stage.ANALYZE
) -> dict[int, Analysis]:
    """The analyses of the parts, or of their merges, that succeeded: index -> analysis, in order."""
    rows = await session.run(
        text("""
            SELECT index AS place, body FROM analysis
            WHERE job = :job AND run = :run AND stage = :stage ORDER BY index
        """),
        {"job": job, "run": run, "stage": stage.value},
    )
    return {r.place: Analysis.model_validate(r.body) for r in rows}


async def final_analysis(session: Session, job: UUID, run: int) -> Analysis | None:
    rows = await session.run(
        text("SELECT body FROM analysis WHERE job = :job AND run = :run AND final"), {"job": job, "run": run}
    )
    row = rows.one_or_none()
    return Analysis.model_validate(row.body) if row else None


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


async def gaps(session: Session, job: UUID, run: int) -> list[Gap]:
    """What the transcript leaves out, in the order of the recording: silences, and pieces that failed."""
    rows = await session.run(
        text("""
            SELECT gaps, CASE WHEN status = 'failed' THEN command END AS lost, error ->> 'code' AS code
            FROM unit
            WHERE job = :job AND run = :run AND (gaps <> '[]' OR (stage = 'chunk' AND status = 'failed'))
        """),
        {"job": job, "run": run},
    )
    found = []
    for row in rows:
        found += [Gap.model_validate(gap) for gap in row.gaps]
        if row.lost is not None:
            found.append(_lost(TranscribeChunk.model_validate(row.lost), row.code))
    return sorted(found, key=lambda gap: (gap.start, gap.end, gap.speaker or ""))


def _lost(command: TranscribeChunk, code: str) -> Gap:
    piece, start = command.piece, (command.options.start or 0.0) + command.piece.start
    return Gap(start=start, end=start + piece.seconds, reason=code, speaker=speaker_of(piece.channel))


def clean(words: str) -> str:
    """PostgreSQL takes neither NUL nor lone surrogates."""
    return words.replace("\x00", "").encode("utf-8", "replace").decode()


def _cleaned(value: Any) -> Any:
    match value:
        case str():
            return clean(value)
        case dict():
            return {clean(key): _cleaned(item) for key, item in value.items()}
        case list():
            return [_cleaned(item) for item in value]
    return value


def _json(value: Any) -> str:
    return json.dumps(_cleaned(value), allow_nan=False)


def _keys(units: Collection[UnitRef]) -> dict[str, list[Any]]:
    return {
        "jobs": [u.job for u in units],
        "stages": [u.stage.value for u in units],
        "indexes": [u.index for u in units],
        "runs": [u.run for u in units],
    }

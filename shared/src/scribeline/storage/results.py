"""What was said and what was made of it: reading and storing the results of a job, set-based."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from scribeline.contracts.analysis import Analysis, Line
from scribeline.contracts.transcription import Gap, Piece, Segment, TranscribeChunk, Word, speaker_of
from scribeline.contracts.unit import Stage, UnitRef
from scribeline.storage.database import Session
from scribeline.storage.models import BEFORE, JobRow, SegmentRow
from scribeline.storage.plain import as_json, clean


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
                as_json([w.model_dump(mode="json") for w in s.words]) if s.words is not None else None
                for _, _, s in rows
            ],
            "speakers": [s.speaker and clean(s.speaker) for _, _, s in rows],
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
            "body": as_json(analysis.model_dump(mode="json")),
        },
    )


async def lines(session: Session, job: UUID, run: int) -> list[Line]:
    """The whole transcript, numbered from 0 in the order of the recording."""
    return [
        Line(number=n, start=s.start, text=s.text, speaker=s.speaker)
        for n, s in enumerate(await segments(session, job, run))
    ]


async def segments(session: Session, job: UUID, run: int) -> list[SegmentRow]:
    """The whole transcript, in the order of the recording: its channels' pieces lie side by side. What comes
    before it is first, and times are those of one clock. To be read only."""
    found = (
        select(SegmentRow, JobRow.offset_seconds)
        .join(JobRow, col(JobRow.id) == col(SegmentRow.job))
        .where(SegmentRow.job == job, col(SegmentRow.run).in_((BEFORE, run)))
        .order_by(
            col(SegmentRow.run) != BEFORE,
            col(SegmentRow.start),
            col(SegmentRow.piece),
            col(SegmentRow.id),
        )
    )
    rows = (await session.exec(found)).all()
    return [_moved(row, offset) if offset and row.run != BEFORE else row for row, offset in rows]


def length(job: JobRow) -> float | None:
    """Seconds of audio in its transcript, once its own recording is decoded."""
    return clock_end(job) if job.duration is not None and job.offset_seconds else job.duration


def clock_end(job: JobRow) -> float:
    """Where on its transcript's clock a recording that continues it begins."""
    return _plus(job.offset_seconds or 0.0, (job.options.get("start") or 0.0) + (job.duration or 0.0))


def _moved(row: SegmentRow, seconds: float) -> SegmentRow:
    """A copy, that no session knows of, on a clock on which the recording begins at that second."""
    words = None
    if row.words is not None:
        found = map(Word.model_validate, row.words)
        words = [
            {**w.model_dump(), "start": _plus(w.start, seconds), "end": _plus(w.end, seconds)} for w in found
        ]
    times = {"start": _plus(row.start, seconds), "end": _plus(row.end, seconds)}
    return SegmentRow(**{**row.model_dump(), **times, "words": words})


def _plus(moment: float, seconds: float) -> float:
    """To the millisecond: sums of what is written so are to be, too."""
    return round(moment + seconds, 3)


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


async def gaps(session: Session, job: UUID, run: int) -> list[Gap]:
    """What the transcript leaves out, in the order of the recording: silences, and pieces that failed. What
    comes before it is first, and times are those of one clock."""
    rows = await session.run(
        text("""
            SELECT unit.gaps, CASE WHEN unit.status = 'failed' THEN unit.command END AS lost,
                   unit.error ->> 'code' AS code, job.gaps_before, job.offset_seconds
            FROM job LEFT JOIN unit ON unit.job = job.id AND unit.run = :run
              AND (unit.gaps <> '[]' OR (unit.stage = 'chunk' AND unit.status = 'failed'))
            WHERE job.id = :job
        """),
        {"job": job, "run": run},
    )
    before: list[Gap] = []
    found: list[Gap] = []
    for row in rows:
        before = [Gap.model_validate(gap) for gap in row.gaps_before]
        found += [_gap_moved(Gap.model_validate(gap), row.offset_seconds) for gap in row.gaps or ()]
        if row.lost is not None:
            lost = _lost(TranscribeChunk.model_validate(row.lost), row.code)
            found.append(_gap_moved(lost, row.offset_seconds))
    return before + sorted(found, key=lambda gap: (gap.start, gap.end, gap.speaker or ""))


def _gap_moved(gap: Gap, seconds: float | None) -> Gap:
    if not seconds:
        return gap
    return gap.model_copy(update={"start": _plus(gap.start, seconds), "end": _plus(gap.end, seconds)})


def _lost(command: TranscribeChunk, code: str) -> Gap:
    piece, start = command.piece, (command.options.start or 0.0) + command.piece.start
    return Gap(start=start, end=start + piece.seconds, reason=code, speaker=speaker_of(piece.channel))

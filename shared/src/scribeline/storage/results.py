"""What was said and what was made of it: reading and storing the results of a job, set-based."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import text
from sqlmodel import select

from scribeline.contracts.analysis import Analysis, Line
from scribeline.contracts.transcription import Gap, Piece, Segment, TranscribeChunk, speaker_of
from scribeline.contracts.unit import Stage, UnitRef
from scribeline.storage import clock
from scribeline.storage.database import Session
from scribeline.storage.models import JobRow, SegmentRow
from scribeline.storage.plain import as_json, clean

_SEGMENTS = text(f"{clock.SEGMENTS} ORDER BY number")
_BEFORE = text("""
    SELECT job.offset_seconds, gaps_before.gaps FROM job LEFT JOIN gaps_before ON gaps_before.job = job.id
    WHERE job.id = :job
""")
_GAPS = text("""
    SELECT gaps, CASE WHEN status = 'failed' THEN command END AS lost, error ->> 'code' AS code FROM unit
    WHERE job = :job AND run = :run AND (gaps <> '[]' OR (stage = 'chunk' AND status = 'failed'))
""")
_COUNTED = text("""
    SELECT (SELECT count(*) FROM segment WHERE job = :job AND run IN (0, :run)) AS segments,
           (SELECT coalesce(sum(jsonb_array_length(gaps)), 0) FROM gaps_before WHERE job = :job)
           + (SELECT coalesce(sum(jsonb_array_length(gaps)), 0)
                     + count(*) FILTER (WHERE stage = 'chunk' AND status = 'failed')
              FROM unit WHERE job = :job AND run = :run) AS gaps
""")


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
    asked = select(SegmentRow).from_statement(_SEGMENTS).execution_options(populate_existing=True)
    found = list((await session.run(asked, {"job": job, "run": run})).scalars())
    for row in found:
        session.expunge(row)  # what is stored has other times
    return found


def length(job: JobRow) -> float | None:
    """Seconds of audio in its transcript, once its own recording is decoded."""
    return clock.end(job) if job.duration is not None and job.offset_seconds else job.duration


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
    row = (await session.run(_BEFORE, {"job": job})).one_or_none()
    if row is None:
        return []
    before = [Gap.model_validate(gap) for gap in row.gaps or ()]
    own = [clock.moved(gap, row.offset_seconds) for gap in await _own_gaps(session, job, run)]
    return before + sorted(own, key=lambda gap: (gap.start, gap.end, gap.speaker or ""))


async def _own_gaps(session: Session, job: UUID, run: int) -> list[Gap]:
    found: list[Gap] = []
    for row in await session.run(_GAPS, {"job": job, "run": run}):
        found += [Gap.model_validate(gap) for gap in row.gaps]
        if row.lost is not None:
            found.append(_lost(TranscribeChunk.model_validate(row.lost), row.code))
    return found


async def count(session: Session, job: UUID, run: int) -> tuple[int, int]:
    """How many segments and gaps the transcript has."""
    row = (await session.run(_COUNTED, {"job": job, "run": run})).one()
    return row.segments, row.gaps


def _lost(command: TranscribeChunk, code: str) -> Gap:
    piece, start = command.piece, (command.options.start or 0.0) + command.piece.start
    return Gap(start=start, end=start + piece.seconds, reason=code, speaker=speaker_of(piece.channel))

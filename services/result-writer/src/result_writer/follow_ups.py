"""Making the units of the next stage: their commands, out of what is stored."""

from collections.abc import Sequence

from result_writer.flow import Facts, due_merges, final_merge
from result_writer.merges import groups
from scribeline.contracts.analysis import CHAPTERS_FROM, AnalyzePart, Brief, Line, MergeAnalysis
from scribeline.contracts.text import most_tokens_of_line
from scribeline.contracts.transcription import Language, Piece, TranscribeChunk, TranscriptionOptions
from scribeline.contracts.unit import Stage, UnitRef
from scribeline.storage import keys, results
from scribeline.storage.database import Session
from scribeline.storage.jobs import first_unit, text_language, unit_row
from scribeline.storage.models import JobRow, UnitRow


async def new_units(
    session: Session, job: JobRow, facts: Facts, stage: Stage, part_tokens: int
) -> list[UnitRow]:
    """The units of a stage that flow says is due. Never empty."""
    match stage:
        case Stage.PLAN:
            return [first_unit(job, Stage.PLAN, job.run)]
        case Stage.CHUNK:
            pieces = await results.pieces(session, job.id, job.run)
            return [unit_row(job, _chunk(job, piece)) for piece in pieces]
        case Stage.ANALYZE:
            lines = await results.lines(session, job.id, job.run)
            parts = cut_parts(lines, part_tokens)
            return [unit_row(job, _part(job, index, parts)) for index in range(len(parts))]
        case Stage.MERGE:
            return [unit_row(job, merge) for merge in await _merges(session, job, facts)]
    raise ValueError(f"{stage} follows nothing")


def cut_parts(lines: Sequence[Line], tokens: int) -> list[tuple[Line, ...]]:
    """Split between lines so that no part exceeds `tokens`, but for a line that does so alone.

    By the analyzer's own estimate: what it is given, it has room to read, in every script.
    """
    parts: list[list[Line]] = []
    size = 0
    for line in lines:
        cost = most_tokens_of_line(line.number, line.text, line.speaker)
        size += cost
        if not parts or size > tokens:
            parts.append([])
            size = cost
        parts[-1].append(line)
    return [tuple(part) for part in parts]


def _chunk(job: JobRow, piece: Piece) -> TranscribeChunk:
    language = None
    if job.language is not None:
        language = Language(code=job.language, probability=job.language_probability or 0.0)
    return TranscribeChunk(
        unit=UnitRef(job=job.id, stage=Stage.CHUNK, index=piece.index, run=job.run),
        audio=job.audio_key or "",
        piece=piece,
        channels=job.channels,
        language=language,
        options=TranscriptionOptions.model_validate(job.options),
        key_prefix=keys.prefix(job.tenant, job.id),
    )


def _part(job: JobRow, index: int, parts: Sequence[tuple[Line, ...]]) -> AnalyzePart:
    return AnalyzePart(
        unit=UnitRef(job=job.id, stage=Stage.ANALYZE, index=index, run=job.run),
        lines=parts[index],
        part=index,
        parts=len(parts),
        language=text_language(job),
        recorded_at=job.recorded_at,
        chapters=(results.length(job) or 0.0) >= CHAPTERS_FROM,
        brief=_brief(job),
    )


async def _merges(session: Session, job: JobRow, facts: Facts) -> list[MergeAnalysis]:
    """Those of the level that is due. The last one is told of all lines, also those of failed parts."""
    level = due_merges(facts) or 0
    parts = await results.partial_analyses(session, job.id, job.run)
    merged = await results.partial_analyses(session, job.id, job.run, Stage.MERGE) if level else {}
    lines = await results.lines(session, job.id, job.run)
    last = final_merge(facts)
    return [
        MergeAnalysis(
            unit=UnitRef(job=job.id, stage=Stage.MERGE, index=index, run=job.run),
            analyses=analyses,
            lines_total=len(lines) if index == last else None,
            language=text_language(job),
            brief=_brief(job),
        )
        for index, analyses in groups(list(parts.values()), merged, level)
    ]


def _brief(job: JobRow) -> Brief | None:
    return Brief.model_validate(job.brief) if job.brief else None

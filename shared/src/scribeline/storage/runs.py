"""A job's next run: what was done is taken over, what failed is asked for again. Earlier runs stay."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select

from scribeline.contracts import routes
from scribeline.contracts.unit import TRANSCRIPTION, Stage, UnitStatus
from scribeline.storage.database import Session
from scribeline.storage.models import JobRow, UnitRow

_UNITS = text("""
    INSERT INTO unit (job, stage, index, run, tenant, owner, queue, status, command, releases, handed_back,
                      gaps, pieces, processing_seconds, created_at, released_at, finished_at)
    SELECT job, stage, index, run + 1, tenant, owner, queue, status, command, releases, handed_back,
           gaps, pieces, processing_seconds, created_at, released_at, finished_at
    FROM unit WHERE job = :job AND run = :run AND status = 'done' AND stage = ANY(:stages)
    ON CONFLICT DO NOTHING
""")
_SEGMENTS = text("""
    INSERT INTO segment (job, run, piece, id, tenant, owner, start, "end", text, confidence, avg_logprob,
                         no_speech_prob, words, speaker)
    SELECT job, run + 1, piece, id, tenant, owner, start, "end", text, confidence, avg_logprob,
           no_speech_prob, words, speaker
    FROM segment WHERE job = :job AND run = :run
    ON CONFLICT DO NOTHING
""")
_ANALYSES = text("""
    INSERT INTO analysis (job, stage, index, run, tenant, owner, final, body, created_at)
    SELECT job, stage, index, run + 1, tenant, owner, false, body, created_at
    FROM analysis WHERE job = :job AND run = :run AND stage = 'analyze'
    ON CONFLICT DO NOTHING
""")


async def open_next(session: Session, job: JobRow) -> int:
    """Ask again for the failed units of a job that has ended; returns how many, 0 when nothing failed.

    The job's row must be locked; its derived columns are the caller's. An analysis of a transcript that is to
    become another one is not taken over, nor is a merge.
    """
    failed = await _failed(session, job)
    if not failed:
        return 0
    again = any(unit.stage in TRANSCRIPTION for unit in failed)
    kept = TRANSCRIPTION if again else (*TRANSCRIPTION, Stage.ANALYZE)
    parameters = {"job": job.id, "run": job.run, "stages": [stage.value for stage in kept]}
    await session.run(_UNITS, parameters)
    await session.run(_SEGMENTS, parameters)
    if not again:
        await session.run(_ANALYSES, parameters)
    wanted = [unit for unit in failed if unit.stage in kept]
    session.add_all(_again(unit) for unit in wanted)
    job.run += 1
    job.finished_at = job.error = None
    if again:
        job.transcribed_at = job.has_text = job.confidence = None
    await session.flush()
    # Where only merges failed, they follow from what was taken over.
    return len(wanted) or len(failed)


async def _failed(session: Session, job: JobRow) -> Collection[UnitRow]:
    found = select(UnitRow).where(
        UnitRow.job == job.id, UnitRow.run == job.run, col(UnitRow.status) == UnitStatus.FAILED
    )
    return (await session.exec(found)).all()


def _again(unit: UnitRow) -> UnitRow:
    command: dict[str, Any] = {**unit.command, "unit": {**unit.command["unit"], "run": unit.run + 1}}
    return UnitRow(
        job=unit.job,
        stage=unit.stage,
        index=unit.index,
        run=unit.run + 1,
        tenant=unit.tenant,
        owner=unit.owner,
        queue=routes.QUEUE_OF[Stage(unit.stage)],
        command=command,
    )

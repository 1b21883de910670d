"""A job that has ended, asked for once more with other options: the birth of its next run."""

from dataclasses import dataclass
from datetime import datetime

from scribeline.contracts.analysis import Brief
from scribeline.contracts.job import AdvanceJob, JobAccepted, JobStatus, StageStatus, StageView
from scribeline.contracts.transcription import TranscriptionOptions
from scribeline.contracts.unit import Stage
from scribeline.storage import runs
from scribeline.storage.database import Session
from scribeline.storage.jobs import announce, first_stages, first_unit, request
from scribeline.storage.models import JobRow
from scribeline.storage.release import release


@dataclass(frozen=True)
class Rerun:
    """What the next run is to do."""

    stage: Stage
    """SHORT or PLAN: everything anew; ANALYZE: only the analysis, of the transcript that is there."""
    options: TranscriptionOptions
    analyze: bool
    brief: Brief | None
    recorded_at: datetime | None
    traceparent: str | None = None


async def open_rerun(session: Session, job: JobRow, new: Rerun, *, window: int, source: str) -> None:
    """Opens it in the caller's transaction. The job must be locked and have ended, its transcript be complete
    if only the analysis is wanted."""
    only_analysis = new.stage is Stage.ANALYZE
    await runs.open_run(session, job, input_run=job.run if only_analysis else None)
    job.options = new.options.model_dump(mode="json")
    job.analyze, job.recorded_at = new.analyze, new.recorded_at
    job.brief = new.brief.model_dump(mode="json") if new.brief else None
    job.traceparent = new.traceparent
    if only_analysis:
        await _analyze(session, job, source)
    else:
        _transcribe(session, job, new.stage)
    announce(session, job, JobAccepted, source=source)
    await session.flush()
    await release(session, [job.tenant], window, source)


async def _analyze(session: Session, job: JobRow, source: str) -> None:
    await runs.take_over_transcript(session, job)
    job.status = JobStatus.ANALYZING
    transcription = StageView.model_validate(job.stages[0]).model_copy(update={"run": job.run})
    analysis = StageView(name="analysis", status=StageStatus.PENDING, run=job.run)
    job.stages = [view.model_dump(mode="json") for view in (transcription, analysis)]
    request(session, job, AdvanceJob(job=job.id, run=job.run), source=source)


def _transcribe(session: Session, job: JobRow, stage: Stage) -> None:
    """What was learnt of the recording may be another thing with other options."""
    job.status = JobStatus.QUEUED
    job.stages = [view.model_dump(mode="json") for view in first_stages(analyze=job.analyze, run=job.run)]
    job.audio_key = job.duration = job.pieces = job.engine = None
    job.language = job.language_probability = job.confidence = None
    job.transcribed_at = job.has_text = None
    job.channels = 1
    session.add(first_unit(job, stage, job.run))

"""The job row's derived columns, and the events of what changed in them."""

from collections.abc import Sequence
from typing import Any

from result_writer import flow
from result_writer.flow import Facts
from result_writer.rules import wants_item, wants_sentiment
from result_writer.settings import SERVICE
from scribeline.contracts.analysis import Analysis
from scribeline.contracts.codes import Code
from scribeline.contracts.job import (
    ActionItemFound,
    AnalysisCompleted,
    AnalysisFailed,
    JobCancelled,
    JobCompleted,
    JobEvent,
    JobFailed,
    JobStatus,
    SentimentNegative,
    StageStatus,
    StageView,
    TranscriptCompleted,
)
from scribeline.contracts.text import joined
from scribeline.contracts.transcription import EngineInfo, Language
from scribeline.contracts.unit import ANALYSIS, TRANSCRIPTION, Error, Stage
from scribeline.storage import outcomes, results
from scribeline.storage.database import Session
from scribeline.storage.jobs import announce, tenant_rules, text_language, tick
from scribeline.storage.models import JobRow, SegmentRow

INLINE = 96 * 1024
"""Bytes of UTF-8 that an event carries inline, of a text or of an analysis as JSON; more is a link."""


async def announce_changes(
    session: Session, job: JobRow, facts: Facts, segments: Sequence[SegmentRow] | None
) -> None:
    """Derive status, stages and progress, and announce each change. `segments` when the transcript is new."""
    before = {view.name: view.status for view in map(StageView.model_validate, job.stages)}
    told, seen = job.sequence, (job.status, job.progress, job.stages)
    stages = await _stages(session, job, facts)
    job.stages = [view.model_dump(mode="json") for view in stages]
    job.status = flow.job_status(facts)
    job.progress = max(job.progress, flow.progress(facts))
    if segments is not None:
        gaps = await results.gaps(session, job.id, job.run)
        _tell(session, job, TranscriptCompleted, **_transcript(job, segments, len(gaps)))
    analysis = stages[1]
    if analysis.status is not before["analysis"]:
        await _tell_analysis(session, job, analysis)
    if job.status.terminal:
        job.finished_at = await session.clock()
        _end(session, job, stages)
    if job.sequence == told and (job.status, job.progress, job.stages) != seen:
        tick(session, job, stages, source=SERVICE)
    await session.flush()


async def _stages(session: Session, job: JobRow, facts: Facts) -> tuple[StageView, StageView]:
    return (
        await _view(session, job, facts, "transcription", flow.transcription(facts), TRANSCRIPTION),
        await _view(session, job, facts, "analysis", flow.analysis(facts), ANALYSIS),
    )


async def _view(
    session: Session, job: JobRow, facts: Facts, name: str, status: StageStatus, stages: tuple[Stage, ...]
) -> StageView:
    tallies = [facts.of(stage) for stage in stages]
    if stages is TRANSCRIPTION:  # users count pieces, not what found out how many there are
        tallies = [tally for tally in reversed(tallies) if tally.total][:1]
    error = None
    if status is StageStatus.FAILED:
        code = Code.TRANSCRIPTION_FAILED if name == "transcription" else Code.ANALYSIS_FAILED
        if facts.of(Stage.MERGE).failed and Stage.MERGE in stages:
            stages = (Stage.MERGE,)  # some part had failed before, but that is not why there is no analysis
        error = await outcomes.first_error(session, job.id, job.run, stages) or Error.of(code)
    return StageView(
        name=name,
        status=status,
        run=job.run,
        units_total=sum(t.total for t in tallies),
        units_done=sum(t.done for t in tallies),
        units_failed=sum(t.failed for t in tallies),
        error=error,
    )


def _transcript(job: JobRow, segments: Sequence[SegmentRow], gaps: int) -> dict[str, Any]:
    language = None
    if job.language is not None:
        language = Language(code=job.language, probability=job.language_probability or 0.0)
    text = joined((segment.text for segment in segments), text_language(job))
    return {
        "language": language,
        "duration": results.length(job) or 0.0,
        "segments": len(segments),
        "gaps": gaps,
        "confidence": job.confidence,
        "engine": EngineInfo.model_validate(job.engine) if job.engine else None,
        "text": text if len(text.encode()) <= INLINE else None,
        "href": f"/v1/jobs/{job.id}/transcript",
    }


async def _tell_analysis(session: Session, job: JobRow, view: StageView) -> None:
    if view.status is StageStatus.FAILED and view.error is not None:
        _tell(session, job, AnalysisFailed, error=view.error)
    elif view.status is StageStatus.COMPLETED:
        analysis = await results.final_analysis(session, job.id, job.run)
        if analysis is not None:
            _tell(session, job, AnalysisCompleted, analysis=_inline(analysis), href=_analysis_of(job))
            await _tell_by_rule(session, job, analysis)


def _inline(analysis: Analysis) -> Analysis | None:
    return analysis if len(analysis.model_dump_json(exclude_none=True).encode()) <= INLINE else None


def _analysis_of(job: JobRow) -> str:
    return f"/v1/jobs/{job.id}/analysis"


async def _tell_by_rule(session: Session, job: JobRow, analysis: Analysis) -> None:
    """What the tenant wants to hear of beyond the report itself."""
    rules = await tenant_rules(session, job.tenant)
    for number, item in enumerate(analysis.action_items or ()):
        if wants_item(rules, item):
            _tell(session, job, ActionItemFound, nth=number, number=number, item=item, href=_analysis_of(job))
    if analysis.sentiment is not None and wants_sentiment(rules, analysis.sentiment):
        _tell(session, job, SentimentNegative, sentiment=analysis.sentiment, href=_analysis_of(job))


def _end(session: Session, job: JobRow, stages: tuple[StageView, StageView]) -> None:
    match job.status:
        case JobStatus.COMPLETED:
            _tell(session, job, JobCompleted, stages=stages)
        case JobStatus.CANCELLED:
            _tell(session, job, JobCancelled)
        case _:
            error = stages[0].error or Error.of(Code.TRANSCRIPTION_FAILED)
            job.error = error.model_dump(mode="json")
            _tell(session, job, JobFailed, error=error)


def _tell(session: Session, job: JobRow, event: type[JobEvent], *, nth: int = 0, **data: Any) -> None:
    announce(session, job, event, source=SERVICE, nth=nth, **data)

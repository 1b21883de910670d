"""Running a job again: its next run is born in one transaction, or nothing has changed."""

from functools import partial
from uuid import UUID

import structlog

from gateway import reads
from gateway.auth import Principal
from gateway.context import Gateway
from gateway.limits.quotas import check
from gateway.problems import Problem
from gateway.records import SOURCE
from gateway.runs.changes import Changes, RerunStage, merged
from gateway.settings import GatewaySettings
from gateway.views import stages_of
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.job import JobStatus, StageStatus
from scribeline.contracts.transcription import TranscriptionOptions
from scribeline.contracts.unit import Stage
from scribeline.storage import keys
from scribeline.storage.database import Session
from scribeline.storage.models import JobRow
from scribeline.storage.reruns import Rerun, open_rerun
from scribeline.storage.runs import MOST_RUNS

log = structlog.get_logger(__name__)


async def run_again(
    context: Gateway,
    principal: Principal,
    id_: str,
    changes: Changes,
    traceparent: str,
    *,
    after: int | None = None,
) -> JobRow:
    """The job in its next run; `after` is the run that it must be in.

    Raises Problem: NOT_FOUND, OTHER_RUN, JOB_RUNNING, TRANSCRIPT_INCOMPLETE, TOO_MANY_RUNS, as
    `limits.quotas.check`, or of options that do not go together.
    """
    settings = context.settings
    seen = await context.job(principal, id_)
    _check_run(seen, after)
    _check(seen, changes, settings)
    new = await _asked(context, principal, seen, changes, traceparent)
    async with context.database.transaction(principal.tenant) as session:
        row = await _locked(session, principal, seen.id)
        _check_run(row, after)
        if row.run != seen.run:  # its options may not be those that were looked at
            raise _running(settings)
        _check(row, changes, settings)
        await open_rerun(session, row, new, window=settings.window, source=SOURCE)
        await check(session, row.tenant, counted=True)
    context.committed()
    if new.stage is not Stage.ANALYZE:
        await _without_old_audio(context, row)
    return row


async def _without_old_audio(context: Gateway, row: JobRow) -> None:
    """Nobody hears what the runs before had normalised any more. If it stays, it goes with the job."""
    folder = keys.prefix(row.tenant, row.id)
    try:
        await context.store.remove([keys.audio(folder, run) for run in range(1, row.run)])
    except DependencyDown as down:
        log.warning("old audio stays", job=str(row.id), reason=str(down))


async def _asked(
    context: Gateway, principal: Principal, row: JobRow, changes: Changes, traceparent: str
) -> Rerun:
    find = partial(context.records.template, principal.tenant)
    options, brief = await merged(row, changes, context.settings_for(principal), find)
    if only_analysis := changes.stage is RerunStage.ANALYSIS:
        stage = Stage.ANALYZE
    else:
        stage = Stage.SHORT if row.bytes <= context.settings.short_max_bytes else Stage.PLAN
    return Rerun(
        stage=stage,
        options=TranscriptionOptions.model_validate(row.options) if only_analysis else options.transcription,
        analyze=options.analyze,
        brief=brief,
        recorded_at=options.recorded_at,
        traceparent=traceparent,
    )


async def _locked(session: Session, principal: Principal, id_: UUID) -> JobRow:
    """Of two at once, one sees what the other one did."""
    found = reads.visible(principal).where(JobRow.id == id_).with_for_update(key_share=True)
    row = (await session.exec(found)).first()
    if row is None:
        raise Problem(Code.NOT_FOUND)
    return row


def _check_run(row: JobRow, after: int | None) -> None:
    """A request that is sent again, because its answer was lost, finds what it did the first time."""
    if after not in (None, row.run):
        raise Problem(Code.OTHER_RUN, f"Its current run is {row.run}.")


def _check(row: JobRow, changes: Changes, settings: GatewaySettings) -> None:
    """Whether it can be run again now."""
    if not JobStatus(row.status).terminal:
        raise _running(settings)
    transcribed = stages_of(row)["transcription"].status is StageStatus.COMPLETED
    if changes.stage is RerunStage.ANALYSIS and not transcribed:
        raise Problem(Code.TRANSCRIPT_INCOMPLETE)
    if row.run >= MOST_RUNS:
        raise Problem(Code.TOO_MANY_RUNS, f"It has had {MOST_RUNS} runs.")


def _running(settings: GatewaySettings) -> Problem:
    return Problem(Code.JOB_RUNNING, headers={"Retry-After": str(settings.retry_after_seconds)})

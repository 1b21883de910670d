"""What users ask of a job, decided under its lock."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from result_writer import flow
from result_writer.cases import Case, facts_of
from scribeline.contracts.job import AdvanceJob, CancelJob, JobRequest, JobStatus, ResumeJob, RetryFailed
from scribeline.storage import outcomes, runs
from scribeline.storage.database import Session

log = structlog.get_logger(__name__)


async def obey(session: Session, cases: dict[UUID, Case], requests: Sequence[JobRequest]) -> set[UUID]:
    """Change the facts of the jobs; returns those that changed. Asked twice, it is done once."""
    asked = {each.job for each in requests if isinstance(each, CancelJob) and _is_of_now(cases, each)}
    # One with nothing left to do, and nobody has looked yet, ends by that look.
    changed = await _cancel(session, cases, asked) | {id_ for id_ in asked if not _has_ended(cases[id_])}
    resumed = {each.job for each in requests if isinstance(each, ResumeJob)} & cases.keys()
    await outcomes.take_back_released(session, sorted(resumed))
    changed |= {each.job for each in requests if isinstance(each, AdvanceJob) and _waits(cases, each)}
    for each in requests:
        case = cases.get(each.job)
        if isinstance(each, RetryFailed) and case is not None and await _retry(session, case, each):
            changed.add(each.job)
    return changed


def _is_of_now(cases: dict[UUID, Case], asked: CancelJob) -> bool:
    """A cancel that comes again must not end the run that was asked for after it."""
    case = cases.get(asked.job)
    return case is not None and asked.run in (None, case.job.run)


def _waits(cases: dict[UUID, Case], asked: AdvanceJob) -> bool:
    case = cases.get(asked.job)
    return case is not None and case.job.run == asked.run and not _has_ended(case)


def _has_ended(case: Case) -> bool:
    return JobStatus(case.job.status).terminal


async def _cancel(session: Session, cases: dict[UUID, Case], asked: set[UUID]) -> set[UUID]:
    """Nothing of these jobs is released any more, and results still to come are dropped. What has ended
    stays, also by a result of this batch."""
    running = [case for id_, case in cases.items() if flow.is_unwanted(case.facts, asked=id_ in asked)]
    await outcomes.cancel_open_units(session, [case.job.id for case in running])
    for case in running:
        case.facts = flow.cancelled(case.facts)
        log.info("cancelled", job=str(case.job.id))
    return {case.job.id for case in running}


async def _retry(session: Session, case: Case, asked: RetryFailed) -> bool:
    """The next run of a job whose run of then has ended, with something failed in it."""
    job = case.job
    if asked.run != job.run or not flow.job_status(case.facts).terminal or case.facts.cancelled:
        return False
    if job.deleted_at is not None:
        return False
    units = await runs.open_next(session, job)
    if units:
        counted = await outcomes.counts(session, [job.id])
        case.facts = facts_of(job, counted[job.id])
        log.info("tried again", job=str(job.id), run=job.run, units=units)
    return bool(units)

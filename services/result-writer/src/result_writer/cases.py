"""The jobs of a batch: their locked rows, and what is known of their units."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from result_writer.flow import Facts
from scribeline.contracts.job import JobStatus
from scribeline.contracts.unit import UnitStatus
from scribeline.storage import outcomes
from scribeline.storage.database import Session
from scribeline.storage.models import JobRow
from scribeline.storage.outcomes import Counts


@dataclass
class Case:
    """One job of the batch: its locked row, and what is known of its units."""

    job: JobRow
    facts: Facts
    ended: bool = False
    """It came to its terminal state in this batch."""
    decoded: float = 0.0
    """Seconds of audio that this batch told of."""
    news: bool = False
    """Its transcript became complete in this batch, or it ended: others may wait for that."""


async def cases_of(session: Session, ids: Collection[UUID]) -> dict[UUID, Case]:
    """Those of the jobs that exist, locked."""
    jobs = await outcomes.lock_jobs(session, ids)
    counted = await outcomes.counts(session, jobs)
    return {id_: Case(job, facts_of(job, counted[id_])) for id_, job in jobs.items()}


def facts_of(job: JobRow, counted: Sequence[Counts]) -> Facts:
    facts = Facts(
        analyze=job.analyze,
        handed_back=any(c.handed_back for c in counted if c.run == job.run),
        pieces=job.pieces,
        has_text=job.has_text,
        waits=job.continues is not None and job.offset_seconds is None,
        cancelled=job.status == JobStatus.CANCELLED,
    )
    for c in counted:
        if c.run == job.run:
            tally = facts.of(c.stage)
            name = c.status.value if c.status.terminal else "open"
            tally = replace(tally, **{name: getattr(tally, name) + c.units})
            if c.status is UnitStatus.DONE:
                tally = replace(tally, last_done=c.last)
            facts = facts.with_tally(c.stage, tally)
    return facts

"""A job in one of its runs."""

from typing import Annotated

from fastapi import Query

from gateway.auth import Principal
from gateway.context import Gateway
from gateway.problems import Problem
from scribeline.contracts.codes import Code
from scribeline.storage import runs
from scribeline.storage.models import JobRow

LARGEST = 2**31 - 1
"""As PostgreSQL counts."""

Run = Annotated[
    int | None,
    Query(ge=1, le=LARGEST, description="Which run of the job, as it ended; the current one when left out."),
]


async def job_in_run(context: Gateway, principal: Principal, id_: str, run: int | None) -> JobRow:
    """The job as it stands, or as it stood at the end of that run. Raises Problem(NOT_FOUND)."""
    row = await context.job(principal, id_)
    if run in (None, row.run):
        return row
    if run > row.run:
        raise Problem(Code.NOT_FOUND, _told(row.run))
    async with context.database.transaction(principal.tenant) as session:
        found = await runs.in_run(session, row, run)
    if found is None:
        raise Problem(Code.NOT_FOUND, f"Nobody kept how run {run} ended. {_told(row.run)}")
    return found


async def runs_of(context: Gateway, principal: Principal, id_: str) -> list[JobRow]:
    """The job in each run that there is of it, the first one first. Raises Problem(NOT_FOUND)."""
    row = await context.job(principal, id_)
    async with context.database.transaction(principal.tenant) as session:
        return await runs.all_runs(session, row)


def _told(runs_: int) -> str:
    return "This job has had one run." if runs_ == 1 else f"This job has had {runs_} runs."

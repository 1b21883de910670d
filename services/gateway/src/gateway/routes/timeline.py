"""What happened to a job, and when."""

from typing import Annotated

from fastapi import APIRouter, Query

from gateway.context import ALWAYS, Context, Reader
from gateway.problems import documented
from gateway.runs.reading import Run, job_in_run
from gateway.timeline.rows import ORDER, found
from gateway.timeline.views import timeline_view
from scribeline.contracts.api.timeline import TimelineView
from scribeline.contracts.codes import Code
from scribeline.contracts.unit import Stage

router = APIRouter(prefix="/v1/jobs/{id}", tags=["jobs"])
FIRST = (0, -1)
CURSOR = rf"^({'|'.join(ORDER)})-[0-9]{{1,9}}$"
"""A unit: its stage and index."""


@router.get(
    "/timeline",
    response_model=TimelineView,
    operation_id="getTimeline",
    summary="What happened to a job, and when",
    responses=documented(Code.NOT_FOUND, *ALWAYS),
)
async def timeline(
    context: Context,
    principal: Reader,
    id: str,  # noqa: A002 - as in the address
    run: Run = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Units of one page.")] = 100,
    cursor: Annotated[
        str | None, Query(description="`next` of the page before.", pattern=CURSOR, examples=["chunk-99"])
    ] = None,
) -> TimelineView:
    """Of the current run, or of the one with that number: each unit's waits, work and outcome, where results
    came together, what was announced, and what was sent to webhooks. While the job is under way, as far as
    it is."""
    after = _place(cursor)
    job = await job_in_run(context, principal, id, run)
    runs = job.run if run is None else (await context.job(principal, id)).run
    async with context.database.transaction(principal.tenant) as session:
        rows = await found(session, principal, job, after=after, limit=limit)
    return timeline_view(job, rows, runs=runs, limit=limit)


def _place(cursor: str | None) -> tuple[int, int]:
    """Of the unit that it names."""
    if cursor is None:
        return FIRST
    stage, _, index = cursor.partition("-")
    return ORDER.index(Stage(stage)) + 1, int(index)

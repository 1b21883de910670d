"""Doing it: a few jobs a transaction, so that nobody waits long for their locks. What is done stays done."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import structlog

from gateway.auth import Principal
from gateway.bulk import choice
from gateway.bulk.asked import Bulk
from gateway.bulk.choice import FIRST, Verdicts
from gateway.cancelling import mark_all
from gateway.context import Gateway
from gateway.problems import Problem, problem_of
from gateway.records import SOURCE
from gateway.runs.changes import Changes
from gateway.runs.opening import run_again
from scribeline.contracts.api.bulk import BulkResult
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.job import CancelJob, JobStatus, RetryFailed
from scribeline.storage.database import Session
from scribeline.storage.jobs import request
from scribeline.storage.models import JobRow

AT_ONCE = 50
"""Jobs of one transaction."""

log = structlog.get_logger(__name__)


@dataclass
class Told:
    """What became of the jobs so far."""

    changed: list[UUID] = field(default_factory=list)
    skipped: Counter[Code] = field(default_factory=Counter)
    last: UUID | None = None

    def add(self, batch: Sequence[UUID], verdicts: Verdicts) -> None:
        for id_ in batch:
            why = verdicts[id_]
            if why is None:
                self.changed.append(id_)
            else:
                self.skipped[why] += 1
        self.last = batch[-1]


async def would_be(context: Gateway, principal: Principal, asked: Bulk) -> BulkResult:
    """What would be done; nothing is. Of a rerun it is not known which jobs' own options forbid it. Raises
    Problem(INVALID_PARAMETER)."""
    Changes.of(asked.options, context.settings)
    async with context.database.transaction(principal.tenant) as session:
        numbers = await choice.counted(session, principal, asked)
        jobs = await choice.first(session, principal, asked)
    return BulkResult(
        action=asked.action,
        dry_run=True,
        changed=numbers.pop(None, 0),
        skipped={why: number for why, number in numbers.items() if why is not None},
        jobs=jobs,
        next=None,
    )


async def done(context: Gateway, principal: Principal, asked: Bulk, traceparent: str) -> BulkResult:
    """Raises DependencyDown when that is so before anything was done, and Problem(INVALID_PARAMETER)."""
    changes = Changes.of(asked.options, context.settings)
    rerun = partial(_rerun, changes=changes, traceparent=traceparent)
    act, size = (rerun, 1) if asked.action == "rerun" else (ACTIONS[asked.action], AT_ONCE)
    async with context.database.transaction(principal.tenant) as session:
        ids = await choice.page(session, principal, asked)
    told, why = Told(), None
    for at in range(0, len(ids[: asked.limit]), size):
        batch = ids[at : min(at + size, asked.limit)]
        try:
            told.add(batch, await act(context, principal, asked, batch))
        except DependencyDown as down:
            if told.last is None:
                raise
            why = problem_of(down, context.settings.retry_after_seconds).code
            break
    more = why is not None or len(ids) > asked.limit
    log.info("bulk", action=asked.action, changed=len(told.changed), skipped=sum(told.skipped.values()))
    return BulkResult(
        action=asked.action,
        dry_run=False,
        changed=len(told.changed),
        skipped=dict(told.skipped),
        jobs=told.changed[:FIRST],
        next=told.last if more else None,
        interrupted=why,
    )


async def _cancel(context: Gateway, principal: Principal, asked: Bulk, ids: Sequence[UUID]) -> Verdicts:
    async with context.database.transaction(principal.tenant) as session:
        rows, verdicts = await choice.judged(session, principal, asked, ids)
        _ask_to_cancel(session, rows)
    context.committed()
    await mark_all(context, rows)
    return verdicts


async def _delete(context: Gateway, principal: Principal, asked: Bulk, ids: Sequence[UUID]) -> Verdicts:
    async with context.database.transaction(principal.tenant) as session:
        rows, _ = await choice.judged(session, principal, asked, ids, locked=False)
    await mark_all(context, _running(rows))  # before the rows go: nobody would remove the markers then
    async with context.database.transaction(principal.tenant) as session:
        rows, verdicts = await choice.judged(session, principal, asked, ids)
        for row in rows:
            row.deleted_at = await session.clock()
        _ask_to_cancel(session, _running(rows))
    context.committed()
    return verdicts


async def _retry(context: Gateway, principal: Principal, asked: Bulk, ids: Sequence[UUID]) -> Verdicts:
    async with context.database.transaction(principal.tenant) as session:
        rows, verdicts = await choice.judged(session, principal, asked, ids)
        for row in rows:
            request(session, row, RetryFailed(job=row.id, run=row.run), source=SOURCE)
    context.committed()
    return verdicts


async def _rerun(
    context: Gateway,
    principal: Principal,
    asked: Bulk,
    ids: Sequence[UUID],
    *,
    changes: Changes,
    traceparent: str,
) -> Verdicts:
    """Each is a birth of its own, and may be refused by its own options, or by the tenant's quotas."""
    async with context.database.transaction(principal.tenant) as session:
        rows, verdicts = await choice.judged(session, principal, asked, ids, locked=False)
    for row in rows:
        try:
            await run_again(context, principal, str(row.id), changes, traceparent)
        except Problem as problem:
            verdicts[row.id] = problem.code
    return verdicts


def _running(rows: Sequence[JobRow]) -> list[JobRow]:
    return [row for row in rows if not JobStatus(row.status).terminal]


def _ask_to_cancel(session: Session, rows: Sequence[JobRow]) -> None:
    for row in rows:
        request(session, row, CancelJob(job=row.id, run=row.run), source=SOURCE)


Act = Callable[[Gateway, Principal, Bulk, Sequence[UUID]], Awaitable[Verdicts]]
ACTIONS: dict[str, Act] = {"cancel": _cancel, "delete": _delete, "retry": _retry}

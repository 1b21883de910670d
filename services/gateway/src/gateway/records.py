"""What the gateway asks of the database: a job's birth, its reads, the API keys, and what is the tenants'."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Protocol
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from gateway import reads
from gateway.auth import Known, Principal
from gateway.filters import Page
from gateway.limits.quotas import check
from gateway.templates_and_rules import PostgresTemplatesAndRules, TemplatesAndRules
from scribeline.contracts.analysis import Analysis
from scribeline.contracts.api.tenants import TenantLimits
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.job import CancelJob, JobStatus, ResumeJob, RetryFailed
from scribeline.contracts.transcription import Gap
from scribeline.storage import events, outbox, pauses
from scribeline.storage.database import EVERYBODY, Database
from scribeline.storage.events import Stored
from scribeline.storage.idempotency import winner
from scribeline.storage.jobs import NewJob, create_job, ensure_tenant, request
from scribeline.storage.models import ApiKeyRow, JobRow, SegmentRow, TenantRow
from scribeline.storage.release import release
from scribeline.storage.results import final_analysis, gaps, segments
from scribeline.storage.runs import MOST_RUNS
from scribeline.storage.uploads import claimed

SOURCE = "gateway"
"""CloudEvents `source` of what the gateway sends."""


class Unsure(DependencyDown):
    """The connection was lost while committing, and the database does not show the job: it may yet."""

    def __init__(self, why: str) -> None:
        super().__init__("database", why)


@dataclass(frozen=True)
class Words:
    """A transcript as it is stored, in the order of speech."""

    segments: list[SegmentRow]
    gaps: list[Gap]
    processing_seconds: float


class Retried(Enum):
    ASKED = "asked"
    RUNNING = "running"
    """Not yet: the job has not ended."""
    NEEDLESS = "needless"
    """The job is gone, was cancelled, has nothing that failed, or was tried again already."""
    TOO_OFTEN = "too often"
    """It has had `MOST_RUNS`."""


class Records(TemplatesAndRules, Protocol):
    """Every method is one transaction and raises DependencyDown("database") when it is away."""

    async def create(self, new: NewJob) -> JobRow:
        """Commit a job with its first unit, or find the one that has its `Idempotency-Key` or upload already.

        Raises Unsure when nobody knows whether that happened; after any other exception it did not. Raises
        Fail: IDEMPOTENCY_KEY_REUSED; for an upload NOT_FOUND, UPLOAD_USED; and Problem as
        `limits.quotas.check`.
        """

    async def cancel(self, principal: Principal, id: UUID) -> JobRow | None:  # noqa: A002 - the row's name for it
        """Ask for it to be cancelled, unless it has ended; the job as it stands. None as `job`."""

    async def delete(self, principal: Principal, id: UUID) -> JobRow | None:  # noqa: A002 - the row's name for it
        """From now on it is not there; what there is of it goes as soon as it has ended. None as `job`."""

    async def retry_failed(self, tenant: str, job: UUID, run: int) -> Retried:
        """Ask for what failed in that run to be tried again; of `EVERYBODY`: whoever's job it is."""

    async def resume(self, job: UUID | None) -> int:
        """Ask for what is under way to be sent again, of one job or of all; returns of how many jobs."""

    async def pause(self, queue: str) -> None:
        """Release no unit into that work queue any more."""

    async def end_pause(self, queue: str) -> int:
        """Release units into it again; returns how many were sent at once."""

    async def paused(self) -> dict[str, datetime]:
        """Paused queues, and since when."""

    async def events_of(self, tenant: str, job: UUID, after: UUID | None) -> list[Stored]:
        """A job's events in their order, behind that one; all when it is not known."""

    async def announced_at(self, tenant: str, event: UUID | None) -> tuple[datetime, datetime | None]:
        """The time, and when that event was announced: None when it is not known, or not any more."""

    async def events_since(
        self, principal: Principal, since: datetime, *, after: int, limit: int
    ) -> list[Stored]:
        """Of all jobs of this key, since about that moment; see `storage.events.of_tenant`."""

    async def work(self) -> dict[str, reads.Work]:
        """What waits and what is under way, by queue; a queue without any is not there."""

    async def job(self, principal: Principal, id: UUID) -> JobRow | None:  # noqa: A002 - the row's name for it
        """None when there is none, or it is another tenant's or owner's."""

    async def jobs(self, principal: Principal, page: Page) -> list[JobRow]:
        """Those that are meant, and one more than asked for if there is."""

    async def queue_position(self, job: JobRow) -> int | None:
        """The tenant's own units ahead of the job's first one in its queue; None once that has an outcome."""

    async def words(self, job: JobRow, run: int) -> Words: ...

    async def heard(self, job: JobRow, first: int) -> reads.Heard:
        """What the current run has heard from that piece on, up to one that is not done yet."""

    async def analysis(self, job: JobRow, run: int) -> Analysis | None: ...

    async def find_key(self, digest: bytes) -> Known | None: ...

    async def keys(self, tenant: str | None) -> list[ApiKeyRow]: ...

    async def add_key(self, row: ApiKeyRow) -> None:
        """Make the tenant when it is new. A key whose digest is there already is left as it is."""

    async def revoke_key(self, id: UUID) -> bool:  # noqa: A002 - the row's name for it
        """False when there is no such key."""

    async def backlog(self) -> tuple[int, float]:
        """Messages that wait to be sent, and the seconds that the oldest does."""

    async def ping(self) -> None: ...


class PostgresRecords(PostgresTemplatesAndRules):
    """Implements `Records`. `committed` is called after each commit that left something to send."""

    def __init__(self, database: Database, *, window: int, committed: Callable[[], None]) -> None:
        super().__init__(database)
        self._window = window
        self._committed = committed

    async def create(self, new: NewJob) -> JobRow:
        job: JobRow | None = None
        try:
            async with self._database.transaction(new.tenant) as session:
                if new.repeatable and (earlier := await winner(session, new.tenant, new.repeatable)):
                    return earlier
                if new.upload and (earlier := await claimed(session, new.tenant, new.upload)):
                    return earlier
                made = await create_job(session, new, window=self._window, source=SOURCE)
                await check(session, new.tenant, counted=True)
                job = made
        except DependencyDown as down:
            if job is None or not await self._committed_unheard(new):
                raise down if job is None else Unsure(str(down)) from down
        self._committed()
        return job

    async def _committed_unheard(self, new: NewJob) -> bool:
        """After a connection lost while committing: whether the job is there all the same."""
        try:
            async with self._database.transaction(new.tenant) as session:
                return await session.get(JobRow, new.id) is not None
        except DependencyDown:
            return False

    async def cancel(self, principal: Principal, id: UUID) -> JobRow | None:  # noqa: A002 - see Records
        async with self._database.transaction(principal.tenant) as session:
            row = await reads.job(session, principal, id)
            if row is not None and not JobStatus(row.status).terminal:
                request(session, row, CancelJob(job=row.id, run=row.run), source=SOURCE)
        self._committed()
        return row

    async def delete(self, principal: Principal, id: UUID) -> JobRow | None:  # noqa: A002 - see Records
        async with self._database.transaction(principal.tenant) as session:
            # The writer may be about to end the job: its lock comes first, and we see what it decided.
            found = reads.visible(principal).where(JobRow.id == id).with_for_update(key_share=True)
            row = (await session.exec(found)).first()
            if row is not None:
                row.deleted_at = await session.clock()
                if not JobStatus(row.status).terminal:
                    request(session, row, CancelJob(job=row.id, run=row.run), source=SOURCE)
        self._committed()
        return row

    async def retry_failed(self, tenant: str, job: UUID, run: int) -> Retried:
        async with self._database.transaction(tenant) as session:
            row = await session.get(JobRow, job)
            if row is None or row.deleted_at is not None or row.run > run:
                return Retried.NEEDLESS
            if not JobStatus(row.status).terminal:
                return Retried.RUNNING
            if row.status == JobStatus.CANCELLED or not await reads.anything_failed(session, row):
                return Retried.NEEDLESS
            if row.run >= MOST_RUNS:
                return Retried.TOO_OFTEN
            request(session, row, RetryFailed(job=job, run=run), source=SOURCE)
        self._committed()
        return Retried.ASKED

    async def resume(self, job: UUID | None) -> int:
        async with self._database.transaction(EVERYBODY) as session:
            rows = await reads.under_way(session, job)
            for row in rows:
                request(session, row, ResumeJob(job=row.id), source=SOURCE)
        self._committed()
        return len(rows)

    async def pause(self, queue: str) -> None:
        async with self._database.transaction(EVERYBODY) as session:
            await pauses.pause(session, queue)

    async def end_pause(self, queue: str) -> int:
        async with self._database.transaction(EVERYBODY) as session:
            await pauses.end_pause(session, queue)
        # A second transaction: whoever released at the same time and saw the pause has committed, or its
        # units are the recovery's.
        async with self._database.transaction(EVERYBODY) as session:
            tenants = await pauses.tenants_waiting(session, [queue])
            sent = await release(session, tenants, self._window, SOURCE)
        self._committed()
        return sent

    async def paused(self) -> dict[str, datetime]:
        async with self._database.transaction(EVERYBODY) as session:
            return await pauses.paused(session)

    async def events_of(self, tenant: str, job: UUID, after: UUID | None) -> list[Stored]:
        async with self._database.transaction(tenant) as session:
            return await events.of_job(session, job, after)

    async def announced_at(self, tenant: str, event: UUID | None) -> tuple[datetime, datetime | None]:
        async with self._database.transaction(tenant) as session:
            told = await events.moment_of(session, tenant, event) if event else None
            return await session.clock(), told

    async def events_since(
        self, principal: Principal, since: datetime, *, after: int, limit: int
    ) -> list[Stored]:
        async with self._database.transaction(principal.tenant) as session:
            tenant, owner = principal.tenant, principal.owner
            return await events.of_tenant(session, tenant, owner, since, after=after, limit=limit)

    async def work(self) -> dict[str, reads.Work]:
        async with self._database.transaction(EVERYBODY) as session:
            return await reads.work(session)

    async def job(self, principal: Principal, id: UUID) -> JobRow | None:  # noqa: A002 - see Records
        async with self._database.transaction(principal.tenant) as session:
            return await reads.job(session, principal, id)

    async def jobs(self, principal: Principal, page: Page) -> list[JobRow]:
        async with self._database.transaction(principal.tenant) as session:
            return await reads.jobs(session, principal, page)

    async def queue_position(self, job: JobRow) -> int | None:
        async with self._database.transaction(job.tenant) as session:
            return await reads.queue_position(session, job)

    async def words(self, job: JobRow, run: int) -> Words:
        async with self._database.transaction(job.tenant) as session:
            return Words(
                await segments(session, job.id, run),
                await gaps(session, job.id, run),
                await reads.processing_seconds(session, job, run),
            )

    async def heard(self, job: JobRow, first: int) -> reads.Heard:
        async with self._database.transaction(job.tenant) as session:
            return await reads.heard(session, job, first)

    async def analysis(self, job: JobRow, run: int) -> Analysis | None:
        async with self._database.transaction(job.tenant) as session:
            return await final_analysis(session, job.id, run)

    async def find_key(self, digest: bytes) -> Known | None:
        async with self._database.transaction(EVERYBODY) as session:
            found = (
                select(ApiKeyRow, TenantRow.limits)
                .join(TenantRow, col(TenantRow.name) == ApiKeyRow.tenant)
                .where(ApiKeyRow.digest == digest)
            )
            row = (await session.exec(found)).first()
            return Known(row[0], TenantLimits.model_validate(row[1])) if row else None

    async def keys(self, tenant: str | None) -> list[ApiKeyRow]:
        async with self._database.transaction(tenant or EVERYBODY) as session:
            found = select(ApiKeyRow).order_by(col(ApiKeyRow.id).desc())
            if tenant is not None:
                found = found.where(ApiKeyRow.tenant == tenant)
            return list((await session.exec(found)).all())

    async def add_key(self, row: ApiKeyRow) -> None:
        async with self._database.transaction(row.tenant) as session:
            await ensure_tenant(session, row.tenant)
            await session.run(
                insert(ApiKeyRow).values(row.model_dump()).on_conflict_do_nothing(index_elements=["digest"])
            )

    async def revoke_key(self, id: UUID) -> bool:  # noqa: A002 - see Records
        async with self._database.transaction(EVERYBODY) as session:
            row = await session.get(ApiKeyRow, id)
            if row is None:
                return False
            row.revoked_at = row.revoked_at or datetime.now(UTC)
            return True

    async def backlog(self) -> tuple[int, float]:
        async with self._database.transaction(EVERYBODY) as session:
            return await outbox.backlog(session)

    async def ping(self) -> None:
        await self._database.ping()

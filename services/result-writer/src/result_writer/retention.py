"""What goes for good: deleted and expired jobs.

Objects go before rows: whoever dies in between does it again. Two removers share the work.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

import structlog

from result_writer.settings import SERVICE
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.job import JobDeleted
from scribeline.storage import events, followers, idempotency, keys, removal, uploads
from scribeline.storage.database import Database
from scribeline.storage.jobs import announce
from scribeline.storage.models import JobRow
from scribeline.storage.objects import ObjectStore, Unfinished
from scribeline.telemetry.metrics.results import STALE_UPLOADS_ABORTED

AT_ONCE = 500
"""Jobs removed before it is asked again whether to stop."""
LOOK_SECONDS = 1.0
"""How soon a deleted job is gone."""
EXPIRY_SECONDS = 60.0
"""How often it is asked whose time is over: that looks at every job."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Retention:
    """`run(stop)` removes until stopped."""

    database: Database
    store: ObjectStore
    committed: Callable[[], None]
    """Called after each commit that left something to send."""
    keep_days: int | None = None
    """Of jobs whose tenant and client say nothing; None keeps them."""

    async def run(self, stop: asyncio.Event) -> None:
        asked = float("-inf")
        while not stop.is_set():
            due: list[Callable[[], Awaitable[object]]] = [self.remove_deleted]
            if monotonic() - asked >= EXPIRY_SECONDS:
                due, asked = [self.expire, *due, self.end_uploads], monotonic()
            for remove in due:  # each by itself: what the store refuses to one stops no other
                try:
                    await remove()
                except DependencyDown as down:
                    log.warning("nothing is removed now", dependency=down.dependency, reason=str(down))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_SECONDS)

    async def expire(self) -> None:
        """Whose time is over counts as deleted from now on. Raises DependencyDown."""
        async with self.database.transaction() as session:
            await removal.mark_expired(session, self.keep_days)
            await idempotency.forget(session)
            await events.forget_before(session, await session.clock() - events.KEPT)

    async def end_uploads(self) -> None:
        """Give up uploads in parts that became no job in their time. Where the parts were joined and the job
        was not committed, the sweep removes the recording: it minds a restored database. Raises
        DependencyDown."""
        for _ in range(AT_ONCE):
            async with self.database.transaction() as session:
                row = await uploads.next_overdue(session)
                if row is None:
                    return
                await self.store.abort(Unfinished(row.key, row.store_id, row.created_at))
                await session.delete(row)
            STALE_UPLOADS_ABORTED.inc()
            log.info("upload expired", upload=str(row.id), tenant=row.tenant)

    async def remove_deleted(self) -> int:
        """Remove what is deleted and has ended; returns how many jobs are gone. Raises DependencyDown."""
        for _ in range(AT_ONCE):
            if not await self._wipe_one():
                break
        for gone in range(AT_ONCE):
            if not await self._forget_one():
                return gone
        return AT_ONCE

    async def _wipe_one(self) -> bool:
        """The recording; the cancel marker stays, so that nothing of the job is begun any more."""
        async with self.database.transaction() as session:
            job = await removal.next_to_wipe(session)
            if job is not None:
                await self.store.remove(_and_source(keys.recordings_of(job.tenant, job.id, job.run), job))
                job.wiped_at = await session.clock()
        return job is not None

    async def _forget_one(self) -> bool:
        async with self.database.transaction() as session:
            job = await removal.next_to_forget(session)
            if job is None:
                return False
            # Once more: a worker that was at it when it was cancelled may have written since.
            await self.store.remove(_and_source(keys.all_of(job.tenant, job.id, job.run), job))
            await events.forget(session, [job.id])
            announce(session, job, JobDeleted, source=SERVICE)
            await followers.wake(session, [job.id], source=SERVICE)
            await session.delete(job)
        log.info("removed", job=str(job.id), tenant=job.tenant)
        self.committed()
        return True


def _and_source(found: Sequence[str], job: JobRow) -> list[str]:
    """An upload in parts lies in a folder of its own."""
    return list(dict.fromkeys([*found, job.source_key]))

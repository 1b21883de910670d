"""What a crash leaves in the bucket: recordings whose job was never committed, and unfinished uploads.

The bucket is read by folders, tenants and then jobs, a page at a time, and each page is one question to the
database. Nothing is locked: two writers that sweep at once do the same twice, and removing is no error then.

A recording is removed only if two clocks say that it is old: the gateway's, in its job's id, and the
store's. Where that tells of the last byte, an upload that took days is safe in the moment between its end and
its commit; S3 itself tells when an upload of parts began.
An upload that goes on for longer than the age is ended, and its client told so: nothing was promised yet.
What a client sends in parts of its own, straight to the store, has a time of its own, which is kept.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from result_writer.orphans import Decision, Guard, Orphan, begun_at
from scribeline.contracts.failures import DependencyDown
from scribeline.storage import keys, orphans, uploads
from scribeline.storage.database import Database
from scribeline.storage.objects import ObjectStore, Unfinished
from scribeline.telemetry.metrics.results import ORPHANS_REMOVED, STALE_UPLOADS_ABORTED, SWEEPS

FIRST_SECONDS = 300.0
"""Before the first round: what restarts has more urgent work."""
EVERY_SECONDS = 3600.0
AT_ONCE = 500
"""Jobs that the database is asked about in one question."""
MOST = 1000
"""Orphans of one round; the next one goes on at once."""

log = structlog.get_logger(__name__)


@dataclass
class Seen:
    """What a round has found so far."""

    jobs: int = 0
    foreign: int = 0
    """Names that are none of ours, and never touched."""
    orphans: list[Orphan] = field(default_factory=list)


@dataclass(frozen=True)
class Sweep:
    """`run(stop)` sweeps until stopped. One round after the other, each with a call or two at a time."""

    database: Database
    store: ObjectStore
    age: timedelta
    """Younger ones may still be at it."""
    guard: Guard = field(default_factory=Guard)
    first: float = FIRST_SECONDS
    every: float = EVERY_SECONDS
    """Seconds, of which up to a quarter more or less: writers drift apart."""

    async def run(self, stop: asyncio.Event) -> None:
        rounds, stopped = asyncio.ensure_future(self._rounds()), asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait([rounds, stopped], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            rounds.cancel()  # in the middle of anything: the next one begins from the start
        await asyncio.wait([rounds])
        if not rounds.cancelled():
            rounds.result()

    async def _rounds(self) -> None:
        await asyncio.sleep(_about(self.first))
        while True:
            more = False
            try:
                more = await self.round()
            except DependencyDown as down:
                SWEEPS.labels("failed").inc()
                log.warning("nothing is swept now", dependency=down.dependency, reason=str(down))
            if not more:
                await asyncio.sleep(_about(self.every))

    async def round(self) -> bool:
        """Sweep once; whether there is more to remove at once. Raises DependencyDown, half done or not."""
        async with self.database.transaction() as session:
            before = await session.clock() - self.age
        seen = await self._look(before)
        decision = await self._decide(seen)
        removed = [orphan for orphan in decision.remove if await self._removed(orphan, before)]
        _tell(seen, decision, len(removed))
        await self._abort_stale_uploads(before)  # at last: not every store can list them
        SWEEPS.labels("refused" if decision.suspicion else "done").inc()
        return len(seen.orphans) >= MOST and bool(removed)

    async def _abort_stale_uploads(self, before: datetime) -> None:
        async for page in self.store.unfinished():
            old = [upload for upload in page if upload.begun < before and keys.job_of(upload.key)]
            for upload in await self._nobodys(old):
                await self.store.abort(upload)
                STALE_UPLOADS_ABORTED.inc()
                log.info("stale upload aborted", key=upload.key, begun=upload.begun.isoformat())

    async def _nobodys(self, found: Sequence[Unfinished]) -> list[Unfinished]:
        """Without those whose parts clients send: they have their own time, and are ended by `Retention`."""
        ids = {upload.id: owner[1] for upload in found if (owner := keys.job_of(upload.key))}
        async with self.database.transaction() as session:
            clients = await uploads.with_row(session, ids.values())
        return [upload for upload in found if ids[upload.id] not in clients]

    async def _look(self, before: datetime) -> Seen:
        seen = Seen()
        async for names in self._folders(seen):
            jobs = [found for name in names if (found := keys.job_of(name))]
            seen.jobs += len(jobs)
            seen.foreign += len(names) - len(jobs)
            for orphan in await self._without_row([Orphan(*job) for job in jobs], before):
                if await self._old_objects(orphan, before):
                    seen.orphans.append(orphan)
                if len(seen.orphans) == MOST:
                    return seen
        return seen

    async def _folders(self, seen: Seen) -> AsyncIterator[Sequence[str]]:
        """Names below each tenant's folder, some `AT_ONCE` at a time."""
        async for tenants in self.store.names(""):
            for tenant in tenants:
                if not keys.is_tenants(tenant):
                    seen.foreign += 1
                    continue
                async for names in self.store.names(tenant):
                    for start in range(0, len(names), AT_ONCE):
                        yield names[start : start + AT_ONCE]

    async def _without_row(self, found: Sequence[Orphan], before: datetime) -> list[Orphan]:
        """Those that are old enough and have no row."""
        old = [orphan for orphan in found if begun_at(orphan.job) < before]
        if not old:
            return []
        async with self.database.transaction() as session:
            there = await orphans.with_row(session, [orphan.job for orphan in old])
        return [orphan for orphan in old if orphan.job not in there]

    async def _old_objects(self, orphan: Orphan, before: datetime) -> list[str]:
        """Everything it holds; nothing, as long as any of it is young. An empty folder goes at once: a store
        on a file system keeps those of jobs that were deleted."""
        folder = keys.prefix(orphan.tenant, orphan.job)
        found = [stored async for page in self.store.objects_below(folder) for stored in page]
        if not found:
            await self.store.remove_folder(folder)
        return [stored.key for stored in found] if all(one.modified < before for one in found) else []

    async def _decide(self, seen: Seen) -> Decision:
        async with self.database.transaction() as session:
            newest = await orphans.newest(session)
            preceding = await orphans.preceding(session, [orphan.job for orphan in seen.orphans])
        return self.guard.decide(seen.orphans, looked_at=seen.jobs, newest=newest, preceding=preceding)

    async def _removed(self, orphan: Orphan, before: datetime) -> bool:
        """Remove it, after one more look at whether it is one."""
        old = await self._old_objects(orphan, before)
        if not old or not await self._without_row([orphan], before):
            return False
        await self.store.remove(old)
        await self.store.remove_folder(keys.prefix(orphan.tenant, orphan.job))
        ORPHANS_REMOVED.inc()
        log.info("orphan removed", tenant=orphan.tenant, job=str(orphan.job), objects=len(old))
        return True


def _about(seconds: float) -> float:
    return seconds * random.uniform(0.75, 1.25)  # noqa: S311 - no secret


def _tell(seen: Seen, decision: Decision, removed: int) -> None:
    counts = {"jobs": seen.jobs, "foreign": seen.foreign, "removed": removed, "kept": decision.kept}
    if decision.suspicion is None:
        log.info("swept", **counts)
        return
    youngest = max(begun_at(orphan.job) for orphan in seen.orphans)
    until = (youngest + timedelta(seconds=1)).isoformat(timespec="seconds")
    log.error(
        "recordings without a job are kept: is this database older than the bucket, or another one's?",
        reason=decision.suspicion,
        to_remove_them=f"SCRIBELINE_SWEEP_CONFIRMED={until}",
        **counts,
    )

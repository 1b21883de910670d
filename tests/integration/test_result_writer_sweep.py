"""What a crash leaves in the bucket goes, and nothing else: real S3 server, real database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from minio.deleteobjects import DeleteObject
from sqlalchemy import text
from structlog.testing import capture_logs
from uuid_utils.compat import uuid4, uuid7
from yarl import URL

from result_writer.orphans import Guard
from result_writer.settings import WriterSettings
from result_writer.sweep import Sweep
from scribeline.contracts.failures import DependencyDown
from scribeline.storage import keys
from scribeline.storage.database import Database
from scribeline.storage.objects import Stored
from scribeline.storage.s3 import S3Store
from tests.support import databases
from tests.support.births import born
from tests.support.buckets import of, open_uploads, orphan, recording, stored
from tests.support.roles import as_writer
from tests.support.scrapes import sample
from tests.support.servers import Servers
from tests.support.stores import MemoryStore

DAY = timedelta(days=1)
AT_ONCE = timedelta(0)
MIB = 2**20


def days_ago(days: float) -> UUID:
    """The id of a job whose upload began so long ago."""
    return UUID(int=uuid7().int - (round(days * 86_400_000) << 80))


async def test_recordings_without_a_job_go_and_everything_of_a_job_stays(
    bucket: S3Store, database: Database
) -> None:
    first = await recording(bucket, await born(database))
    await orphan(bucket)
    await orphan(bucket, tenant="tenant-without-any-job")
    last = await recording(bucket, await born(database, tenant="other"))
    before = sample("scribeline_orphans_removed_total")
    await Sweep(as_writer(database), bucket, AT_ONCE).round()
    assert sample("scribeline_orphans_removed_total") == before + 2
    assert await stored(bucket) == of(first, last)
    folders = [name async for page in bucket.names("acme/") for name in page]
    assert folders == [keys.prefix("acme", first.id)]


async def test_jobs_keep_their_recordings_whatever_became_of_them(
    bucket: S3Store, database: Database
) -> None:
    jobs = [await recording(bucket, await born(database)) for _ in range(4)]
    async with database.transaction() as session:
        for job, change in zip(
            jobs,
            (
                "status = 'cancelled', finished_at = now()",
                "status = 'failed', finished_at = now()",
                "deleted_at = now()",
                "status = 'cancelled', deleted_at = now(), wiped_at = now()",
            ),
            strict=True,
        ):
            await session.run(text(f"UPDATE job SET {change} WHERE id = :id"), {"id": job.id})
    await Sweep(as_writer(database), bucket, AT_ONCE).round()
    assert await stored(bucket) == of(*jobs)


async def test_what_is_not_ours_is_never_touched(bucket: S3Store, database: Database) -> None:
    foreign = {"notes.txt", "acme/readme", f"acme/{uuid4()}/source", f"Backups/{uuid7()}/source", "a/b/c/d"}
    for key in foreign:
        await bucket.put(key, b"x")
    upload = await bucket.upload("backups/of-somebody-else", "audio/wav")
    await upload.write(bytes(9 * MIB))
    job = await recording(bucket, await born(database))
    with capture_logs() as told:
        await Sweep(as_writer(database), bucket, AT_ONCE).round()
    assert await stored(bucket) == foreign | of(job)
    assert await open_uploads(bucket) == {"backups/of-somebody-else"}
    [swept] = [line for line in told if line["event"] == "swept"]
    assert (swept["jobs"], swept["foreign"]) == (1, 5)
    await upload.abort()


async def test_a_recording_that_is_young_by_either_clock_stays(bucket: S3Store, database: Database) -> None:
    begun_now = await orphan(bucket)
    slow = await orphan(bucket, id_=days_ago(3))  # its last byte came just now, and its commit may follow
    await born(database)
    await Sweep(as_writer(database), bucket, DAY).round()
    assert await stored(bucket) == {begun_now, slow}


async def test_a_store_whose_clock_is_wrong_costs_no_recording_under_way(database: Database) -> None:
    key = keys.source("acme", uuid7())
    store = MemoryStore({key: b"x"})
    store.made -= 3 * DAY
    await born(database)
    await Sweep(as_writer(database), store, DAY).round()
    assert set(store.objects) == {key}


async def test_an_upload_that_takes_longer_than_the_age_is_refused_instead_of_half_stored(
    bucket: S3Store, database: Database
) -> None:
    key = keys.source("acme", uuid7())
    upload = await bucket.upload(key, "audio/wav")
    await upload.write(bytes(40 * MIB))  # so much that its first parts have arrived
    await Sweep(as_writer(database), bucket, AT_ONCE).round()
    with pytest.raises(DependencyDown, match="store"):
        await upload.complete()
    await upload.abort()
    assert await stored(bucket) == set()


async def test_a_database_restored_from_a_backup_costs_no_recording(
    servers: Servers,
    bucket: S3Store,
    database: Database,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = [await recording(bucket, await born(database)) for _ in range(3)]
    await database.close()
    backup = f"backup_{uuid4().hex[:8]}"
    await databases.create(servers.database_url, backup, template=URL(database_url).path.strip("/"))
    lost = [await recording(bucket, await born(database)) for _ in range(4)]
    restored = Database(databases.named(servers.database_url, backup))
    sweep = Sweep(as_writer(restored), bucket, AT_ONCE)
    refused = sample('scribeline_sweeps_total{outcome="refused"}')
    try:
        with capture_logs() as told:
            await sweep.round()
            kept.append(await recording(bucket, await born(restored)))
            await sweep.round()
        assert await stored(bucket) == of(*kept, *lost)
        assert sample('scribeline_sweeps_total{outcome="refused"}') == refused + 2
        errors = [line for line in told if line["log_level"] == "error"]
        assert [line["kept"] for line in errors] == [4, 4]

        name, _, moment = errors[-1]["to_remove_them"].partition("=")
        monkeypatch.setenv(name, moment)
        confirmed = Guard(confirmed=WriterSettings().sweep_confirmed)
        await Sweep(as_writer(restored), bucket, AT_ONCE, confirmed).round()
        assert await stored(bucket) == of(*kept)
    finally:
        await restored.close()
        await databases.drop(servers.database_url, backup)


async def test_another_database_than_the_buckets_removes_nothing(bucket: S3Store, database: Database) -> None:
    there = {await orphan(bucket) for _ in range(3)}
    await Sweep(as_writer(database), bucket, AT_ONCE).round()
    assert await stored(bucket) == there


async def test_two_writers_that_sweep_at_once_do_no_harm(bucket: S3Store, database: Database) -> None:
    jobs = []
    for _ in range(15):
        await orphan(bucket)
        jobs.append(await recording(bucket, await born(database)))
    sweeps = [Sweep(as_writer(database), bucket, AT_ONCE) for _ in range(2)]
    await asyncio.gather(*(sweep.round() for sweep in sweeps))
    assert await stored(bucket) == of(*jobs)


class LateCommit(MemoryStore):
    """A store in which a job's row is committed after its recording was looked at for the first time."""

    def __init__(self, database: Database, id_: UUID) -> None:
        super().__init__({keys.source("acme", id_): b"x"})
        self.database, self.id, self.looks = database, id_, 0

    async def objects_below(self, prefix: str) -> AsyncIterator[Sequence[Stored]]:
        async for page in super().objects_below(prefix):
            yield page
        self.looks += 1
        if self.looks == 1:
            await born(self.database, id=self.id)


async def test_a_job_that_is_committed_while_it_is_looked_at_keeps_its_recording(database: Database) -> None:
    id_ = uuid7()
    await born(database)
    late = LateCommit(database, id_)
    await Sweep(as_writer(database), late, AT_ONCE).round()
    assert late.looks == 2
    assert set(late.objects) == {keys.source("acme", id_)}


async def test_empty_folders_of_jobs_that_are_gone_go_too(bucket: S3Store, database: Database) -> None:
    left = await orphan(bucket)
    assert list(bucket._client.remove_objects(bucket.bucket, [DeleteObject(left)])) == []
    await orphan(bucket)
    job = await recording(bucket, await born(database))
    await Sweep(as_writer(database), bucket, AT_ONCE).round()
    assert [name async for page in bucket.names("acme/") for name in page] == [keys.prefix("acme", job.id)]

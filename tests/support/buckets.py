"""A bucket of a test's own, and what lies in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

from uuid_utils.compat import uuid7

from scribeline.storage import keys
from scribeline.storage.models import JobRow
from scribeline.storage.s3 import S3Store


@contextmanager
def own_bucket(store: S3Store, **settings: object) -> Iterator[S3Store]:
    """The same server with a bucket that nobody else uses; it is not made yet."""
    own = S3Store(store.settings.model_copy(update={"s3_bucket": f"b{uuid4().hex[:20]}", **settings}))
    yield own
    own.close()


async def stored(store: S3Store) -> set[str]:
    return {found.key async for page in store.objects_below("") for found in page}


async def open_uploads(store: S3Store) -> set[str]:
    return {upload.key async for page in store.unfinished() for upload in page}


async def abort_all(store: S3Store) -> None:
    """No other test finds what is still open."""
    async for page in store.unfinished():
        for upload in page:
            await store.abort(upload)


async def recording(bucket: S3Store, job: JobRow) -> JobRow:
    """Everything a job can have in the store."""
    for key in keys.all_of(job.tenant, job.id, job.run):
        await bucket.put(key, b"x")
    return job


async def orphan(bucket: S3Store, tenant: str = "acme", id_: UUID | None = None) -> str:
    """A recording whose gateway died before the commit; its key."""
    key = keys.source(tenant, id_ or uuid7())
    await bucket.put(key, b"x")
    return key


def of(*jobs: JobRow) -> set[str]:
    return {key for job in jobs for key in keys.all_of(job.tenant, job.id, job.run)}

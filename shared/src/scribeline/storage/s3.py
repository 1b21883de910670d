"""The object store on the minio client (MinIO or any other S3), in threads of its own."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, BinaryIO

import urllib3
from minio.deleteobjects import DeleteObject
from minio.error import S3Error

from scribeline.contracts.failures import DependencyDown, Fail
from scribeline.settings import StoreSettings
from scribeline.storage.objects import ObjectInfo, Stored, StoredPart, Unfinished, Upload
from scribeline.storage.s3_client import THREADS, client, pool
from scribeline.storage.s3_errors import GONE, translated
from scribeline.storage.s3_listing import Listing, pages
from scribeline.storage.s3_multipart import ObjectWriter
from scribeline.storage.s3_upload import PART_BYTES, S3Upload

BLOCK = 2**20
"""Bytes that are copied at a time between a file and the store."""
MANY_PARTS = 100
"""Parts above which a file of known size is cut into larger ones: deleting an object frees its parts, and
the S3 server of the local stack frees about 100 at a time."""
LARGEST_PART = 16 * 2**20


class S3Store:
    """Implements `ObjectStore`. Needs no running event loop to be made; `close()` when done."""

    def __init__(self, settings: StoreSettings, *, part_bytes: int = PART_BYTES) -> None:
        self.settings = settings
        self.bucket = settings.s3_bucket
        self._part_bytes = part_bytes
        self._http = pool(settings, read_seconds=30.0, retries=3)
        self._client = client(settings, self._http)
        self._listing = Listing(self._client, self._http, settings)
        self._prober = client(settings, pool(settings, read_seconds=5.0, retries=0))
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store")
        # A store that hangs holds every thread; the probe must still be able to say so.
        self._probe_thread = ThreadPoolExecutor(1, thread_name_prefix="store-probe")

    def _run(self, work: Callable[..., Any], *arguments: object) -> "asyncio.Future[Any]":
        return asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    async def stat(self, key: str) -> ObjectInfo | None:
        """None when there is no such object."""
        return await self._run(self._stat, key)  # type: ignore[no-any-return]  # futures carry Any

    def _stat(self, key: str) -> ObjectInfo | None:
        try:
            with translated():
                return ObjectInfo(key, self._client.stat_object(self.bucket, key).size or 0)
        except Fail:
            return None

    async def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """Bytes [start, start + length), shorter at the object's end. Raises Fail(AUDIO_MISSING)."""
        if start < 0 or (length is not None and length < 0):
            raise ValueError("a range starts at 0 or later and is not negative")
        file = io.BytesIO()
        await self._run(self._copy, key, file, start, length)
        return file.getvalue()

    async def download(self, key: str, file: BinaryIO) -> int:
        """Copy an object into an open file; returns its bytes. After a failure the file holds a part."""
        return await self._run(self._copy, key, file, 0, None)  # type: ignore[no-any-return]  # see stat

    def _copy(self, key: str, file: BinaryIO, start: int, length: int | None) -> int:
        if length == 0:
            return 0
        copied = 0
        with translated():
            try:
                reply = self._client.get_object(self.bucket, key, offset=start, length=length or 0)
            except S3Error as error:
                if error.code == "InvalidRange":  # begins at the object's end, or behind it
                    return 0
                raise
        try:
            while block := self._block(reply):
                file.write(block)
                copied += len(block)
            reply.release_conn()
        finally:
            reply.close()
        return copied

    @staticmethod
    def _block(reply: urllib3.BaseHTTPResponse) -> bytes:
        with translated():
            return reply.read(BLOCK)

    async def put(self, key: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        """Write a small object."""
        await self._run(self._writer(key).put, data, content_type)

    async def put_file(self, key: str, file: BinaryIO, size: int, content_type: str) -> None:
        """Write an open file of `size` bytes from its start, in parts. Raises ValueError on another size."""
        part_bytes = min(max(self._part_bytes, -(-size // MANY_PARTS)), LARGEST_PART)
        upload = S3Upload(key, content_type, writer=self._writer(key), run=self._run, part_bytes=part_bytes)
        try:
            await self._fill(upload, file, size)
            await upload.complete()
        except BaseException:
            await upload.abort()
            raise

    async def _fill(self, upload: Upload, file: BinaryIO, size: int) -> None:
        await self._run(file.seek, 0)
        copied = 0
        while block := await self._run(file.read, BLOCK):
            await upload.write(block)
            copied += len(block)
        if copied != size:
            raise ValueError(f"the file has {copied} bytes, not {size}")

    async def upload(self, key: str, content_type: str) -> Upload:
        """Begin a streamed upload of unknown length."""
        return S3Upload(
            key, content_type, writer=self._writer(key), run=self._run, part_bytes=self._part_bytes
        )

    def _writer(self, key: str) -> ObjectWriter:
        return ObjectWriter(self._client, self._http, self.bucket, key)

    async def remove(self, keys: Sequence[str]) -> None:
        """Remove objects; those that are not there are no error."""
        if keys:
            await self._run(self._remove, list(keys))

    def _remove(self, keys: list[str]) -> None:
        with translated():
            errors = list(self._client.remove_objects(self.bucket, [DeleteObject(key) for key in keys]))
        left = [error for error in errors if error.code not in GONE]
        if left:
            raise DependencyDown("store", f"{len(left)} objects not removed: {left[0].code}")

    async def remove_folder(self, name: str) -> None:
        """Remove what a store on a file system keeps of an empty folder ("x/"), and of those it lies in.

        Its own call, because the S3 server of the local stack refuses what is written into one of them at
        that very moment: so not after each object, but once everything has long been silent.
        """
        with suppress(Fail):
            await self._run(self._remove_folder, name)

    def _remove_folder(self, name: str) -> None:
        with translated():
            self._client.remove_object(self.bucket, name)

    def names(self, prefix: str) -> AsyncIterator[Sequence[str]]:
        """What lies directly below a prefix, in pages: objects, and folders with a "/" at their end."""
        return pages(self._run, self._listing.names(prefix))

    def objects_below(self, prefix: str) -> AsyncIterator[Sequence[Stored]]:
        """Every object below a prefix, in pages."""
        return pages(self._run, self._listing.objects(prefix))

    def unfinished(self) -> AsyncIterator[Sequence[Unfinished]]:
        """Every multipart upload that has not ended, in pages; see `s3_listing` for who lists them."""
        return pages(self._run, self._listing.unfinished())

    async def abort(self, upload: Unfinished) -> None:
        """End it and free its parts: it can never be completed. One that has ended is no error."""
        await self._run(self._writer(upload.key).abort, upload.id)

    async def begin_parts(self, key: str, content_type: str) -> str:
        """Begin an upload whose parts come from elsewhere; returns the store's name for it."""
        return await self._run(self._writer(key).begin, content_type)  # type: ignore[no-any-return]  # see stat

    async def parts(self, key: str, upload: str) -> list[StoredPart] | None:
        """The parts that are there, by number; None when the upload was joined or aborted."""
        return await self._run(self._writer(key).parts, upload)  # type: ignore[no-any-return]  # see stat

    async def join(self, key: str, upload: str, parts: Sequence[StoredPart]) -> bool:
        """Make the object of these parts, durably. False when one of them is another now, or the upload was
        joined or aborted."""
        return await self._run(self._writer(key).join, upload, parts)  # type: ignore[no-any-return]  # see stat

    async def ensure_bucket(self) -> None:
        """Make the bucket when it is not there."""
        await self._run(self._ensure_bucket)

    def _ensure_bucket(self) -> None:
        with translated():
            if not self._client.bucket_exists(self.bucket):
                try:
                    self._client.make_bucket(self.bucket)
                except S3Error as error:
                    if error.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                        raise

    async def ping(self) -> None:
        """Bucket and credentials are good, within seconds. Raises DependencyDown("store")."""
        await asyncio.get_running_loop().run_in_executor(self._probe_thread, self._ping)

    def _ping(self) -> None:
        with translated():
            if not self._prober.bucket_exists(self.bucket):
                raise DependencyDown("store", f"there is no bucket {self.bucket!r}")

    def close(self) -> None:
        """Give up what has not begun; connections close when their last call ends."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._probe_thread.shutdown(wait=False, cancel_futures=True)
        self._http.clear()

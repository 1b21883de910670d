"""A streamed upload: parts go out in threads while the next one fills."""

import asyncio
import mmap
from collections.abc import Callable
from typing import Any, Protocol

from scribeline.contracts.failures import DependencyDown
from scribeline.storage.objects import ObjectInfo

PART_BYTES = 8 * 2**20
"""Size of every part but the last. Equal sizes, as some S3 servers demand; 5 MiB is S3's least."""
IN_FLIGHT = 2
"""Parts under way while the next one fills: at most three are in memory."""

Run = Callable[..., "asyncio.Future[Any]"]
"""Runs a blocking function with its arguments in a thread of the store's executor."""


class Writer(Protocol):
    """The blocking calls that write one object: see `s3_multipart.ObjectWriter`."""

    def put(self, data: bytes | memoryview, content_type: str) -> None: ...
    def remove(self) -> None: ...
    def begin(self, content_type: str) -> str: ...
    def put_part(self, upload: str, number: int, data: bytes | memoryview) -> str: ...
    def complete(self, upload: str, etags: list[str]) -> None: ...
    def abort(self, upload: str) -> None: ...


class S3Upload:
    """Implements `Upload`. What fits into one part is one plain put at the end: nothing to abort before.

    No thread's future is ever cancelled or forgotten, so that `abort` can wait for every one of them.
    """

    def __init__(
        self, key: str, content_type: str, *, writer: Writer, run: Run, part_bytes: int = PART_BYTES
    ) -> None:
        self._key = key
        self._content_type = content_type
        self._writer = writer
        self._run = run
        self._part_bytes = part_bytes
        self._buffer: mmap.mmap | None = None
        self._filled = 0
        self._spare: list[mmap.mmap] = []
        self._under_way: dict[asyncio.Future[str], mmap.mmap] = {}
        self._bytes = 0
        self._begun: asyncio.Future[str] | None = None
        self._parts: list[asyncio.Future[str]] = []
        self._completed: asyncio.Future[None] | None = None

    async def write(self, data: bytes) -> None:
        """Append; returns once there is room for more. Raises DependencyDown("store")."""
        view = memoryview(data)
        while view:
            taken = min(len(view), self._part_bytes - self._filled)
            self._room()[self._filled : self._filled + taken] = view[:taken]
            self._filled += taken
            view = view[taken:]
            if self._filled == self._part_bytes:
                await self._send()
        self._bytes += len(data)

    async def complete(self) -> ObjectInfo:
        """Make the object visible, durably. Raises DependencyDown("store")."""
        if self._begun is None:
            self._completed = self._run(self._writer.put, self._content(), self._content_type)
        else:
            if self._filled:
                await self._send()
            await asyncio.wait(self._parts)
            etags = [part.result() for part in self._parts]
            self._completed = self._run(self._writer.complete, self._begun.result(), etags)
        await asyncio.shield(self._completed)
        return ObjectInfo(self._key, self._bytes)

    async def abort(self) -> None:
        """Leave nothing behind; never raises, and does nothing after a successful complete()."""
        await asyncio.shield(asyncio.ensure_future(self._abort()))

    async def _abort(self) -> None:
        # A part that lands after the abort would stay in the store, so all of them are waited for first.
        begun, completed = self._begun, self._completed
        under_way = [f for f in (begun, completed, *self._parts) if f is not None]
        await asyncio.gather(*under_way, return_exceptions=True)
        if completed is not None and completed.exception() is None:
            return
        self._buffer = None
        self._spare.clear()
        self._under_way.clear()
        try:
            if begun is not None and begun.exception() is None:
                await self._run(self._writer.abort, begun.result())
            if completed is not None:
                await self._run(self._writer.remove)  # it may have succeeded unheard
        except DependencyDown:
            return  # the sweep of stale uploads finds what is left

    async def _send(self) -> None:
        """Hand the buffer over as the next part; waits for a place, and tells of a part that failed."""
        if self._begun is None:
            self._begun = self._run(self._writer.begin, self._content_type)
        upload = await asyncio.shield(self._begun)
        while len(self._under_way) >= IN_FLIGHT:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            self._reuse()
        self._reuse()
        part = self._run(self._writer.put_part, upload, len(self._parts) + 1, self._content())
        self._parts.append(part)
        self._under_way[part] = self._room()
        self._buffer, self._filled = None, 0

    def _reuse(self) -> None:
        """Take back the buffers of parts that are done. Raises what a part raised."""
        for part in [part for part in self._under_way if part.done()]:
            self._spare.append(self._under_way.pop(part))
            part.result()

    def _room(self) -> mmap.mmap:
        """The buffer being filled. Mapped and used again, because malloc keeps what it frees of this size."""
        if self._buffer is None:
            self._buffer = self._spare.pop() if self._spare else mmap.mmap(-1, self._part_bytes)
        return self._buffer

    def _content(self) -> memoryview:
        return memoryview(self._room())[: self._filled]

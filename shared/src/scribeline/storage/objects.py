"""The object store behind a small protocol, so that handlers and tests need no S3."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol


@dataclass(frozen=True)
class ObjectInfo:
    key: str
    bytes: int


@dataclass(frozen=True)
class Stored:
    """An object as it is listed."""

    key: str
    modified: datetime
    """When its last byte was there, by the store's clock."""


@dataclass(frozen=True)
class Unfinished:
    """A multipart upload that was begun, and neither completed nor aborted."""

    key: str
    id: str
    begun: datetime
    """By the store's clock."""


@dataclass(frozen=True)
class StoredPart:
    """A part of an upload, as the store lists it."""

    number: int
    """From 1."""
    bytes: int
    etag: str
    """With its quotes."""


class Upload(Protocol):
    """A multipart upload in progress. Never holds more than the parts in flight in memory."""

    async def write(self, data: bytes) -> None:
        """Append; returns once there is room for more. Raises DependencyDown("store")."""

    async def complete(self) -> ObjectInfo:
        """Make the object visible, durably. Raises DependencyDown("store")."""

    async def abort(self) -> None:
        """Leave nothing behind: waits for the parts in flight first. Never raises; safe after complete()."""


class ObjectStore(Protocol):
    """Every method runs off the event loop and raises DependencyDown("store") when the store is away."""

    async def stat(self, key: str) -> ObjectInfo | None:
        """None when there is no such object."""

    async def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """Bytes [start, start + length) of an object. Raises Fail(AUDIO_MISSING) when it is gone."""

    async def download(self, key: str, file: BinaryIO) -> int:
        """Copy an object into an open file, in bounded memory; returns its bytes. Raises as read()."""

    async def put(self, key: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        """Write a small object."""

    async def put_file(self, key: str, file: BinaryIO, size: int, content_type: str) -> None:
        """Write an open file of `size` bytes from its start, in parts."""

    async def upload(self, key: str, content_type: str) -> Upload:
        """Begin a streamed upload of unknown length."""

    async def remove(self, keys: Sequence[str]) -> None:
        """Remove objects; those that are not there are no error."""

    async def remove_folder(self, name: str) -> None:
        """Remove what a store on a file system keeps of a folder ("x/") once it is empty; else do nothing."""

    def names(self, prefix: str) -> AsyncIterator[Sequence[str]]:
        """What lies directly below a prefix, in pages: objects, and folders with a "/" at their end."""

    def objects_below(self, prefix: str) -> AsyncIterator[Sequence[Stored]]:
        """Every object below a prefix, in pages."""

    def unfinished(self) -> AsyncIterator[Sequence[Unfinished]]:
        """Every multipart upload that has not ended, in pages, as far as the store lists them."""

    async def abort(self, upload: Unfinished) -> None:
        """End it and free its parts: it can never be completed. One that has ended is no error."""

    async def begin_parts(self, key: str, content_type: str) -> str:
        """Begin an upload whose parts come from elsewhere; returns the store's name for it."""

    async def parts(self, key: str, upload: str) -> list[StoredPart] | None:
        """The parts that are there, by number; None when the upload was joined or aborted."""

    async def join(self, key: str, upload: str, parts: Sequence[StoredPart]) -> bool:
        """Make the object of these parts, durably. False when one of them is another now, or the upload was
        joined or aborted."""

    async def ping(self) -> None:
        """Cheap liveness check of bucket and credentials."""

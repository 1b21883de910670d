"""An object store in a dictionary. It passes the same contract as the real one."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from hashlib import md5
from typing import BinaryIO
from uuid import uuid4

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown, Fail
from scribeline.storage.objects import ObjectInfo, Stored, StoredPart, Unfinished, Upload


class MemoryUpload:
    """Implements `Upload`: nothing is in the store before it is complete."""

    def __init__(self, store: "MemoryStore", key: str) -> None:
        self._store = store
        self._key = key
        self._data = bytearray()
        self.listed = Unfinished(key, str(uuid4()), datetime.now(UTC))

    async def write(self, data: bytes) -> None:
        self._store.check()
        self._data += data

    async def complete(self) -> ObjectInfo:
        self._store.check()
        if self not in self._store.uploads:
            raise DependencyDown("store", "the upload was aborted")
        self._store.uploads.remove(self)
        self._store.keep(self._key, bytes(self._data))
        return ObjectInfo(self._key, len(self._data))

    async def abort(self) -> None:
        if self in self._store.uploads:
            self._store.uploads.remove(self)


class MemoryStore:
    """Implements `ObjectStore`; `objects` is what it holds, `uploads` what is begun and not ended."""

    def __init__(self, objects: dict[str, bytes] | None = None) -> None:
        self.objects = {} if objects is None else objects
        self.uploads: list[MemoryUpload] = []
        self.parts_of: dict[str, dict[int, bytes]] = {}
        """Those of uploads whose parts come from elsewhere."""
        self.written: dict[str, datetime] = {}
        """When, where it was not put here at the start."""
        self.made = datetime.now(UTC)
        self.down = False
        """Set it to have every call raise DependencyDown."""

    def check(self) -> None:
        if self.down:
            raise DependencyDown("store", "the test says so")

    def keep(self, key: str, data: bytes) -> None:
        self.objects[key] = data
        self.written[key] = datetime.now(UTC)

    async def stat(self, key: str) -> ObjectInfo | None:
        self.check()
        return ObjectInfo(key, len(self.objects[key])) if key in self.objects else None

    async def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        self.check()
        if start < 0 or (length is not None and length < 0):
            raise ValueError("a range starts at 0 or later and is not negative")
        if key not in self.objects:
            raise Fail(Code.AUDIO_MISSING)
        return self.objects[key][start : None if length is None else start + length]

    async def download(self, key: str, file: BinaryIO) -> int:
        return file.write(await self.read(key))

    async def put(self, key: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        self.check()
        self.keep(key, data)

    async def put_file(self, key: str, file: BinaryIO, size: int, content_type: str) -> None:
        self.check()
        file.seek(0)
        data = file.read()
        if len(data) != size:
            raise ValueError(f"the file has {len(data)} bytes, not {size}")
        self.keep(key, data)

    async def upload(self, key: str, content_type: str) -> Upload:
        self.check()
        upload = MemoryUpload(self, key)
        self.uploads.append(upload)
        return upload

    async def remove(self, keys: Sequence[str]) -> None:
        self.check()
        for key in keys:
            self.objects.pop(key, None)

    async def remove_folder(self, name: str) -> None:
        self.check()

    async def names(self, prefix: str) -> AsyncIterator[Sequence[str]]:
        self.check()
        below = [key.removeprefix(prefix) for key in self.objects if key.startswith(prefix)]
        yield sorted({prefix + "".join(key.partition("/")[:2]) for key in below})

    async def objects_below(self, prefix: str) -> AsyncIterator[Sequence[Stored]]:
        self.check()
        found = [key for key in sorted(self.objects) if key.startswith(prefix)]
        yield [Stored(key, self.written.get(key, self.made)) for key in found]

    async def unfinished(self) -> AsyncIterator[Sequence[Unfinished]]:
        self.check()
        yield [upload.listed for upload in self.uploads]

    async def abort(self, upload: Unfinished) -> None:
        self.check()
        self.uploads = [one for one in self.uploads if one.listed != upload]
        self.parts_of.pop(upload.id, None)

    async def begin_parts(self, key: str, content_type: str) -> str:
        self.check()
        self.parts_of[name := str(uuid4())] = {}
        return name

    async def parts(self, key: str, upload: str) -> list[StoredPart] | None:
        self.check()
        found = self.parts_of.get(upload)
        return None if found is None else [_part(number, data) for number, data in sorted(found.items())]

    async def join(self, key: str, upload: str, parts: Sequence[StoredPart]) -> bool:
        if await self.parts(key, upload) != list(parts):
            return False
        self.keep(key, b"".join(data for _, data in sorted(self.parts_of.pop(upload).items())))
        return True

    async def ping(self) -> None:
        self.check()


def _part(number: int, data: bytes) -> StoredPart:
    return StoredPart(number, len(data), f'"{md5(data, usedforsecurity=False).hexdigest()}"')

"""An object store in a dictionary, for tests of handlers."""

from collections.abc import Sequence
from typing import BinaryIO

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.storage.objects import ObjectInfo, Upload


class MemoryStore:
    """Implements `ObjectStore`; `objects` is what it holds."""

    def __init__(self, objects: dict[str, bytes] | None = None) -> None:
        self.objects = objects or {}

    async def stat(self, key: str) -> ObjectInfo | None:
        return ObjectInfo(key, len(self.objects[key])) if key in self.objects else None

    async def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        if key not in self.objects:
            raise Fail(Code.AUDIO_MISSING)
        return self.objects[key][start : None if length is None else start + length]

    async def download(self, key: str, file: BinaryIO) -> int:
        return file.write(await self.read(key))

    async def put(self, key: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        self.objects[key] = data

    async def put_file(self, key: str, file: BinaryIO, size: int, content_type: str) -> None:
        file.seek(0)
        self.objects[key] = file.read(size)

    async def upload(self, key: str, content_type: str) -> Upload:
        raise NotImplementedError("no handler under test streams an upload")

    async def remove(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.objects.pop(key, None)

    async def ping(self) -> None:
        return None

"""A recording on its way to the server: read from where it is, in pieces, and again for another attempt."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import IO, Any, TypeAlias

Audio: TypeAlias = str | PathLike[str] | bytes | IO[bytes]
"""A path, the bytes themselves, or a binary file, which is sent from where it stands."""
File: TypeAlias = tuple[str, Any, str]
"""As httpx has it: name, content, media type."""


@dataclass(frozen=True)
class Recording:
    """A source and its name. A file that someone else opened is not closed."""

    source: Path | bytes | IO[bytes]
    filename: str

    @classmethod
    def of(cls, audio: Audio, filename: str | None = None) -> "Recording":
        """Raises TypeError for what is no recording, and ValueError for an address."""
        source = Path(fspath(audio)) if isinstance(audio, str | PathLike) else audio
        if isinstance(audio, str) and audio.lower().startswith(("http://", "https://")):
            raise ValueError("the address of a recording is given as url=")
        readable = isinstance(source, Path | bytes) or hasattr(source, "read")
        if not readable or isinstance(source, io.TextIOBase):
            raise TypeError("a recording is a path, bytes, or a file opened in binary mode")
        name = filename or (source.name if isinstance(source, Path) else _name_of(source))
        return cls(source, name.encode(errors="replace").decode())  # a name on disk may be no UTF-8

    @property
    def rewinds(self) -> bool:
        """It can be sent again."""
        return isinstance(self.source, Path | bytes) or seekable(self.source)

    @contextmanager
    def opened(self) -> Iterator[File]:
        """For all attempts of one call. Raises OSError for a file that cannot be read."""
        match self.source:
            case Path():
                with self.source.open("rb") as file:
                    yield self._as_file(file)
            case bytes():
                yield self._as_file(self.source)
            case file if seekable(file):
                yield self._as_file(_Rest(file))
            case file:
                yield self._as_file(_Once(file))

    def _as_file(self, content: Any) -> File:
        return self.filename, content, "application/octet-stream"


class _Rest:
    """A file from where it stands: that is its beginning for whoever rewinds it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._first = file.tell()

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def tell(self) -> int:
        return self._file.tell() - self._first

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset + (self._first if whence == io.SEEK_SET else 0), whence) - self._first


class _Once:
    """A stream of unknown length."""

    def __init__(self, file: IO[bytes]) -> None:
        self.read = file.read


def seekable(file: IO[bytes]) -> bool:
    ask = getattr(file, "seekable", None)
    return bool(ask and ask())


def _name_of(source: object) -> str:
    name = getattr(source, "name", None)
    return Path(name).name if isinstance(name, str) else "recording"

"""Large recordings in parts, straight to the object store: it is never sent the API key."""

import errno
import io
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import httpx2

from scribeline.client.answers import in_our_words
from scribeline.client.errors import Refused, ServerTrouble, Unreachable
from scribeline.client.uploads import Audio, Recording, seekable

BLOCK = 64 * 1024
"""Bytes in memory."""


@dataclass(frozen=True)
class Whole:
    """A recording of which any part can be read, and again."""

    source: Path | bytes | IO[bytes]
    filename: str
    first: int
    """Where it begins in the source."""
    size: int

    @classmethod
    def of(cls, audio: Audio, filename: str | None = None) -> "Whole":
        """Raises what `Recording.of` does, ValueError for a stream, and OSError."""
        recording = Recording.of(audio, filename)
        if not recording.rewinds:
            raise ValueError("a stream that cannot be rewound cannot be sent in parts")
        with _file(recording.source) as file:
            first = file.tell()
            size = file.seek(0, io.SEEK_END) - first
            file.seek(first)
        return cls(recording.source, recording.filename, first, size)

    def read(self, start: int, size: int) -> Iterator[bytes]:
        """Those bytes, a block after the other. Raises OSError."""
        with _file(self.source) as file:
            file.seek(self.first + start)
            while size > 0:
                block = file.read(min(size, BLOCK))
                if not block:
                    raise OSError(errno.EIO, "it became shorter while it was sent")
                size -= len(block)
                yield block


def _file(source: Path | bytes | IO[bytes]) -> AbstractContextManager[IO[bytes]]:
    match source:
        case Path():
            return source.open("rb")
        case bytes():
            return io.BytesIO(source)
        case file:
            assert seekable(file)  # noqa: S101 - `Whole.of` has asked
            return nullcontext(file)


@dataclass(frozen=True)
class Put:
    """Some bytes, to an address that is its own permission. They may be sent again."""

    url: str
    whole: Whole
    start: int
    size: int

    def request(self, timeout: httpx2.Timeout) -> httpx2.Request:
        """It has none of a client's own headers."""
        return httpx2.Request(
            "PUT",
            self.url,
            headers={"Content-Length": str(self.size)},
            content=self.whole.read(self.start, self.size),
            extensions={"timeout": timeout.as_dict()},
        )

    @contextmanager
    def in_words(self) -> Iterator[None]:
        """Errors of the store, without the rest of its address."""
        place = urlsplit(self.url)
        store = f"{place.scheme}://{place.hostname}" + (f":{place.port}" if place.port else "")
        try:
            with in_our_words(store):
                yield
        except Unreachable as error:
            raise Unreachable(store, error.reason or "the object store does not answer") from None


def stored(response: httpx2.Response) -> None:
    """Raises Refused."""
    if not response.is_success:
        kind = ServerTrouble if response.status_code >= 500 else Refused
        told = f"The object store answered {response.status_code} {response.reason_phrase}."
        raise kind(response.status_code, told)

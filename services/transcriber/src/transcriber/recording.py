"""What every unit does around the engine: the cancel marker, the recording in and out, the file's clock."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryFile
from typing import BinaryIO

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.contracts.transcription import AudioObject, Segment
from scribeline.storage import keys
from scribeline.storage.objects import ObjectStore

BLOCK = 2**20
CHANGED = "The recording in the object store is not the one that was uploaded."


async def is_cancelled(key_prefix: str, run: int, store: ObjectStore) -> bool:
    """Asked once before a unit's work; costs one HEAD."""
    return await store.stat(keys.cancelled(key_prefix, run)) is not None


@asynccontextmanager
async def downloaded(source: AudioObject, store: ObjectStore) -> AsyncIterator[BinaryIO]:
    """The recording in an anonymous file (below TMPDIR), gone when the context ends.

    Raises Fail: AUDIO_MISSING, also where it is another one now, and AUDIO_EMPTY. No more is written to the
    disk than the upload had.
    """
    stored = await store.stat(source.key)
    if stored is None:
        await store.ping()  # where the whole bucket is gone, it is the store's trouble
        raise Fail(Code.AUDIO_MISSING)
    if stored.bytes == 0:
        raise Fail(Code.AUDIO_EMPTY)
    if stored.bytes != source.bytes:
        raise Fail(Code.AUDIO_MISSING, CHANGED)
    with TemporaryFile() as file:
        await store.download(source.key, file)
        if source.sha256 and await asyncio.to_thread(_sha256, file) != source.sha256:
            raise Fail(Code.AUDIO_MISSING, CHANGED)
        yield file


def _sha256(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(BLOCK):
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()


def on_the_clock(
    segments: tuple[Segment, ...], start: float, speaker: str | None = None
) -> tuple[Segment, ...]:
    """Segments whose times counted from their piece, moved to where the piece starts, of whom it hears."""
    return tuple(
        segment.model_copy(
            update={
                "start": _moved(segment.start, start),
                "end": _moved(segment.end, start),
                "words": segment.words
                and tuple(
                    word.model_copy(
                        update={"start": _moved(word.start, start), "end": _moved(word.end, start)}
                    )
                    for word in segment.words
                ),
                "speaker": speaker,
            }
        )
        for segment in segments
    )


def _moved(time: float, by: float) -> float:
    return round(time + by, 3)

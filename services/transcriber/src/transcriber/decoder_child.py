"""The process that decodes one file: `python -m transcriber.decoder_child JOB`, JOB being JSON.

The media file is descriptor 0 (seekable), mono s16le goes to 1, and at the end one line of JSON to the
descriptor `status`: {"code", "stated"}. `stated` is the length in seconds that the file claims, where its
format states one. Starts for every file, so it imports little.
"""

import gc
import json
import os
import sys
from typing import Any, BinaryIO

import av
import av.subtitles.stream  # PyAV would load it with the first track, when no file can be opened any more

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from transcriber import pcm, sandbox, stated

STATUS = 3
SAMPLE_BYTES = 2
WRITE_BYTES = 1 << 18
EARLY = {"mov", "matroska", "flac"}
"""Formats whose header states the length: too long is said at once, not after ten hours of decoding."""


class Output:
    """Collects small blocks into large writes and holds the cap."""

    def __init__(self, file: BinaryIO, max_samples: int) -> None:
        self._file, self._max_bytes, self._block = file, max_samples * SAMPLE_BYTES, bytearray()
        self._bytes = 0

    @property
    def samples(self) -> int:
        return self._bytes // SAMPLE_BYTES

    def write(self, data: bytes) -> None:
        self._bytes += len(data)
        if self._bytes > self._max_bytes:
            raise Fail(Code.AUDIO_TOO_LONG)
        self._block += data
        if len(self._block) >= WRITE_BYTES:
            self.flush()

    def flush(self) -> None:
        self._file.write(self._block)
        self._file.flush()
        self._block.clear()


def decode(source: BinaryIO, out: Output, *, rate: int, max_samples: int) -> float | None:
    """Write all samples; returns the seconds that the file states. Raises Fail and MemoryError."""
    with pcm.opened(source) as container:
        stream = pcm.audio_of(container)
        names = set(container.format.name.split(","))
        declared = container.duration / av.time_base if container.duration else 0.0
        if EARLY & names and declared * rate > max_samples:
            raise Fail(Code.AUDIO_TOO_LONG)
        length = stated.seconds(container, stream)
        for block in pcm.samples(container, stream, rate):
            out.write(block)
    out.flush()
    if not out.samples:
        raise Fail(Code.AUDIO_EMPTY)
    return stated.wav_seconds(source) or length if "wav" in names else length


def verdict(source: BinaryIO, file: BinaryIO, *, rate: int, max_samples: int) -> dict[str, Any]:
    """Decode, and say how it ended. An end of the reader's interest (BrokenPipeError) goes up."""
    out = Output(file, max_samples)
    try:
        length = decode(source, out, rate=rate, max_samples=max_samples)
    except Fail as failure:
        return {"code": failure.code}
    except MemoryError:
        gc.collect()
        return {"code": Code.DECODE_LIMIT}
    return {"code": None, "stated": length}


def main(job: dict[str, Any]) -> None:
    os.dup2(job["status"], STATUS)
    os.closerange(STATUS + 1, job["status"] + 1)
    source = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115 - a descriptor for life
    out = open(1, "wb", closefd=False)  # noqa: SIM115 - the same
    sandbox.confine(memory_bytes=job["memory_bytes"], cpu_seconds=job["cpu_seconds"], descriptors=STATUS + 1)
    av.logging.set_level(None)
    said = verdict(source, out, rate=job["rate"], max_samples=job["max_samples"])
    os.write(STATUS, json.dumps(said).encode() + b"\n")


if __name__ == "__main__":
    try:
        main(json.loads(sys.argv[1]))
    except BrokenPipeError:
        # The worker has heard enough, or is gone.
        os._exit(0)

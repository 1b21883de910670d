"""Decoding somebody's file in a process of its own, seen from the worker: blocks of samples, or Fail."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import IO, BinaryIO

from pydantic import ValidationError

from scribeline.contracts.base import Frozen
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.contracts.transcription import MOST_CHANNELS, SAMPLE_RATE
from transcriber.excerpt import Excerpt
from transcriber.wav import SAMPLE_BYTES

BLOCK_BYTES = 1 << 18
PATIENCE = 4
"""Times the CPU seconds that a decoder may keep us waiting: longer, and it gets no CPU, or hangs. That is not
known to be the file's fault, so the unit is tried again."""
PIPE_BYTES = 1 << 20
"""Linux's default most for an ordinary user (fs.pipe-max-size)."""

CRASHES = {-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGFPE, -signal.SIGILL}


@dataclass(frozen=True)
class DecodeLimits:
    """What one file may cost. `max_audio_seconds` counts what is heard, all channels together; `seconds`
    are of CPU time."""

    max_audio_seconds: float = 36_060.0
    memory_bytes: int = 1 << 29
    seconds: float = 300.0

    @property
    def max_samples(self) -> int:
        return int(self.max_audio_seconds * SAMPLE_RATE)


class Verdict(Frozen):
    """What the decoder said last."""

    code: Code | None = None
    stated: float | None = None


class Decoding:
    """Blocks of interleaved s16le to iterate over once, of any size: a sample may lie in two of them."""

    def __init__(self, child: "subprocess.Popen[bytes]", status: IO[bytes], limits: DecodeLimits) -> None:
        assert child.stdout is not None  # noqa: S101 - PIPE was asked for
        self._child, self._sound, self._status = child, child.stdout, status
        self._patience = PATIENCE * limits.seconds
        self._room = limits.max_samples * SAMPLE_BYTES
        self.channels = 1
        self.stated: float | None = None
        """Length in seconds that the file claims, known at the end; None where its format states none."""

    def begin(self) -> None:
        """Wait for the first sample, and know how many channels there are."""
        first = self._read(self._sound, 1)
        if not first:
            self._judge()
            raise ChildProcessError("the decoder ended well, and wrote nothing")
        (self.channels,) = first
        if not 1 <= self.channels <= MOST_CHANNELS:
            raise ChildProcessError(f"the decoder speaks of {self.channels} channels")

    def __iter__(self) -> Iterator[bytes]:
        while block := self._read(self._sound, BLOCK_BYTES):
            self._room -= len(block)
            if self._room < 0:  # the decoder counts, too, as long as it is itself
                raise Fail(Code.AUDIO_TOO_LONG)
            yield block
        self.stated = self._judge().stated

    def _read(self, pipe: IO[bytes], most: int) -> bytes:
        """Waiting is what is timed: a worker that is slow to listen does not fail the file."""
        since = time.monotonic()
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        if not poll.poll(max(0.0, self._patience) * 1000):
            raise TimeoutError("the decoder does not come back: no CPU for it, or it hangs")
        self._patience -= time.monotonic() - since
        return os.read(pipe.fileno(), most)

    def _judge(self) -> Verdict:
        """Raises Fail for what the decoder reported, or for how it died."""
        try:
            verdict = Verdict.model_validate_json(self._read(self._status, 4096))
        except ValidationError:
            raise _cause_of_death(self._child) from None
        if verdict.code is not None:
            raise Fail(verdict.code)
        return verdict


@contextmanager
def decoding(source: BinaryIO, limits: DecodeLimits, excerpt: Excerpt = Excerpt()) -> Iterator[Decoding]:  # noqa: B008 - frozen
    """Decode a seekable file to 16 kHz s16le on the file's clock. Blocking; not for the loop.

    Entering and iterating raise Fail: AUDIO_EMPTY, AUDIO_UNREADABLE, AUDIO_NO_STREAM, AUDIO_TOO_LONG,
    AUDIO_RANGE_EMPTY, TOO_MANY_CHANNELS, DECODE_TIMEOUT or DECODE_LIMIT; or TimeoutError. Leaving the
    context early ends the decoder. A file that breaks off gives what it holds.
    """
    source.seek(0)  # also writes out what the file object still buffers
    if os.fstat(source.fileno()).st_size == 0:
        raise Fail(Code.AUDIO_EMPTY)
    reader, writer = os.pipe()
    with open(reader, "rb", buffering=0) as status:  # noqa: PTH123 - a descriptor, not a path
        try:
            child = _start(source, writer, limits, excerpt)
        finally:
            os.close(writer)
        try:
            decoded = Decoding(child, status, limits)
            decoded.begin()
            yield decoded
        finally:
            _end(child)


def _start(
    source: BinaryIO, status: int, limits: DecodeLimits, excerpt: Excerpt
) -> "subprocess.Popen[bytes]":
    job = {
        **asdict(excerpt),
        "rate": SAMPLE_RATE,
        "max_samples": limits.max_samples,
        "most_channels": MOST_CHANNELS,
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": max(1, int(limits.seconds)),
        "status": status,
    }
    return subprocess.Popen(  # noqa: S603 - our own module, no shell, no word of the user's
        [sys.executable, "-I", "-m", "transcriber.decoder_child", json.dumps(job)],
        stdin=source,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=[status],
        env={},
        start_new_session=True,
        pipesize=PIPE_BYTES,
    )


def _cause_of_death(child: "subprocess.Popen[bytes]") -> Exception:
    """A decoder that crashed or used up its CPU time did so on this file. Another's kill is not its fault."""
    assert child.stderr is not None  # noqa: S101 - PIPE was asked for
    status = child.wait(timeout=10)
    if status == -signal.SIGXCPU:
        return Fail(Code.DECODE_TIMEOUT)
    if status in CRASHES:
        return Fail(Code.AUDIO_UNREADABLE)
    why = child.stderr.read(65536).decode(errors="replace").strip().rpartition("\n")[2]
    return ChildProcessError(f"the decoder ended with status {status} and no verdict: {why[:500]}")


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.kill()
    child.wait()
    for pipe in (child.stdout, child.stderr):
        if pipe:
            pipe.close()

"""Decoding somebody's file in a process of its own, seen from the worker: blocks of samples, or Fail."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO

from pydantic import ValidationError

from scribeline.contracts.base import Frozen
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.contracts.transcription import SAMPLE_RATE

BLOCK_BYTES = 1 << 18
PIPE_BYTES = 1 << 20
"""Linux's default most for an ordinary user (fs.pipe-max-size)."""

CRASHES = {-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGFPE, -signal.SIGILL}


@dataclass(frozen=True)
class DecodeLimits:
    """What one file may cost. `seconds` bounds both the CPU time and the time spent waiting for samples."""

    max_audio_seconds: float = 36_060.0
    memory_bytes: int = 1 << 30
    seconds: float = 300.0

    @property
    def max_samples(self) -> int:
        return int(self.max_audio_seconds * SAMPLE_RATE)


class Verdict(Frozen):
    """What the decoder said last."""

    code: Code | None = None
    stated: float | None = None


class Decoding:
    """Blocks of samples to iterate over once. `stated`, known at their end, is the length in seconds that the
    file claims; None where its format states none."""

    def __init__(self, blocks: Generator[bytes, None, float | None]) -> None:
        self._blocks = blocks
        self.stated: float | None = None

    def __iter__(self) -> Iterator[bytes]:
        self.stated = yield from self._blocks


@contextmanager
def decoding(source: BinaryIO, limits: DecodeLimits) -> Iterator[Decoding]:
    """Decode a seekable file: blocks of 16 kHz mono s16le on the file's clock. Blocking; not for the loop.

    Iterating raises Fail: AUDIO_EMPTY, AUDIO_UNREADABLE, AUDIO_NO_STREAM, AUDIO_TOO_LONG, DECODE_TIMEOUT or
    DECODE_LIMIT. Leaving the context early ends the decoder. A file that breaks off gives what it holds.
    """
    source.seek(0)  # also writes out what the file object still buffers
    if os.fstat(source.fileno()).st_size == 0:
        raise Fail(Code.AUDIO_EMPTY)
    reader, writer = os.pipe()
    with open(reader, "rb", buffering=0) as status:  # noqa: PTH123 - a descriptor, not a path
        try:
            child = _start(source, writer, limits)
        finally:
            os.close(writer)
        try:
            yield Decoding(_blocks(child, status, limits))
        finally:
            _end(child)


def _start(source: BinaryIO, status: int, limits: DecodeLimits) -> "subprocess.Popen[bytes]":
    job = {
        "rate": SAMPLE_RATE,
        "max_samples": limits.max_samples,
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


def _blocks(
    child: "subprocess.Popen[bytes]", status: IO[bytes], limits: DecodeLimits
) -> Generator[bytes, None, float | None]:
    """Waiting is what is timed: a worker that is slow to listen does not fail the file."""
    assert child.stdout is not None  # noqa: S101 - PIPE was asked for
    left = limits.seconds
    while True:
        left -= _waited_for(child.stdout, left)
        block = os.read(child.stdout.fileno(), BLOCK_BYTES)
        if not block:
            break
        yield block
    _waited_for(status, left)
    return _judged(child, os.read(status.fileno(), 4096)).stated


def _waited_for(pipe: IO[bytes], most: float) -> float:
    """Seconds until there is something to read, or the end. Raises Fail(DECODE_TIMEOUT)."""
    since = time.monotonic()
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    if not poll.poll(max(0.0, most) * 1000):
        raise Fail(Code.DECODE_TIMEOUT)
    return time.monotonic() - since


def _judged(child: "subprocess.Popen[bytes]", said: bytes) -> Verdict:
    """Raises Fail for what the decoder reported, or for how it died."""
    try:
        verdict = Verdict.model_validate_json(said)
    except ValidationError:
        raise _cause_of_death(child) from None
    if verdict.code is not None:
        raise Fail(verdict.code)
    return verdict


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

"""The process that decodes one file: `python -m transcriber.decoder_child JOB`, JOB being JSON.

The media file is descriptor 0 (seekable). To 1 goes a byte with the number of channels, then s16le,
interleaved. At the end one line of JSON goes to the descriptor `status`: {"code", "stated"}. `stated` is the
length in seconds that the file claims, where its format states one. Starts for every file, so it imports
little.
"""

import errno
import gc
import io
import json
import os
import sys
from dataclasses import dataclass
from itertools import chain
from typing import Any, BinaryIO

import av
import av.subtitles.codeccontext  # PyAV loads these with a track, when no file can be opened any more
import av.subtitles.stream
from av.audio.layout import AudioLayout
from av.audio.stream import AudioStream
from av.container import InputContainer

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from transcriber import pcm, sandbox, stated
from transcriber.clock import Clock
from transcriber.mixing import Mixer
from transcriber.output import Output

STATUS = 3
EARLY = {"mov", "matroska", "flac"}
"""Formats whose header states the length: too long is said at once, not after ten hours of decoding."""


@dataclass(frozen=True)
class Job:
    """What is wanted: samples [first, last) at `rate`, mixed or split, and how much that may be."""

    rate: int
    max_samples: int
    """Of all channels together."""
    most_channels: int
    first: int = 0
    last: int | None = None
    split: bool = False


class Source(io.FileIO):
    """The media file. Asked to go where nothing is, it answers as FFmpeg's own files do, by a number below 0:
    an exception would end more than the attempt."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        try:
            return super().seek(offset, whence)
        except OSError as error:
            return -(error.errno or errno.EINVAL)


def decode(source: BinaryIO, file: BinaryIO, job: Job) -> float | None:
    """Write all samples; returns the seconds that the file states. Raises Fail and FFmpeg's own errors."""
    with pcm.opened(source) as container:
        stream = pcm.audio_of(container)
        _refuse_early(container, stream, job)
        length = stated.seconds(container, stream)
        out = _written(container, stream, file, job)
        is_wav = container.format.name == "wav"
    if not out.written:
        raise Fail(Code.AUDIO_RANGE_EMPTY if out.passed else Code.AUDIO_EMPTY)
    return stated.wav_seconds(source) or length if is_wav else length


def _refuse_early(container: InputContainer, stream: AudioStream, job: Job) -> None:
    if not (EARLY & set(container.format.name.split(",")) and container.duration):
        return
    declared = int(container.duration / av.time_base * job.rate)
    last = declared if job.last is None else min(declared, job.last)
    channels = stream.layout.nb_channels if job.split else 1
    if (last - job.first) * channels > job.max_samples:
        raise Fail(Code.AUDIO_TOO_LONG)


def _written(container: InputContainer, stream: AudioStream, file: BinaryIO, job: Job) -> Output:
    """A recording that is split has as many channels as its first frame, also where their number changes."""
    heard = pcm.frames(container, stream)
    first = next(heard, None)
    if first is None:
        raise Fail(Code.AUDIO_EMPTY)
    layout = first.layout if job.split else AudioLayout("mono")
    if layout.nb_channels > job.most_channels:
        raise Fail(Code.TOO_MANY_CHANNELS)
    out = Output(file, layout.nb_channels, first=job.first, last=job.last, most=job.max_samples)
    clock, mixer = Clock(pcm.origin(container), job.rate), Mixer(job.rate, layout)
    for hole, sound in pcm.samples(chain([first], heard), clock, mixer):
        out.silence(hole)
        out.write(sound)
        if out.is_complete:
            break
    out.flush()
    return out


def verdict(source: BinaryIO, file: BinaryIO, job: Job) -> dict[str, Any]:
    """Decode, and say how it ended. An end of the reader's interest (BrokenPipeError) goes up."""
    try:
        length = decode(source, file, job)
    except Fail as failure:
        return {"code": failure.code}
    except MemoryError:
        gc.collect()
        return {"code": Code.DECODE_LIMIT}
    except (av.FFmpegError, ValueError, ArithmeticError):
        # What is refused only while decoding: a layout that cannot be mixed, a rate without sense.
        return {"code": Code.AUDIO_UNREADABLE}
    return {"code": None, "stated": length}


def main(job: dict[str, Any]) -> None:
    status, memory_bytes, cpu_seconds = job.pop("status"), job.pop("memory_bytes"), job.pop("cpu_seconds")
    os.dup2(status, STATUS)
    os.closerange(STATUS + 1, status + 1)
    source = Source(0, closefd=False)
    out = open(1, "wb", closefd=False)  # noqa: SIM115 - the same
    sandbox.confine(memory_bytes=memory_bytes, cpu_seconds=cpu_seconds, descriptors=STATUS + 1)
    av.logging.set_level(None)
    said = verdict(source, out, Job(**job))
    os.write(STATUS, json.dumps(said).encode() + b"\n")


if __name__ == "__main__":
    try:
        main(json.loads(sys.argv[1]))
    except BrokenPipeError:
        # The worker has heard enough, or is gone.
        os._exit(0)

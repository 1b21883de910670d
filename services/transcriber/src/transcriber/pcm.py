"""From an open media file to samples on the file's own clock, in bounded memory (PyAV).

Runs in the decoder's process only, which starts for every file: nothing slow to import here (no numpy, no
pydantic).
"""

from collections.abc import Iterator
from typing import BinaryIO

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from transcriber.clock import MAX_HOLE_SECONDS, Clock
from transcriber.formats import DECODERS, DEMUXERS
from transcriber.mixing import Mixer

OPTIONS = {
    "format_whitelist": ",".join(DEMUXERS),
    "codec_whitelist": ",".join(DECODERS),
    "protocol_whitelist": "none",
}
CLOCK_FROM_ZERO = {"mov", "mp4", "matroska", "webm"}
"""Containers whose clock players show from 0. The rest (MPEG-TS, Ogg..) count from anywhere, and players
show them from their first packet."""

MOST_HERTZ = 3_000_000
"""A frame of a higher rate is damaged: DSD512, the highest there is, decodes to 2.8 MHz. The resampler's
filter grows with the rate: a WAV that said 100 MHz took 890 MB and 4 s."""

ARCHIVES = {b"PK\3\4": 0, b"Rar!": 0, b"7z\xbc\xaf": 0, b"ustar": 257}
"""Magic bytes of archives, and where they stand. FFmpeg would find the frames of songs that lie in them as
they are, and play all of them as one."""


def opened(file: BinaryIO) -> InputContainer:
    """Raises Fail(AUDIO_UNREADABLE) for what is no media file we know."""
    head = file.read(512)
    if any(head.startswith(magic, at) for magic, at in ARCHIVES.items()):
        raise Fail(Code.AUDIO_UNREADABLE)
    file.seek(0)
    try:
        # Tags in some old encoding are no reason to refuse a recording.
        return av.open(file, mode="r", options=OPTIONS, metadata_errors="replace")
    except av.FFmpegError as error:
        if isinstance(error, MemoryError):
            raise
        raise Fail(Code.AUDIO_UNREADABLE) from error


def audio_of(container: InputContainer) -> AudioStream:
    """The first audio track; packets of the others are not even read where the format allows."""
    if not container.streams.audio:
        raise Fail(Code.AUDIO_NO_STREAM)
    chosen = container.streams.audio[0]
    if chosen.codec_context is None or chosen.codec_context.codec.name not in DECODERS:
        raise Fail(Code.AUDIO_UNREADABLE)
    for stream in container.streams:
        if stream is not chosen:
            stream.discard = av.stream.Discard.all
    return chosen


def origin(container: InputContainer) -> float:
    """The timestamp, in seconds, that is second 0 of the file."""
    starts = (container.start_time or 0) / av.time_base
    from_zero = CLOCK_FROM_ZERO & set(container.format.name.split(","))
    return 0.0 if from_zero and 0 <= starts <= MAX_HOLE_SECONDS else starts


def _packets(container: InputContainer, stream: AudioStream) -> "Iterator[Packet[AudioStream]]":
    """Up to the end of the file, or to where it breaks off."""
    try:
        yield from container.demux(stream)
    except IndexError:
        pass  # PyAV, at the very end, asks for tracks that only appeared midway (MPEG-TS, FLV)
    except av.FFmpegError as error:
        if isinstance(error, MemoryError):
            raise


def frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Damaged packets are left out, as FFmpeg's own tools do. Raises Fail if nothing else is there."""
    heard, damaged = False, False
    for packet in _packets(container, stream):
        try:
            for frame in packet.decode():
                if not (0 < frame.sample_rate <= MOST_HERTZ and frame.layout.nb_channels > 0):
                    damaged = True
                    continue
                heard = True
                yield frame
        except av.FFmpegError as error:
            if isinstance(error, MemoryError):
                raise
            damaged = True
    if damaged and not heard:
        raise Fail(Code.AUDIO_UNREADABLE)


def samples(heard: Iterator[AudioFrame], clock: Clock, mixer: Mixer) -> Iterator[tuple[int, bytes]]:
    """(samples of silence, and the sound after it): silence where the clock says nothing was recorded."""
    for frame in heard:
        hole = clock.hole_before(frame)
        if hole:
            yield 0, mixer.flush()
        yield hole, mixer.mix(frame)
    yield 0, mixer.flush()

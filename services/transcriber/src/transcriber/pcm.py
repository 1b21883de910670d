"""From an open media file to mono samples on the file's own clock, in bounded memory (PyAV).

Runs in the decoder's process only, which starts for every file: nothing slow to import here (no numpy, no
pydantic).
"""

from collections.abc import Iterator
from typing import BinaryIO

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail

FORMATS = (
    "mov,mp4,matroska,webm,mp3,ogg,flac,wav,w64,aiff,aac,amr,amrnb,amrwb,caf,au,asf,avi,flv,mpegts,mpeg,"
    "wv,ape,tta,ac3,eac3,dts,gsm,voc,mpc,mpc8,dsf,oma,loas,latm,mxf,nut,rm,spdif,truehd,wtv,g722"
)
"""Demuxers that read one file and nothing else. A playlist (hls, dash, concat, sdp) is none of them:
it opens what it names, also from behind a file object."""
OPTIONS = {"format_whitelist": FORMATS, "protocol_whitelist": "none"}

CLOCK_FROM_ZERO = {"mov", "mp4", "matroska", "webm"}
"""Containers whose clock players show from 0. The rest (MPEG-TS, Ogg..) count from anywhere, and players
show them from their first packet."""
JITTER_SECONDS = 0.1
"""Timestamps that differ less are noise: aresample's default for a hard compensation (min_hard_comp)."""
MAX_HOLE_SECONDS = 3600.0
"""Silence filled in at one place. A larger jump is a broken timestamp: the clock goes on from there."""
BLOCK = bytes(65536)


class Clock:
    """Says how many samples of silence go before a frame, so that sample n is second n / rate of the file."""

    def __init__(self, origin: float, rate: int) -> None:
        self._origin, self._rate = origin, rate
        self._heard = 0.0

    def hole_before(self, frame: AudioFrame) -> int:
        """Samples missing before this frame; counts the frame as heard. Overlaps drop nothing."""
        missing = 0.0
        if frame.pts is not None and frame.time_base is not None:
            missing = float(frame.pts * frame.time_base) - self._origin - self._heard
        if missing > MAX_HOLE_SECONDS:
            self._origin += missing
            missing = 0.0
        missing = missing if missing > JITTER_SECONDS else 0.0
        self._heard += missing + frame.samples / frame.sample_rate
        return round(missing * self._rate)


class Mixer:
    """Any rate, layout and sample type in, mono s16le of one rate out, also when they change midway."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._resampler: AudioResampler | None = None
        self._takes: tuple[str, str, int] | None = None

    def mix(self, frame: AudioFrame) -> bytes:
        takes = (frame.format.name, frame.layout.name, frame.sample_rate)
        rest = self.flush() if takes != self._takes else b""
        if self._resampler is None:
            self._resampler = AudioResampler(format="s16", layout="mono", rate=self._rate)
            self._takes = takes
        return rest + _joined(self._resampler.resample(frame))

    def flush(self) -> bytes:
        """What the resampler still held; the next frame starts a new one."""
        held = self._resampler.resample(None) if self._resampler else []
        self._resampler = self._takes = None
        return _joined(held)


def _joined(frames: list[AudioFrame]) -> bytes:
    # A resampler with nothing to do passes its input through, the final None too.
    return b"".join(bytes(f.planes[0])[: f.samples * 2] for f in frames if f is not None)


def opened(file: BinaryIO) -> InputContainer:
    """Raises Fail(AUDIO_UNREADABLE) for what is no media file we know."""
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
    for stream in container.streams:
        if stream is not chosen:
            stream.discard = av.stream.Discard.all
    return chosen


def _origin(container: InputContainer) -> float:
    starts = (container.start_time or 0) / av.time_base
    from_zero = CLOCK_FROM_ZERO & set(container.format.name.split(","))
    return 0.0 if from_zero and 0 <= starts <= MAX_HOLE_SECONDS else starts


def _packets(container: InputContainer, stream: AudioStream) -> "Iterator[Packet[AudioStream]]":
    """Up to the end of the file, or to where it breaks off."""
    try:
        yield from container.demux(stream)
    except av.FFmpegError as error:
        if isinstance(error, MemoryError):
            raise


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Damaged packets are left out, as FFmpeg's own tools do. Raises Fail if nothing else is there."""
    heard, damaged = False, False
    for packet in _packets(container, stream):
        try:
            for frame in packet.decode():
                heard = True
                yield frame
        except av.FFmpegError as error:
            if isinstance(error, MemoryError):
                raise
            damaged = True
    if damaged and not heard:
        raise Fail(Code.AUDIO_UNREADABLE)


def samples(container: InputContainer, stream: AudioStream, rate: int) -> Iterator[bytes]:
    """Mono s16le in blocks of any size, with silence where the file's clock says nothing was recorded."""
    clock, mixer = Clock(_origin(container), rate), Mixer(rate)
    for frame in _frames(container, stream):
        hole = clock.hole_before(frame) * 2
        if hole:
            yield mixer.flush()
        while hole > 0:
            yield BLOCK[:hole]
            hole -= len(BLOCK)
        yield mixer.mix(frame)
    yield mixer.flush()

"""Sound for tests, made on the spot: tones, silence, real speech, and files of many kinds (PyAV)."""

import io
import wave
from collections.abc import Iterator, Sequence
from fractions import Fraction
from heapq import merge
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from scribeline.contracts.transcription import SAMPLE_RATE
from transcriber.cutting import Span

Sound = NDArray[np.int16]
"""Mono, 16 kHz unless said otherwise."""
Timed = tuple[float, "Sequence[av.Packet[Any]]"]
"""The second that packets are about, and the packets."""

JFK = Path(__file__).parents[1] / "data" / "jfk.wav"
JFK_TEXT = (
    "And so my fellow Americans ask not what your country can do for you ask what you can do for your country"
)

CODECS = {
    "mp3": "libmp3lame",
    "mp4": "aac",
    "mov": "pcm_s16le",
    "ogg": "libopus",
    "webm": "libopus",
    "flac": "flac",
    "aiff": "pcm_s16be",
    "wav": "pcm_s16le",
    "matroska": "aac",
    "mpegts": "aac",
}
"""Container -> what is usually in it."""
PICTURES = 25
"""Of video, per second: what DV and MPEG-2 know."""
FRAME = 960
"""Samples per encoded frame: 20 ms at Opus's 48 kHz."""


def tone(seconds: float, rate: int = SAMPLE_RATE, hertz: float = 440.0) -> Sound:
    """Loud; which is all that `loud` calls speech."""
    time = np.arange(round(seconds * rate)) / rate
    return (np.sin(2 * np.pi * hertz * time) * 16_000).astype(np.int16)


def silence(seconds: float, rate: int = SAMPLE_RATE) -> Sound:
    return np.zeros(round(seconds * rate), np.int16)


def joined(*sounds: Sound) -> Sound:
    return np.concatenate(sounds)


def jfk() -> Sound:
    """Eleven seconds of real speech."""
    with wave.open(str(JFK)) as file:
        assert (file.getframerate(), file.getnchannels()) == (SAMPLE_RATE, 1)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def wav_file(sound: Sound, rate: int = SAMPLE_RATE, channels: int = 1) -> bytes:
    """PCM, the same sound on every channel."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setframerate(rate)
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.writeframes(np.repeat(sound, channels).tobytes())
    return out.getvalue()


def channels_file(*channels: Sound, rate: int = SAMPLE_RATE) -> bytes:
    """PCM, another sound on every channel; the shorter ones end in silence."""
    longest = max(sound.size for sound in channels)
    columns = [np.pad(sound, (0, longest - sound.size)) for sound in channels]
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setframerate(rate)
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.writeframes(np.stack(columns, axis=1).tobytes())
    return out.getvalue()


def media_file(
    sound: Sound | None,
    container: str,
    *,
    rate: int = SAMPLE_RATE,
    layout: str = "mono",
    codec: str | None = None,
    bit_rate: int | None = None,
    options: dict[str, str] | None = None,
    video_seconds: int = 0,
    video_codec: str = "mpeg4",
    video_size: tuple[int, int] = (64, 64),
    late: float = 0.0,
    unsent: tuple[float, float] = (0.0, 0.0),
    into: io.RawIOBase | str | None = None,
) -> bytes:
    """A file of any container: `sound` at `rate`, beginning `late` seconds in, beside some video if asked.

    `options` are the muxer's. Packets of the seconds `unsent` are left out, as of a muted sender. What
    goes `into` another place, or a path, is not returned.
    """
    out = io.BytesIO()
    with av.open(into or out, "w", format=container, options=options or {}) as file:
        tracks: list[Iterator[Timed]] = []
        if video_seconds:  # first: DV and MXF want the pictures in front
            tracks.append(_pictures(_video_stream(file, video_codec, video_size), video_seconds))
        if sound is not None:
            audio = _audio_stream(file, codec or CODECS[container], rate, layout)
            if bit_rate:
                audio.bit_rate = bit_rate
            tracks.append(_sounds(audio, sound, late, unsent))
        for _, packets in merge(*tracks, key=lambda timed: timed[0]):
            file.mux(packets)
    return out.getvalue()


def _audio_stream(file: OutputContainer, codec: str, rate: int, layout: str) -> AudioStream:
    # Vorbis' own encoder calls itself an experiment.
    stream = file.add_stream(codec, rate=rate, options={"strict": "experimental"})
    assert isinstance(stream, AudioStream)
    stream.layout = layout
    return stream


def _sounds(stream: AudioStream, sound: Sound, late: float, unsent: tuple[float, float]) -> Iterator[Timed]:
    rate, channels = stream.rate, stream.layout.nb_channels
    for first in range(0, sound.size, FRAME):
        block = np.repeat(sound[first : first + FRAME], channels)[None, :]
        frame = av.AudioFrame.from_ndarray(block, format="s16", layout=stream.layout.name)
        frame.rate, frame.time_base = rate, Fraction(1, rate)
        frame.pts = first + round(late * rate)
        yield late + first / rate, [p for p in stream.encode(frame) if not _within(p, unsent)]
    yield late + sound.size / rate, stream.encode(None)


def _within(packet: "av.Packet[AudioStream]", seconds: tuple[float, float]) -> bool:
    if packet.pts is None:
        return False
    return seconds[0] <= float(packet.pts * packet.time_base) < seconds[1]


def _video_stream(file: OutputContainer, codec: str, size: tuple[int, int]) -> VideoStream:
    stream = file.add_stream(codec, rate=PICTURES)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    return stream


def _pictures(stream: VideoStream, seconds: int) -> Iterator[Timed]:
    picture = np.zeros((stream.height, stream.width, 3), np.uint8)
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
    for number in range(seconds * PICTURES):
        frame.pts, frame.time_base = number, Fraction(1, PICTURES)
        yield number / PICTURES, stream.encode(frame)
    yield float(seconds), stream.encode(None)


def png() -> bytes:
    """A picture."""
    out = io.BytesIO()
    with av.open(out, "w", format="image2pipe") as file:
        stream = file.add_stream("png", rate=1)
        stream.width = stream.height = 64
        stream.pix_fmt = "rgb24"
        file.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        file.mux(stream.encode(None))
    return out.getvalue()


def floats(sound: Sound) -> NDArray[np.float32]:
    return (sound / 32768).astype(np.float32)


def loud(samples: NDArray[np.float32]) -> list[Span]:
    """A VAD for tests: whatever is loud for at least 10 ms is speech."""
    block = SAMPLE_RATE // 100
    level = np.abs(samples[: samples.size // block * block]).reshape(-1, block).max(axis=1) > 0.1
    edges = np.flatnonzero(np.diff(np.concatenate(([0], level.astype(np.int8), [0]))))
    return [Span(int(a) * block, int(b) * block) for a, b in zip(edges[::2], edges[1::2], strict=True)]

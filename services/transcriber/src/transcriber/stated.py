"""How long a file says it is, where its format states that and does not leave it to be guessed.

FFmpeg always names a length. Some are counted by whoever wrote the file; others are guesses by the file's
size, which say nothing of what was cut off, and say wrong things of an MP3 with a variable bit rate.
"""

import contextlib
import wave
from typing import BinaryIO

import av
from av.audio.stream import AudioStream
from av.container import InputContainer

COUNTED = {"mov", "flac", "aiff", "wav", "wv", "tta"}
"""Formats whose track knows its own length. Ogg and MPEG-TS state none: half of one is a shorter one."""
UNKNOWN_BYTES = 0x7F00_0000
"""Sizes from here on are what programs write that do not know the size yet (sox: 0x7f000000, arecord:
0x80000000, FFmpeg: 0xffffffff)."""


def seconds(container: InputContainer, stream: AudioStream) -> float | None:
    """Seconds of the track as its file states them; None where nothing is stated. See also `wav_seconds`."""
    names = set(container.format.name.split(","))
    if "matroska" in names:
        # The length of all tracks together: a film may go on when its sound has ended.
        alone = len(container.streams) == 1
        return float(container.duration / av.time_base) if alone and container.duration else None
    # An MP3's length stands in its Xing tag, and so does the encoder's delay, at which the track then starts.
    counted = names & COUNTED or ("mp3" in names and stream.start_time)
    if not counted or stream.duration is None or stream.time_base is None:
        return None
    return float(stream.duration * stream.time_base)


def wav_seconds(file: BinaryIO) -> float | None:
    """What the header of a PCM WAV counts. (FFmpeg puts it right by the file's size.)"""
    file.seek(0)
    with contextlib.suppress(wave.Error, EOFError, OSError), wave.open(file, "rb") as header:
        frames, rate = header.getnframes(), header.getframerate()
        if rate > 0 and frames * header.getnchannels() * header.getsampwidth() < UNKNOWN_BYTES:
            return frames / rate
    return None

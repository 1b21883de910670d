"""The decoder's own process: what it cannot do, and how its end is told."""

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

import psutil
import pytest

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.contracts.transcription import SAMPLE_RATE
from tests.support.audio import media_file, silence, tone, wav_file
from transcriber.decode import DecodeLimits, decoding

PATIENT = DecodeLimits(max_audio_seconds=3600.0, seconds=60.0)


@contextmanager
def file_of(data: bytes) -> Iterator[BinaryIO]:
    with TemporaryFile() as file:
        file.write(data)
        yield file


def seconds_of(data: bytes, limits: DecodeLimits = PATIENT) -> float:
    with file_of(data) as file, decoding(file, limits) as blocks:
        return sum(map(len, blocks)) / 2 / SAMPLE_RATE


def refusal(data: bytes, limits: DecodeLimits = PATIENT) -> Code:
    with pytest.raises(Fail) as failed:
        seconds_of(data, limits)
    return failed.value.code


@pytest.mark.parametrize("container", ["mp3", "mp4", "ogg", "webm", "flac", "aiff", "wav", "mpegts"])
def test_every_usual_file_is_decoded_although_nothing_can_be_opened(container: str) -> None:
    file = media_file(tone(3.0, 48_000), container, rate=48_000, layout="stereo")
    assert seconds_of(file) == pytest.approx(3.0, abs=0.1)


def test_a_film_with_pictures_is_decoded_too() -> None:
    file = media_file(tone(3.0, 48_000), "matroska", rate=48_000, video_seconds=3)
    assert seconds_of(file) == pytest.approx(3.0, abs=0.1)


def test_nothing_uploaded_is_empty_and_text_is_unreadable() -> None:
    assert refusal(b"") is Code.AUDIO_EMPTY
    assert refusal(b"Dear diary,\n" * 50) is Code.AUDIO_UNREADABLE


def test_who_stops_listening_ends_the_decoder() -> None:
    before = set(psutil.Process().children())
    with file_of(wav_file(silence(600.0))) as file, decoding(file, PATIENT) as blocks:
        assert next(iter(blocks))
        assert set(psutil.Process().children()) - before
    assert set(psutil.Process().children()) == before


def test_a_recording_that_is_too_long_is_refused() -> None:
    assert refusal(wav_file(tone(3.0)), DecodeLimits(max_audio_seconds=2.0)) is Code.AUDIO_TOO_LONG


def test_a_file_that_needs_more_memory_than_allowed_is_refused() -> None:
    """A FLAC with tags of 128 MB."""
    size = (1 << 24) - 1
    tag = bytes([4]) + size.to_bytes(3, "big") + bytes(size)
    bomb = media_file(tone(1.0), "flac")[:42] + tag * 8
    small = DecodeLimits(memory_bytes=48 << 20, seconds=60.0)
    assert refusal(bomb, small) is Code.DECODE_LIMIT
    assert seconds_of(wav_file(tone(3.0)), small) == 3.0


def test_a_decoder_that_does_not_come_back_is_given_up_and_not_blamed_on_the_file() -> None:
    hasty = DecodeLimits(seconds=0.001)
    with (
        file_of(wav_file(silence(60.0))) as file,
        pytest.raises(TimeoutError),
        decoding(file, hasty) as blocks,
    ):
        list(blocks)


CONFINED = """
import os, socket, sys
from transcriber import sandbox
if os.getuid() == 0:  # root may start what it likes
    os.setuid(65534)
sandbox.confine(memory_bytes=1 << 28, cpu_seconds=60, descriptors=3)
def number(attempt):
    try:
        attempt()
    except OSError as error:
        return error.errno
    except MemoryError:
        return -1
    return 0
print(
    number(lambda: open(sys.argv[1])),
    number(lambda: socket.socket()),
    number(lambda: os.fork() or os._exit(0)),
    number(lambda: bytearray(1 << 29)),
)
"""


def test_the_confined_process_gets_no_file_no_socket_no_process_and_no_more_memory(tmp_path: Path) -> None:
    honeypot = tmp_path / "honeypot"
    honeypot.write_text("secret")
    ran = subprocess.run(
        [sys.executable, "-I", "-c", CONFINED, str(honeypot)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == [str(errno.EMFILE), str(errno.EMFILE), str(errno.EAGAIN), "-1"]


def test_a_playlist_reads_nothing_even_if_its_format_were_allowed(tmp_path: Path) -> None:
    """The whitelist and the descriptors are two locks: each holds without the other."""
    honeypot = tmp_path / "somebody-elses.wav"
    honeypot.write_bytes(wav_file(tone(2.0)))
    unlocked = (
        "import sys, json; from transcriber import pcm, decoder_child;"
        "pcm.OPTIONS = {'safe': '0'}; decoder_child.main(json.loads(sys.argv[1]))"
    )
    reader, writer = os.pipe()
    job = {
        "rate": 16_000,
        "max_samples": 1 << 20,
        "most_channels": 8,
        "memory_bytes": 1 << 30,
        "cpu_seconds": 60,
    }
    with file_of(f"ffconcat version 1.0\nfile {honeypot}\n".encode()) as file:
        file.seek(0)
        ran = subprocess.run(
            [sys.executable, "-I", "-c", unlocked, json.dumps({**job, "status": writer})],
            stdin=file,
            capture_output=True,
            pass_fds=[writer],
            check=True,
        )
    os.close(writer)
    with os.fdopen(reader, "rb") as status:
        assert json.load(status)["code"] == Code.AUDIO_UNREADABLE
    assert ran.stdout == b""


def test_a_decoder_that_uses_up_its_time_fails_the_file_and_is_not_tried_again() -> None:
    """The kernel tells of it by a signal of its own, and not by the one that anybody may send."""
    endless = (
        "from transcriber import sandbox;"
        "sandbox.confine(memory_bytes=1 << 28, cpu_seconds=1, descriptors=4);"
        "all(iter(lambda: True, False))"
    )
    ran = subprocess.run([sys.executable, "-I", "-c", endless], check=False)
    assert ran.returncode == -signal.SIGXCPU

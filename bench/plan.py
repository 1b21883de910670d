"""What `plan` needs for a very long recording: seconds and memory of the handler and of its decoder.

    . .scribeline/env
    python -m bench.plan                       # ten hours, four kinds of file; about a quarter of an hour
    python -m bench.plan --hours 1 --kinds mp3

The real handler, over the store that SCRIBELINE_S3_* name and with the default model loaded, in a process of
its own per file. The recording is JFK's eleven seconds again and again, at changing loudness, with pauses of
0.3 to 4 s. `worker MB` is the peak of that process, model and all, after a recording of two minutes; `growth
MB` what the long one adds to it; `decoder MB` the peak of the decoder's process. The promise is 5 minutes,
and 300 MB for growth and decoder together.
"""

import argparse
import asyncio
import io
import multiprocessing
import resource
import threading
import time
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, NamedTuple
from uuid import uuid4

import av
import numpy as np
import psutil
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from scribeline.contracts.transcription import (
    SAMPLE_RATE,
    AudioObject,
    PlanTranscription,
    RecordingPlanned,
    TranscriptionOptions,
)
from scribeline.contracts.unit import Stage, UnitRef
from scribeline.settings import StoreSettings
from scribeline.storage.s3 import S3Store
from scribeline.weights import WeightsSettings, ensure
from tests.support.audio import Sound, jfk, silence, wav_file
from tests.support.recipes import resampled
from transcriber import whisper
from transcriber.decode import DecodeLimits
from transcriber.engine import Compute, Engines
from transcriber.plan import plan_transcription
from transcriber.slots import Lane

LOOP_SECONDS = 600
"""Encoded once, and then muxed again and again: the decoder cannot tell."""
PICTURES = 25


@dataclass(frozen=True)
class Kind:
    """A muxer, an encoder, its rate and layout; a film where there are pictures."""

    muxer: str
    codec: str
    rate: int
    layout: str
    film: bool = False


KINDS = {
    "flac": Kind("flac", "flac", 16_000, "mono"),
    "mp3": Kind("mp3", "libmp3lame", 44_100, "stereo"),
    "mp4": Kind("mp4", "aac", 44_100, "stereo", film=True),
    "webm": Kind("webm", "libopus", 48_000, "mono"),
}


def loop() -> Sound:
    """Ten minutes of talk."""
    chance, parts, left = np.random.default_rng(7), list[Sound](), LOOP_SECONDS * 16_000
    while left > 0:
        said = (jfk() * chance.uniform(0.3, 1.0)).astype(np.int16)
        parts += [said, silence(chance.uniform(0.3, 4.0))]
        left -= parts[-1].size + said.size
    return np.concatenate(parts)[: LOOP_SECONDS * 16_000]


def write(kind: Kind, hours: float, path: Path) -> None:
    """A file of that many hours: sound, and pictures in between."""
    with av.open(str(path), "w", format=kind.muxer) as file:
        audio = file.add_stream(kind.codec, rate=kind.rate)
        assert isinstance(audio, AudioStream)
        audio.layout = kind.layout
        packets = packets_of_sound(audio, kind)
        if kind.film:
            video = file.add_stream("libx264", rate=PICTURES, options={"preset": "ultrafast", "bf": "0"})
            assert isinstance(video, VideoStream)
            video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
            packets += packets_of_pictures(video)
        packets.sort(key=lambda timed: timed.at * timed.base)
        for turn in range(round(hours * 3600 / LOOP_SECONDS)):
            for packet, at, base in packets:
                packet.time_base = base
                packet.pts = packet.dts = at + round(turn * LOOP_SECONDS / base)
                file.mux_one(packet)


class Timed(NamedTuple):
    """A packet, and its time: muxing changes what it says of itself."""

    packet: "av.Packet[AudioStream] | av.Packet[VideoStream]"
    at: int
    base: Fraction


def timed(packets: "list[av.Packet[AudioStream]] | list[av.Packet[VideoStream]]") -> list[Timed]:
    return [Timed(packet, packet.pts or 0, packet.time_base) for packet in packets]


def packets_of_sound(stream: AudioStream, kind: Kind) -> list[Timed]:
    sound = resampled(loop(), kind.rate)
    found = list[Timed]()
    for first in range(0, sound.size, kind.rate):
        block = np.repeat(sound[first : first + kind.rate], stream.layout.nb_channels)[None, :]
        frame = av.AudioFrame.from_ndarray(block, format="s16", layout=kind.layout)
        frame.rate, frame.time_base, frame.pts = kind.rate, Fraction(1, kind.rate), first
        found += timed(stream.encode(frame))
    return found


def packets_of_pictures(stream: VideoStream) -> list[Timed]:
    picture = np.add.outer(np.arange(180), np.arange(320))[..., None].repeat(3, axis=2)
    found = list[Timed]()
    for number in range(LOOP_SECONDS * PICTURES):
        frame = av.VideoFrame.from_ndarray(((picture + number) % 256).astype(np.uint8), format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, PICTURES)
        found += timed(stream.encode(frame.reformat(format="yuv420p")))
    return found


class Peak:
    """The most memory that any child had, asked of the kernel while it lives. (What it tells of the dead
    includes what their parent had when they were born.)"""

    def __init__(self) -> None:
        self.bytes = 0
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._run, daemon=True)
        self._watch.start()

    def _run(self) -> None:
        while not self._ended.wait(0.2):
            for child in psutil.Process().children():
                self.bytes = max(self.bytes, high_water(child.pid))

    def end(self) -> int:
        self._ended.set()
        self._watch.join()
        return self.bytes


def high_water(pid: int | str) -> int:
    """Peak resident bytes of a process (VmHWM); 0 of one that is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if "VmHWM" in line), 0)


@dataclass(frozen=True)
class Bench:
    """The real handler over the real store and engine."""

    store: S3Store
    engines: Engines
    lane: Lane

    async def plan(self, file: BinaryIO, size: int) -> tuple[RecordingPlanned, float]:
        """Put a file into the store and plan it: the plan, and the seconds that took."""
        prefix = f"bench/{uuid4()}/"
        source = AudioObject(key=prefix + "source", bytes=size)
        await self.store.put_file(source.key, file, size, "application/octet-stream")
        command = PlanTranscription(
            unit=UnitRef(job=uuid4(), stage=Stage.PLAN),
            source=source,
            options=TranscriptionOptions(),
            key_prefix=prefix,
        )
        began = time.monotonic()
        done = await plan_transcription(
            command,
            store=self.store,
            engines=self.engines,
            lane=self.lane,
            limits=DecodeLimits(),
            piece_seconds=60.0,
        )
        wall = time.monotonic() - began
        await self.store.remove([source.key, prefix + "audio.wav"])
        assert isinstance(done, RecordingPlanned)
        return done, wall


async def measured(file: BinaryIO, size: int, model: str) -> str:
    """Plan two minutes, then the file, and say in a row of the table what that took."""
    load = partial(whisper.load, models_dir=WeightsSettings().models_dir, compute=Compute(threads=2))
    bench = Bench(S3Store(StoreSettings()), Engines(load, model, 1), Lane("bench", 1))
    await bench.store.ensure_bucket()
    short = wav_file(loop()[: 120 * SAMPLE_RATE])
    await bench.plan(io.BytesIO(short), len(short))
    before, cpu, peak = high_water("self"), spent(), Peak()
    plan, wall = await bench.plan(file, size)
    ours, theirs = (after - then for after, then in zip(spent(), cpu, strict=True))
    decoder, growth = peak.end(), high_water("self") - before
    bench.store.close()
    bench.lane.close()
    return (
        f"{size / 1e6:,.0f} | {plan.duration / 3600:.2f} | {len(plan.pieces)} "
        f"| {wall:.0f} | {ours:.0f} | {theirs:.0f} "
        f"| {before / 1e6:.0f} | {growth / 1e6:.0f} | {decoder / 1e6:.0f}"
    )


def spent() -> tuple[float, float]:
    """CPU seconds of this process and of its children so far."""
    child = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time(), child.ru_utime + child.ru_stime


def in_a_process(name: str, path: Path, model: str) -> None:
    with path.open("rb") as file:
        print(f"| {name} | {asyncio.run(measured(file, path.stat().st_size, model))} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--hours", type=float, default=10.0)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--model", default="base")
    given = parser.parse_args()
    ensure(given.model, WeightsSettings().models_dir)
    columns = "wall s | worker CPU s | decoder CPU s | worker MB | growth MB | decoder MB"
    print(f"| file | MB | hours | pieces | {columns} |\n|---{'|---:' * 9}|", flush=True)
    for name in given.kinds:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "recording"
            write(KINDS[name], given.hours, path)
            spawned = multiprocessing.get_context("spawn").Process(
                target=in_a_process, args=(name, path, given.model)
            )
            spawned.start()
            spawned.join()


if __name__ == "__main__":
    main()

"""The page on media: what is read, which options concern it, and what hostile files cost."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from docs.tables import table

from scribeline.contracts.codes import MEANINGS, Code
from scribeline.contracts.transcription import MOST_CHANNELS
from transcriber.clock import MAX_HOLE_SECONDS
from transcriber.formats import CODECS, CONTAINERS, Container
from transcriber.gaps import MISSING_SECONDS, MISSING_SHARE
from transcriber.pcm import MOST_HERTZ
from transcriber.settings import TranscriberSettings

MEASURED = Path(__file__).parent / "hostile.tsv"
"""What `python -m bench.hostile` printed."""
COSTLY_SECONDS, COSTLY_MB = 1.0, 100
"""Files that took more of either are named one by one."""
MAX_AUDIO_SECONDS, DECODE_MEMORY_BYTES, DECODE_SECONDS = (
    TranscriberSettings.model_fields[name].default
    for name in ("max_audio_seconds", "decode_memory_bytes", "decode_seconds")
)

INTRODUCTION = """A recording is what it holds, not what it is called: the file's name, its extension and
the content type of the upload do not matter (only a type that is clearly no recording, such as `text/html`,
is a `415` at once). Files are read by FFmpeg's libraries, which come with the project, behind two lists: a
container or a codec that is not in the table is not opened, although FFmpeg may know it."""

LEGEND = """In **bold**: files of this kind, with real speech in them, are made, decoded and compared with
what went in whenever the tests run (`tests/integration/test_media_formats.py`). The others are decoded by
the same libraries, and no file of theirs was at hand. In a video the pictures are passed over; any codec
will do."""

REFUSED = """**Not read**, and refused as `audio_unreadable`: playlists and whatever else names other files
or addresses (HLS, DASH, concat, SDP, RTSP); raw samples without a header (G.711, G.722, PCM), which nothing
tells from noise; archives; pictures, documents and subtitles; sound of more than {hertz:,} Hz. A film
without an audio track is `audio_no_stream`."""

OPTIONS = """## Options

- **`channels=mix`** (the default) hears all channels as one: named layouts, such as 5.1, by FFmpeg's
  matrix, and channels without names in equal shares, so that nobody is left out. More than 64 channels
  cannot be mixed (`audio_unreadable`). Two channels that are exactly opposite cancel each other: split
  them.
- **`channels=split`** transcribes each channel by itself: its segments have the speaker `channel 1`,
  `channel 2` and so on, ordered by time. Up to {channels} channels; more are `too_many_channels`. Channels
  count together against the longest recording that is accepted. Where the number changes midway, the
  recording keeps the channels it began with.
- **`start`** and **`end`** (seconds of the file) choose a part; either may be left out. Times in the
  transcript stay those of the file. Only the part counts against the longest recording, and what lies
  behind `end` is not even read. An `end` behind the file's end is its end; a part in which nothing lies is
  `audio_range_empty`.

What needs no option:

- **Several tracks**: the first audio track is heard.
- **No length stated**, as in what was streamed into a file: it is heard to its end.
- **Broken off**: what is there is transcribed. Where the file states its length (MP3 with a Xing tag, WAV,
  FLAC, AIFF, WavPack, TTA, MP4 whose index lies in front, Matroska with one track) and more than
  {missing:g} s and {share:.0%} of it are missing, the transcript ends with a gap, reason `truncated`. An
  MP4 whose index lies behind its sound, as most recorders write it, is `audio_unreadable` without its end.
- **Damaged within**: packets that cannot be decoded are left out.
- **Holes in time** (a muted caller, a late track) are silence, so that times stay true; a jump of more than
  {hole:.0f} s is taken for a broken clock.
- **Rate or channels that change** midway are followed."""

LIMITS = """## Limits and errors

Each file is decoded by a process of its own that can open no file and no socket, start no process and write
nowhere but into a pipe. It may use {memory} MiB (`SCRIBELINE_DECODE_MEMORY_BYTES`), {seconds:g} s of CPU
time (`SCRIBELINE_DECODE_SECONDS`), and give {hours:.2f} hours of sound
(`SCRIBELINE_MAX_AUDIO_SECONDS`). If it crashes, the file is `audio_unreadable`, and the worker goes on.
On a machine with no CPU to spare for it, it is tried again later."""

HOSTILE = """## Hostile files

What files that mean harm cost, each decoded with the limits above.
`tests/integration/test_hostile_media.py` holds every kind to a documented end, {bound} MB and the limits,
in smaller sizes; `python -m bench.hostile` makes them in full size and measures this. *Sound* means that it
was decoded, within the limits. That no playlist makes the decoder read a file or call anybody is tested
with a file and an address that would tell.

Measured with {how}. About 0.1 s and 45 MB of each is the process itself."""


class Measured(NamedTuple):
    """A line of docs/hostile.tsv."""

    kind: str
    name: str
    bytes: int
    outcome: str
    seconds: float
    megabytes: int

    @property
    def end(self) -> str:
        return "sound" if self.outcome.endswith("of sound") else f"`{self.outcome}`"

    @property
    def is_costly(self) -> bool:
        return self.seconds > COSTLY_SECONDS or self.megabytes > COSTLY_MB


def page() -> str:
    """All of it, without the mark of a generated page."""
    return "\n\n".join(
        (
            "# Formats",
            INTRODUCTION,
            table(("Container", "Usual extensions", "Codecs"), map(_row, CONTAINERS)),
            LEGEND,
            REFUSED.format(hertz=MOST_HERTZ),
            OPTIONS.format(
                channels=MOST_CHANNELS, missing=MISSING_SECONDS, share=MISSING_SHARE, hole=MAX_HOLE_SECONDS
            ),
            LIMITS.format(
                memory=DECODE_MEMORY_BYTES >> 20, seconds=DECODE_SECONDS, hours=MAX_AUDIO_SECONDS / 3600
            ),
            table(("Code", "What it says", "When"), _errors()),
            *_hostile(),
        )
    )


def _row(container: Container) -> tuple[str, str, str]:
    codecs = [f"**{CODECS[name]}**" for name in container.tested] + [CODECS[n] for n in container.untested]
    return container.name, " ".join(f"`.{end}`" for end in container.extensions), ", ".join(codecs)


WHEN = {
    Code.AUDIO_EMPTY: "no byte, or a track without sound",
    Code.AUDIO_UNREADABLE: "not in the table above, or damaged beyond reading",
    Code.AUDIO_NO_STREAM: "a film without sound, or subtitles alone",
    Code.AUDIO_TOO_LONG: "known from the header where one states it, else when the limit is reached",
    Code.AUDIO_RANGE_EMPTY: "`start` behind the end of the file, or not before `end`",
    Code.TOO_MANY_CHANNELS: "`channels=split` only",
    Code.DECODE_TIMEOUT: "`SCRIBELINE_DECODE_SECONDS`",
    Code.DECODE_LIMIT: "`SCRIBELINE_DECODE_MEMORY_BYTES`",
}


def _errors() -> Iterator[tuple[str, str, str]]:
    return ((f"`{code}`", MEANINGS[code].sentence, when) for code, when in WHEN.items())


def measured(file: Path = MEASURED) -> tuple[str, list[Measured]]:
    """How it was measured, and each file."""
    how, _, *lines = file.read_text(encoding="utf-8").splitlines()
    rows = csv.reader(lines, delimiter="\t")
    return how.removeprefix("# "), [
        Measured(kind, name, int(size), outcome, float(cpu), int(peak))
        for kind, name, size, outcome, cpu, peak, _wall in rows
    ]


def _hostile() -> Iterator[str]:
    how, files = measured()
    yield HOSTILE.format(how=how, bound=300)
    yield table(("Kind", "Files", "Ends", "CPU s, at most", "Peak MB, at most"), _kinds(files))
    yield f"Those that took more than {COSTLY_SECONDS:g} s or {COSTLY_MB} MB:"
    yield table(
        ("File", "Bytes", "End", "CPU s", "Peak MB"),
        (
            (file.name, f"{file.bytes:,}", file.outcome, f"{file.seconds:.1f}", str(file.megabytes))
            for file in files
            if file.is_costly
        ),
    )


KINDS = {
    "broken": "empty, or broken off",
    "disguised": "picture, document, program, archive named mp3",
    "playlist": "playlists that name a file or an address",
    "header": "absurd headers: 0 channels, 1 Hz, sizes of exabytes",
    "clock": "clocks that leap",
    "tags": "gigantic tags and covers",
    "structure": "edit lists, packed indexes and blocks, thousands of tracks, empty elements",
    "bomb": "hours of sound in a small file",
}


def _kinds(files: list[Measured]) -> Iterator[tuple[str, ...]]:
    for kind, meaning in KINDS.items():
        of_kind = [file for file in files if file.kind == kind]
        ends = ", ".join(sorted({file.end for file in of_kind}))
        seconds, peak = max(f.seconds for f in of_kind), max(f.megabytes for f in of_kind)
        yield meaning, str(len(of_kind)), ends, f"{seconds:.1f}", str(peak)

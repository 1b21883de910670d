"""Recordings with what is said in them: a folder with `manifest.tsv` (file, seconds, language, reference)."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from faster_whisper.audio import decode_audio
from numpy.typing import NDArray

from scribeline.contracts.transcription import SAMPLE_RATE
from tests.support.audio import wav_file

Samples = NDArray[np.float32]
PAUSE = np.zeros(2 * SAMPLE_RATE, np.float32)


@dataclass(frozen=True)
class Reference:
    file: Path
    language: str
    said: str

    @property
    def name(self) -> str:
        return self.file.name

    def samples(self) -> Samples:
        sound: Samples = decode_audio(str(self.file))
        return sound


def references(folder: Path) -> list[Reference]:
    """Each recording once: not those that are another one in another container."""
    with (folder / "manifest.tsv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Reference(folder / row["file"], row["language"], row["reference"])
        for row in rows
        if row["reference"] and not row["file"].startswith("formats/")
    ]


@dataclass(frozen=True)
class Long:
    """Recordings of one language, one after the other with pauses."""

    language: str
    sound: Samples
    said: list[tuple[str, str]]
    """Names and texts, in order."""

    @property
    def seconds(self) -> float:
        return self.sound.size / SAMPLE_RATE


def long(recordings: Sequence[Reference], language: str, speeds: Sequence[float]) -> Long:
    """At several speeds (speed perturbation, Ko et al. 2015): more speech that is not the same sound."""
    # Sentences of a recording that is there as a whole count once.
    chosen = [each for each in recordings if each.language == language and each.file.parent.name != "lj"]
    parts, said = list[Samples](), list[tuple[str, str]]()
    for speed in speeds:
        for each in chosen:
            parts += [_faster(each.samples(), speed), PAUSE]
            said.append((f"{each.name} x{speed}", each.said))
    return Long(language, np.concatenate(parts), said)


def as_file(sound: Samples) -> bytes:
    return wav_file((np.clip(sound, -1, 1) * 32767).astype(np.int16))


def _faster(sound: Samples, speed: float) -> Samples:
    if speed == 1.0:
        return sound
    where = np.arange(0, sound.size, speed)
    slower: Samples = np.interp(where, np.arange(sound.size), sound).astype(np.float32)
    return slower

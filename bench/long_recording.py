"""One long recording through the stack on 1 and 2 transcribers, against faster-whisper on the unsplit file.

    . .scribeline/env
    python bench/long_recording.py AUDIO_DIR      # with AUDIO_DIR/manifest.tsv: file, seconds, language, text

Joins the English files of the manifest, each also at 0.9 and 1.1 times its speed (speed perturbation, Ko
et al. 2015), so that some minutes of speech become more that is not the same sound. Prints words wrong of
each run against the reference texts, paired per file, and seconds. The stack must be up; it is scaled to 1
and 2 transcribers and left at 1.
"""

import argparse
import csv
import io
import os
import subprocess
import sys
import time
import wave
from dataclasses import dataclass
from pathlib import Path

import httpx2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import decode_audio
from numpy.typing import NDArray

from scribeline.contracts.transcription import SAMPLE_RATE
from scribeline.weights import WeightsSettings, locate
from tests.support.words import differing_in_each, words

SPEEDS = (1.0, 0.9, 1.1)
PAUSE = np.zeros(2 * SAMPLE_RATE, np.float32)
Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Run:
    """What one way of transcribing heard, and how long it took."""

    name: str
    seconds: float
    heard: str


def recording(folder: Path) -> tuple[Samples, list[tuple[str, str]]]:
    """The sound, and (name, text) of everything said in it, in order."""
    parts: list[Samples] = []
    spoken: list[tuple[str, str]] = []
    for speed in SPEEDS:
        for row in _english(folder):
            parts += [_faster(decode_audio(str(folder / row["file"])), speed), PAUSE]
            spoken.append((f"{row['file']} x{speed}", row["reference"]))
    return np.concatenate(parts), spoken


def _english(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.tsv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    # the same sound in other containers, and sentences of a file that is there as a whole, count once
    return [
        row
        for row in rows
        if row["language"] == "en" and row["reference"] and not row["file"].startswith(("formats/", "lj/"))
    ]


def _faster(sound: Samples, speed: float) -> Samples:
    where = np.arange(0, sound.size, speed)
    slower: Samples = np.interp(where, np.arange(sound.size), sound).astype(np.float32)
    return slower


def unsplit(sound: Samples, model: str) -> Run:
    engine = WhisperModel(
        str(locate(model, WeightsSettings().models_dir)), device="cpu", compute_type="int8", cpu_threads=2
    )
    began = time.monotonic()
    segments, _ = engine.transcribe(sound, beam_size=5, vad_filter=True, condition_on_previous_text=False)
    heard = " ".join(segment.text for segment in segments)
    return Run("unsplit, bare", time.monotonic() - began, heard)


def through_the_stack(sound: Samples, model: str, transcribers: int) -> Run:
    subprocess.run(
        [sys.executable, "-m", "deploy.local", "scale", "transcriber", str(transcribers)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    headers = {"Authorization": f"Bearer {os.environ['SCRIBELINE_API_KEY']}"}
    with httpx2.Client(base_url=os.environ["SCRIBELINE_URL"], headers=headers, timeout=60) as client:
        began = time.monotonic()
        files = {"audio": ("long.wav", _wav(sound))}
        answer = client.post("/v1/jobs", files=files, data={"analyze": "false", "model": model})
        answer.raise_for_status()
        id_ = answer.json()["id"]
        while (job := client.get(f"/v1/jobs/{id_}").json())["status"] not in ("completed", "failed"):
            if time.monotonic() - began > 3600:
                raise TimeoutError("an hour is enough")
            time.sleep(0.2)
        seconds = time.monotonic() - began
        if job["status"] == "failed":
            raise RuntimeError(str(job["error"]))
        segments = client.get(f"/v1/jobs/{id_}/transcript").json()["segments"]
    return Run(f"stack, {transcribers}", seconds, " ".join(segment["text"] for segment in segments))


def _wav(sound: Samples) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setframerate(SAMPLE_RATE)
        file.setnchannels(1)
        file.setsampwidth(2)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return out.getvalue()


def report(runs: list[Run], spoken: list[tuple[str, str]], seconds: float) -> None:
    print(f"{seconds:.0f} s of speech\n\n| file | words | " + " | ".join(run.name for run in runs) + " |")
    print("|---|---|" + "---|" * len(runs))
    wrong = [differing_in_each([text for _, text in spoken], run.heard) for run in runs]
    for place, (name, text) in enumerate(spoken):
        print(f"| {name} | {words(text)} | " + " | ".join(str(of_run[place]) for of_run in wrong) + " |")
    said = sum(words(text) for _, text in spoken)
    print(f"| WER % | {said} | " + " | ".join(f"{100 * sum(of_run) / said:.2f}" for of_run in wrong) + " |")
    print("| seconds | | " + " | ".join(f"{run.seconds:.1f}" for run in runs) + " |")
    print("| share of bare | | " + " | ".join(f"{runs[0].seconds / run.seconds:.2f}" for run in runs) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="base")
    given = parser.parse_args()
    sound, spoken = recording(given.folder)
    runs = [unsplit(sound, given.model)]
    runs += [through_the_stack(sound, given.model, n) for n in (1, 2, 1)]
    report(runs, spoken, sound.size / SAMPLE_RATE)


if __name__ == "__main__":
    main()

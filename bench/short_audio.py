"""CPU seconds of a short clip in a window as short as itself, as a ratio of those in the full window of 30 s.

    python -m bench.short_audio [--seconds 5] [--model base] [--times 10]

Takes the beginning of tests/data/jfk.wav and needs no stack. Both ways run in turn, with everything that the
engine does for a clip: the voice detector, features, encoder, decoder.
"""

import argparse
from dataclasses import replace
from statistics import median
from time import process_time

from scribeline.contracts.transcription import SAMPLE_RATE, Language, TranscriptionOptions
from scribeline.weights import WeightsSettings
from tests.support.audio import floats, jfk
from transcriber import whisper
from transcriber.engine import Compute, Samples

ENGLISH = Language(code="en", probability=1.0)


def cost(engine: whisper.Whisper, clip: Samples) -> float:
    before = process_time()
    engine.transcribe(clip, ENGLISH, TranscriptionOptions())
    return process_time() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--model", default="base")
    parser.add_argument("--times", type=int, default=10)
    given = parser.parse_args()
    clip = floats(jfk()[: round(given.seconds * SAMPLE_RATE)])
    on = Compute(device="cpu", compute_type="int8", threads=1)
    engines = [
        whisper.load(given.model, WeightsSettings().models_dir, compute)
        for compute in (replace(on, short_encoder=False), on)
    ]
    runs = [[cost(engine, clip) for engine in engines] for _ in range(given.times + 1)][1:]  # one to warm up
    full, short = (median(costs) for costs in zip(*runs, strict=True))
    print(
        f"`{given.model}`, {given.seconds:g} s: CPU {full:.2f} s in the full window, {short:.2f} s in a short"
        f" one; ratio {short / full:.2f}"
    )


if __name__ == "__main__":
    main()

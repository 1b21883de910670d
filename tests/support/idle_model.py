"""A process that loads a model, leaves it idle and uses it again: `python -m tests.support.idle_model DIR`.

Prints JSON: resident MB before, with the model and without it, and what was heard before and after.
"""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import psutil

from scribeline.contracts.transcription import Language, TranscriptionOptions
from tests.support.audio import floats, jfk
from tests.support.waiting import eventually
from transcriber import whisper
from transcriber.engine import Compute, Engines
from transcriber.idle import drop_idle_models

MODEL, IDLE_SECONDS = "base", 0.4
LEAST = 50
"""MB that a model of 74 million parameters in int8 must give back."""


@dataclass(frozen=True)
class Memory:
    before: float
    loaded: float
    idle: float
    heard: str
    heard_again: str


def resident() -> float:
    return float(psutil.Process().memory_info().rss / 1e6)


def heard(engines: Engines) -> str:
    english = Language(code="en", probability=1.0)
    found = engines.get(None).transcribe(floats(jfk()), english, TranscriptionOptions())
    return " ".join(segment.text for segment in found.segments)


async def measured(models: Path) -> Memory:
    engines = Engines(partial(whisper.load, models_dir=models, compute=Compute(threads=1)), MODEL, 1)
    floats(jfk())
    before = resident()
    first, loaded = heard(engines), resident()
    stop = asyncio.Event()
    watch = asyncio.create_task(drop_idle_models(stop, engines=engines, seconds=IDLE_SECONDS))
    await eventually(lambda: resident() < loaded - LEAST, 30)
    idle = resident()
    again = await asyncio.to_thread(heard, engines)
    stop.set()
    await watch
    return Memory(before, loaded, idle, first, again)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(asyncio.run(measured(Path(sys.argv[1]))))) + "\n")

"""The transcriber: one consumer per lane, all on one store, one broker and the same loaded models."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from scribeline.contracts.failures import Fail
from scribeline.contracts.routes import CHUNKS_QUEUE, PLAN_QUEUE, SHORT_QUEUE
from scribeline.contracts.transcription import PlanTranscription, TranscribeChunk, TranscribeShort
from scribeline.contracts.unit import Outcome
from scribeline.messaging.broker import Broker
from scribeline.messaging.consumer import Consumer
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.service import Runnable, run_service
from scribeline.messaging.worker import Step, Worker
from scribeline.settings import load
from scribeline.storage.s3 import S3Store
from scribeline.telemetry.metrics.transcription import MODELS_LOADED
from scribeline.weights import ensure
from transcriber import whisper
from transcriber.chunk import transcribe_chunk
from transcriber.engine import Engines
from transcriber.idle import drop_idle_models
from transcriber.pace import paced
from transcriber.plan import plan_transcription
from transcriber.settings import LaneName, TranscriberSettings
from transcriber.short import transcribe_short
from transcriber.slots import Lane

SERVICE = "transcriber"

Handler = Callable[..., Awaitable[Outcome]]

STEPS: dict[LaneName, Step] = {
    "short": Step(SHORT_QUEUE, (TranscribeShort,), soft_deadline=900.0, hard_deadline=1200.0),
    "plan": Step(PLAN_QUEUE, (PlanTranscription,), soft_deadline=1500.0, hard_deadline=1700.0),
    "chunks": Step(CHUNKS_QUEUE, (TranscribeChunk,), soft_deadline=900.0, hard_deadline=1200.0),
}
"""A unit may first wait for another one's slot; all stay below the broker's own limit of 30 minutes."""


def main() -> None:
    settings = load(TranscriberSettings)
    try:
        for model in dict.fromkeys((settings.default_model, *settings.models_preload)):
            ensure(model, settings.models_dir)
    except Fail as failure:
        # Better no consumer than one that fails every job for want of a model.
        sys.exit(failure.message)
    store = S3Store(settings)
    run_service(SERVICE, settings, partial(build, settings, store), {"store": store.ping})


async def build(
    settings: TranscriberSettings, store: S3Store
) -> tuple[Sequence[Consumer], Sequence[Runnable]]:
    """The composition root: adapters, handlers, consumers. Models to preload are loaded by then."""
    engines = Engines(
        partial(whisper.load, models_dir=settings.models_dir, compute=settings.compute),
        settings.default_model,
        settings.models_loaded,
    )
    MODELS_LOADED.set_function(lambda: engines.alive)
    for model in settings.models_preload:
        await asyncio.to_thread(engines.get, model)
    lanes = {name: Lane(name, slots) for name, slots in settings.slots.items()}
    limits, piece_seconds = settings.decode_limits, settings.piece_seconds
    handlers: Mapping[LaneName, Handler] = {
        "short": partial(transcribe_short, limits=limits, piece_seconds=piece_seconds),
        "plan": partial(plan_transcription, limits=limits, piece_seconds=piece_seconds),
        "chunks": transcribe_chunk,
    }
    broker = Broker.of(settings, SERVICE)
    publisher = Publisher(broker, SERVICE)
    workers = [
        Worker(
            replace(STEPS[name], slots=settings.slots[name], prefetch=settings.slots[name] + 1),
            partial(paced(STEPS[name].queue, handlers[name]), store=store, engines=engines, lane=lane),
            service=SERVICE,
            broker=broker,
            publisher=publisher,
            probes={"store": store.ping},
            shutdown_seconds=settings.shutdown_seconds,
        )
        for name, lane in lanes.items()
    ]
    seconds = settings.model_idle_seconds
    return workers, (partial(drop_idle_models, engines=engines, seconds=seconds),) if seconds else ()


if __name__ == "__main__":
    main()

"""Workers that hear nothing and know their answers, where what is heard is not the point."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from scribeline.contracts import routes
from scribeline.contracts.analysis import AnalysisMerged, AnalyzePart, MergeAnalysis, PartAnalyzed
from scribeline.contracts.transcription import (
    AudioObject,
    ChunkTranscribed,
    PlanTranscription,
    RecordingPlanned,
    ShortTranscribed,
    TranscribeChunk,
    TranscribeShort,
)
from scribeline.contracts.unit import Command, Outcome, UnitRef
from scribeline.messaging.broker import Broker
from scribeline.messaging.consumer import Consumer
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.worker import Step, Worker
from tests.support.births import ENGINE, ENGLISH, analysis, piece, words

PIECES = 8
AT_ONCE = 16
ACCEPTED: dict[str, tuple[type[Command], ...]] = {
    routes.SHORT_QUEUE: (TranscribeShort,),
    routes.PLAN_QUEUE: (PlanTranscription,),
    routes.CHUNKS_QUEUE: (TranscribeChunk,),
    routes.ANALYZER_QUEUE: (AnalyzePart, MergeAnalysis),
}


class Workers:
    """One for each queue. `asked` counts how often each unit was begun."""

    def __init__(
        self, broker: Broker, *, seconds: float = 0.0, asked: Counter[UnitRef] | None = None
    ) -> None:
        """`seconds` is how long each unit takes."""
        self.asked: Counter[UnitRef] = Counter() if asked is None else asked
        self._seconds = seconds
        publisher = Publisher(broker, "workers")
        self.all: Sequence[Worker] = [
            Worker(
                Step(queue, accepted, prefetch=AT_ONCE),
                self._answer,
                service="workers",
                broker=broker,
                publisher=publisher,
            )
            for queue, accepted in ACCEPTED.items()
        ]

    async def _answer(self, command: Command) -> Outcome:
        self.asked[command.unit] += 1
        await asyncio.sleep(self._seconds)
        return answer(command)


def answer(command: Command) -> Outcome:
    """What a worker that hears one word in each piece makes of it."""
    audio = AudioObject(key="k", bytes=1)
    match command:
        case TranscribeShort():
            return ShortTranscribed(unit=command.unit, audio=audio, duration=3.0, transcribed=words("one"))
        case PlanTranscription():
            return RecordingPlanned(
                unit=command.unit,
                audio=audio,
                duration=PIECES * 30.0,
                language=ENGLISH,
                pieces=tuple(map(piece, range(PIECES))),
                engine=ENGINE,
            )
        case TranscribeChunk(piece=given):
            heard = words("one", start=given.index * 30.0)
            return ChunkTranscribed(unit=command.unit, piece=given, transcribed=heard)
        case AnalyzePart():
            return PartAnalyzed(unit=command.unit, analysis=analysis())
        case _:
            return AnalysisMerged(unit=command.unit, analysis=analysis())


@asynccontextmanager
async def working(consumers: Sequence[Consumer]) -> AsyncIterator[None]:
    """While they consume."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(consumer.run(stop)) for consumer in consumers]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)

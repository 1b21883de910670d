"""The transcriber's three handlers over one store and one engine, without servers and weights."""

import io
import wave
from dataclasses import dataclass, field
from uuid import UUID

from scribeline.contracts.transcription import (
    SAMPLE_RATE,
    AudioObject,
    Language,
    Piece,
    PlanTranscription,
    TranscribeChunk,
    TranscribeShort,
    TranscriptionOptions,
)
from scribeline.contracts.unit import Outcome, Stage, UnitRef
from tests.support.audio import loud
from tests.support.engines import FakeEngine, engines
from tests.support.stores import MemoryStore
from transcriber.chunk import transcribe_chunk
from transcriber.decode import DecodeLimits
from transcriber.plan import plan_transcription
from transcriber.short import transcribe_short
from transcriber.slots import Lane

PREFIX = "acme/job/"
SOURCE = PREFIX + "source"
LIMITS = DecodeLimits(max_audio_seconds=600.0, seconds=60.0)


def ref(stage: Stage) -> UnitRef:
    return UnitRef(job=UUID(int=7), stage=stage)


@dataclass
class Transcriber:
    """The handlers over one store and one engine, with pieces of 4 s."""

    lane: Lane
    store: MemoryStore = field(default_factory=MemoryStore)
    engine: FakeEngine = field(default_factory=FakeEngine)

    def given(self, file: bytes) -> AudioObject:
        self.store.objects[SOURCE] = file
        return AudioObject(key=SOURCE, bytes=len(file))

    async def short(self, file: bytes, **options: object) -> Outcome:
        command = TranscribeShort(
            unit=ref(Stage.SHORT),
            source=self.given(file),
            options=TranscriptionOptions.model_validate(options),
            key_prefix=PREFIX,
        )
        return await transcribe_short(
            command,
            store=self.store,
            engines=engines(self.engine),
            lane=self.lane,
            limits=LIMITS,
            piece_seconds=4.0,
            detect=loud,
        )

    async def plan(self, file: bytes, **options: object) -> Outcome:
        command = PlanTranscription(
            unit=ref(Stage.PLAN),
            source=self.given(file),
            options=TranscriptionOptions.model_validate(options),
            key_prefix=PREFIX,
        )
        return await plan_transcription(
            command,
            store=self.store,
            engines=engines(self.engine),
            lane=self.lane,
            limits=LIMITS,
            piece_seconds=4.0,
            detect=loud,
        )

    async def chunk(
        self, piece: Piece, language: Language | None = None, *, interleaved: int = 1, **options: object
    ) -> Outcome:
        command = TranscribeChunk(
            unit=ref(Stage.CHUNK),
            audio=PREFIX + "audio.wav",
            piece=piece,
            channels=interleaved,
            language=language,
            options=TranscriptionOptions.model_validate(options),
            key_prefix=PREFIX,
        )
        return await transcribe_chunk(command, store=self.store, engines=engines(self.engine), lane=self.lane)

    def normalised_seconds(self, channels: int = 1) -> float:
        with wave.open(io.BytesIO(self.store.objects[PREFIX + "audio.wav"])) as file:
            assert (file.getframerate(), file.getsampwidth()) == (SAMPLE_RATE, 2)
            assert file.getnchannels() == channels
            return int(file.getnframes()) / SAMPLE_RATE

"""A file through the transcriber's own handlers and a real model, as jobs go, without a broker."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from uuid import UUID

from scribeline.contracts.transcription import (
    AudioObject,
    ChunkTranscribed,
    Gap,
    Language,
    PlanTranscription,
    RecordingPlanned,
    Segment,
    ShortTranscribed,
    TranscribeChunk,
    TranscribeShort,
    TranscriptionOptions,
)
from scribeline.contracts.unit import Stage, UnitRef
from tests.support.stores import MemoryStore
from transcriber.chunk import transcribe_chunk
from transcriber.decode import DecodeLimits
from transcriber.engine import Engines
from transcriber.plan import plan_transcription
from transcriber.short import transcribe_short
from transcriber.slots import Lane

PREFIX = "acme/job/"
SOURCE = PREFIX + "source"


@dataclass(frozen=True)
class Transcript:
    """Of a whole file, on its own clock."""

    segments: tuple[Segment, ...]
    gaps: tuple[Gap, ...]
    language: Language | None
    pieces: int = 1

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)

    @property
    def untold(self) -> list[tuple[float, float, str]]:
        """Its gaps, to the second."""
        return [(round(gap.start), round(gap.end), gap.reason) for gap in self.gaps]


def _ref(stage: Stage, index: int = 0) -> UnitRef:
    return UnitRef(job=UUID(int=7), stage=stage, index=index)


async def in_one(file: bytes, engines: Engines, options: TranscriptionOptions) -> Transcript:
    """As a small file: one unit. No more than a minute."""
    command = TranscribeShort(
        unit=_ref(Stage.SHORT),
        source=AudioObject(key=SOURCE, bytes=len(file)),
        options=options,
        key_prefix=PREFIX,
    )
    with closing(Lane("test", 1)) as lane:
        done = await transcribe_short(
            command,
            store=MemoryStore({SOURCE: file}),
            engines=engines,
            lane=lane,
            limits=DecodeLimits(),
            piece_seconds=60.0,
        )
    assert isinstance(done, ShortTranscribed)
    return Transcript(done.transcribed.segments, done.transcribed.gaps, done.transcribed.language)


async def in_pieces(
    file: bytes, engines: Engines, options: TranscriptionOptions, piece_seconds: float = 60.0
) -> Transcript:
    """As a large file: a plan, and a unit for each piece."""
    store = MemoryStore({SOURCE: file})
    command = PlanTranscription(
        unit=_ref(Stage.PLAN),
        source=AudioObject(key=SOURCE, bytes=len(file)),
        options=options,
        key_prefix=PREFIX,
    )
    with closing(Lane("test", 1)) as lane:
        plan = await plan_transcription(
            command,
            store=store,
            engines=engines,
            lane=lane,
            limits=DecodeLimits(),
            piece_seconds=piece_seconds,
        )
        assert isinstance(plan, RecordingPlanned)
        done = [
            await transcribe_chunk(each, store=store, engines=engines, lane=lane)
            for each in _chunks(plan, options)
        ]
    parts = [each.transcribed for each in done if isinstance(each, ChunkTranscribed)]
    assert len(parts) == len(plan.pieces)
    return Transcript(
        segments=tuple(segment for part in parts for segment in part.segments),
        gaps=(*plan.gaps, *(gap for part in parts for gap in part.gaps)),
        language=plan.language,
        pieces=len(parts),
    )


def _chunks(plan: RecordingPlanned, options: TranscriptionOptions) -> Iterable[TranscribeChunk]:
    for piece in plan.pieces:
        yield TranscribeChunk(
            unit=_ref(Stage.CHUNK, piece.index),
            audio=plan.audio.key,
            piece=piece,
            channels=plan.channels,
            language=plan.language,
            options=options,
            key_prefix=PREFIX,
        )

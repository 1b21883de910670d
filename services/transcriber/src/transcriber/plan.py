"""A long recording: decoded once into one WAV, cut at silences into pieces, its language told once."""

from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO

import numpy as np

from scribeline.contracts.transcription import (
    SAMPLE_RATE,
    AudioObject,
    EngineInfo,
    Gap,
    Language,
    Piece,
    PlanTranscription,
    RecordingPlanned,
    TranscriptionOptions,
)
from scribeline.contracts.unit import UnitCancelled
from scribeline.storage import keys
from scribeline.storage.objects import ObjectStore
from transcriber import wav
from transcriber.cutting import PAD, Span, broken_off, cut, gaps
from transcriber.decode import DecodeLimits, decoding
from transcriber.engine import Engines, Samples, named
from transcriber.recording import downloaded, is_cancelled
from transcriber.slots import Lane, timed
from transcriber.vad import Detect, Listener, joined, silero

LANGUAGE_SECONDS = 90
"""Most speech the language is told by: three of Whisper's windows."""


@dataclass(frozen=True)
class Plan:
    """What was found out about a recording while it was written to the disk."""

    samples: int
    pieces: tuple[Piece, ...]
    gaps: tuple[Gap, ...]
    language: Language | None
    engine: EngineInfo


async def plan_transcription(
    command: PlanTranscription,
    *,
    store: ObjectStore,
    engines: Engines,
    lane: Lane,
    limits: DecodeLimits,
    piece_seconds: float,
    detect: Detect = silero,
) -> RecordingPlanned | UnitCancelled:
    """Memory does not grow with the recording; the disk holds it twice. Raises Fail for a bad file."""
    if await is_cancelled(command.key_prefix, store):
        return UnitCancelled(unit=command.unit)
    limit = int(piece_seconds * SAMPLE_RATE)
    with TemporaryFile() as file:
        async with downloaded(command.source, store) as source:
            plan, seconds = await lane.compute.run(
                timed, _planned, source, file, command.options, engines, limits, limit, detect
            )
        size = wav.HEADER_BYTES + plan.samples * wav.SAMPLE_BYTES
        audio = AudioObject(key=keys.audio(command.key_prefix), bytes=size)
        await store.put_file(audio.key, file, size, wav.CONTENT_TYPE)
    return RecordingPlanned(
        unit=command.unit,
        audio=audio,
        duration=plan.samples / SAMPLE_RATE,
        language=plan.language,
        pieces=plan.pieces,
        gaps=plan.gaps,
        engine=plan.engine,
        processing_seconds=seconds,
    )


def _planned(
    source: BinaryIO,
    file: BinaryIO,
    options: TranscriptionOptions,
    engines: Engines,
    limits: DecodeLimits,
    limit: int,
    detect: Detect,
) -> Plan:
    # First: a model that is not there, or cannot speak the language, is known before hours are decoded.
    engine = engines.for_options(options)
    samples, speech, stated = _written(source, file, limits, detect)
    pieces = cut(speech, samples, limit)
    language = named(options)
    if language is None and speech:
        language = engine.detect_language(_first_speech(file, speech, samples))
    without_text = gaps(pieces, samples) + broken_off(samples, stated)
    return Plan(samples, pieces, without_text, language, engine.info)


def _written(
    source: BinaryIO, file: BinaryIO, limits: DecodeLimits, detect: Detect
) -> tuple[int, list[Span], float | None]:
    """Decode into a WAV and listen meanwhile; the header comes last, when the length is known.

    Returns the samples, the speech, and the seconds that the file states.
    """
    listener, size = Listener(detect), 0
    file.seek(wav.HEADER_BYTES)
    with decoding(source, limits) as blocks:
        for block in blocks:
            file.write(block)
            listener.feed(block)
            size += len(block)
    samples = size // wav.SAMPLE_BYTES
    file.seek(0)
    file.write(wav.header(samples))
    file.flush()
    return samples, listener.spans(), blocks.stated


def _first_speech(file: BinaryIO, speech: list[Span], samples: int) -> Samples:
    """Speech from the beginning with its short pauses, without the long ones."""
    wanted, found = LANGUAGE_SECONDS * SAMPLE_RATE, list[Samples]()
    for first, last in joined(Span(max(0, s.first - PAD), min(samples, s.last + PAD)) for s in speech):
        length = min(last - first, wanted)
        file.seek(wav.HEADER_BYTES + first * wav.SAMPLE_BYTES)
        found.append(wav.to_floats(file.read(length * wav.SAMPLE_BYTES)))
        wanted -= length
        if not wanted:
            break
    return np.concatenate(found)

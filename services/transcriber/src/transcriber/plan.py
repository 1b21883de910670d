"""A long recording: decoded once into one WAV, cut at silences into pieces, its language told once."""

from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO

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
from transcriber.cutting import Span, cut, cut_channels
from transcriber.decode import DecodeLimits, decoding
from transcriber.engine import Engines, Samples
from transcriber.excerpt import Excerpt, wanted
from transcriber.gaps import broken_off, fitting, silences
from transcriber.language import told
from transcriber.recording import downloaded, is_cancelled
from transcriber.slots import Lane, timed
from transcriber.vad import Detect, Listener, silero


@dataclass(frozen=True)
class Written:
    """A recording on the disk, and who speaks in it."""

    samples: int
    """Of each channel."""
    channels: int
    speech: list[list[Span]]
    """Of each channel."""
    stated: float | None
    """Seconds that the file claims to have."""


@dataclass(frozen=True)
class Plan:
    """What was found out about a recording while it was written to the disk."""

    written: Written
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
    if await is_cancelled(command.key_prefix, command.unit.run, store):
        return UnitCancelled(unit=command.unit)
    limit = int(piece_seconds * SAMPLE_RATE)
    with TemporaryFile() as file:
        async with downloaded(command.source, store) as source:
            plan, seconds = await lane.compute.run(
                timed, _planned, source, file, command.options, engines, limits, limit, detect
            )
        _, size = wav.byte_range(0, plan.written.samples, plan.written.channels)
        key = keys.audio(command.key_prefix, command.unit.run)
        audio = AudioObject(key=key, bytes=wav.HEADER_BYTES + size)
        await store.put_file(audio.key, file, audio.bytes, wav.CONTENT_TYPE)
    return RecordingPlanned(
        unit=command.unit,
        audio=audio,
        duration=plan.written.samples / SAMPLE_RATE,
        channels=plan.written.channels,
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
    engine, excerpt = engines.for_options(options), wanted(options)
    written = _written(source, file, limits, excerpt, detect)
    samples, speech = written.samples, written.speech
    pieces = cut_channels(speech, samples, limit) if excerpt.split else cut(speech[0], samples, limit)
    without_text = silences(pieces, samples, excerpt.start) + broken_off(samples, written.stated, excerpt)
    without_text = fitting(pieces, without_text)

    def read(span: Span, channel: int) -> Samples:
        start, length = wav.byte_range(span.first, span.last, written.channels)
        file.seek(start)
        return wav.to_floats(file.read(length), channel, written.channels)

    return Plan(written, pieces, without_text, told(engine, options, speech, samples, read), engine.info)


def _written(
    source: BinaryIO, file: BinaryIO, limits: DecodeLimits, excerpt: Excerpt, detect: Detect
) -> Written:
    """Decode into a WAV and listen meanwhile; the header comes last, when the length is known."""
    file.seek(wav.HEADER_BYTES)
    with decoding(source, limits, excerpt) as decoded:
        channels = decoded.channels
        listeners = [Listener(detect) for _ in range(channels)]
        splitter, size = wav.Splitter(channels), 0
        for block in decoded:
            file.write(block)
            size += len(block)
            for listener, sound in zip(listeners, splitter.split(block), strict=True):
                listener.feed(sound)
    samples = size // (channels * wav.SAMPLE_BYTES)
    file.seek(0)
    file.write(wav.header(samples, channels))
    file.flush()
    return Written(samples, channels, [listener.spans() for listener in listeners], decoded.stated)

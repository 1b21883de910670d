"""One piece of a planned recording: a range of the normalised WAV in, its words out."""

from scribeline.contracts.transcription import ChunkTranscribed, TranscribeChunk, Transcribed, speaker_of
from scribeline.contracts.unit import UnitCancelled
from scribeline.storage.objects import ObjectStore
from transcriber import gaps, wav
from transcriber.engine import Engines, named
from transcriber.excerpt import wanted
from transcriber.recording import is_cancelled, on_the_clock
from transcriber.slots import Lane, timed


async def transcribe_chunk(
    command: TranscribeChunk, *, store: ObjectStore, engines: Engines, lane: Lane
) -> ChunkTranscribed | UnitCancelled:
    """Its words, on the file's clock.

    Raises Fail: AUDIO_MISSING, MODEL_UNAVAILABLE, LANGUAGE_UNSUPPORTED.
    """
    if await is_cancelled(command.key_prefix, command.unit.run, store):
        return UnitCancelled(unit=command.unit)
    start, length = wav.byte_range(command.piece.first, command.piece.last, command.channels)
    pcm = await store.read(command.audio, start, length)
    if len(pcm) != length:
        raise EOFError(f"{command.audio} holds {len(pcm)} of the piece's {length} bytes")
    transcribed, seconds = await lane.compute.run(timed, _transcribed, command, pcm, engines)
    return ChunkTranscribed(
        unit=command.unit, piece=command.piece, transcribed=transcribed, processing_seconds=seconds
    )


def _transcribed(command: TranscribeChunk, pcm: bytes, engines: Engines) -> Transcribed:
    engine = engines.for_options(command.options)
    language = command.language or named(command.options)
    channel = command.piece.channel
    heard = engine.transcribe(wav.to_floats(pcm, channel or 0, command.channels), language, command.options)
    start, speaker = wanted(command.options).start + command.piece.start, speaker_of(channel)
    return Transcribed(
        segments=on_the_clock(heard.segments, start, speaker),
        gaps=gaps.beside(gaps.on_the_clock(heard.gaps, start, speaker), ()),
        language=heard.language,
        engine=engine.info,
    )

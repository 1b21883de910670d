"""A small file in one unit: decode, write the normalised WAV, transcribe."""

from typing import BinaryIO

from scribeline.contracts.transcription import (
    SAMPLE_RATE,
    AudioObject,
    ShortHandedBack,
    ShortTranscribed,
    Transcribed,
    TranscribeShort,
    TranscriptionOptions,
)
from scribeline.contracts.unit import UnitCancelled
from scribeline.storage.objects import ObjectStore
from transcriber import wav
from transcriber.cutting import cut, gaps
from transcriber.decode import DecodeLimits, decoding
from transcriber.engine import Engines, named
from transcriber.recording import AUDIO, downloaded, is_cancelled, on_the_clock
from transcriber.slots import Lane, timed
from transcriber.vad import Detect, silero


async def transcribe_short(
    command: TranscribeShort,
    *,
    store: ObjectStore,
    engines: Engines,
    lane: Lane,
    limits: DecodeLimits,
    piece_seconds: float,
    detect: Detect = silero,
) -> ShortTranscribed | ShortHandedBack | UnitCancelled:
    """What holds more than a piece is handed back as soon as that is known. Raises Fail for a bad file."""
    if await is_cancelled(command.key_prefix, store):
        return UnitCancelled(unit=command.unit)
    limit = int(piece_seconds * SAMPLE_RATE)
    async with downloaded(command.source, store) as source:
        pcm, decoding_seconds = await lane.prepare.run(timed, _decoded, source, limits, limit)
    samples = len(pcm) // wav.SAMPLE_BYTES
    if samples > limit:
        return ShortHandedBack(unit=command.unit, processing_seconds=decoding_seconds)
    audio = AudioObject(key=command.key_prefix + AUDIO, bytes=wav.HEADER_BYTES + len(pcm))
    await store.put(audio.key, wav.header(samples) + pcm, wav.CONTENT_TYPE)
    transcribed, seconds = await lane.compute.run(timed, _transcribed, pcm, command.options, engines, detect)
    return ShortTranscribed(
        unit=command.unit,
        audio=audio,
        duration=samples / SAMPLE_RATE,
        transcribed=transcribed,
        processing_seconds=decoding_seconds + seconds,
    )


def _decoded(source: BinaryIO, limits: DecodeLimits, limit: int) -> bytes:
    """All samples, or the first few more than `limit` of them."""
    pcm = bytearray()
    with decoding(source, limits) as blocks:
        for block in blocks:
            pcm += block
            if len(pcm) > limit * wav.SAMPLE_BYTES:
                break
    return bytes(pcm)


def _transcribed(pcm: bytes, options: TranscriptionOptions, engines: Engines, detect: Detect) -> Transcribed:
    engine = engines.for_options(options)
    samples = wav.to_floats(pcm)
    speech = detect(samples)
    silence = gaps(cut(speech, samples.size, samples.size), samples.size)
    if not speech:
        # Asked to, the model would tell the language of silence, and sometimes find words in it.
        return Transcribed(segments=(), gaps=silence, language=named(options), engine=engine.info)
    heard = engine.transcribe(samples, named(options), options)
    return Transcribed(
        segments=on_the_clock(heard.segments, 0.0), gaps=silence, language=heard.language, engine=engine.info
    )

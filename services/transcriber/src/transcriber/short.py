"""A small file in one unit: decode, write the normalised WAV, transcribe."""

from typing import BinaryIO

from scribeline.contracts.transcription import (
    SAMPLE_RATE,
    AudioObject,
    ShortHandedBack,
    ShortTranscribed,
    Transcribed,
    TranscribeShort,
)
from scribeline.contracts.unit import UnitCancelled
from scribeline.storage import keys
from scribeline.storage.objects import ObjectStore
from transcriber import wav
from transcriber.cutting import broken_off, cut, gaps
from transcriber.decode import DecodeLimits, decoding
from transcriber.engine import Engines, named
from transcriber.recording import downloaded, is_cancelled, on_the_clock
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
        (pcm, stated), decoding_seconds = await lane.prepare.run(timed, _decoded, source, limits, limit)
    samples = len(pcm) // wav.SAMPLE_BYTES
    if samples > limit:
        return ShortHandedBack(unit=command.unit, processing_seconds=decoding_seconds)
    audio = AudioObject(key=keys.audio(command.key_prefix), bytes=wav.HEADER_BYTES + len(pcm))
    await store.put(audio.key, wav.header(samples) + pcm, wav.CONTENT_TYPE)
    transcribed, seconds = await lane.compute.run(timed, _transcribed, command, pcm, engines, detect)
    transcribed = transcribed.model_copy(update={"gaps": transcribed.gaps + broken_off(samples, stated)})
    return ShortTranscribed(
        unit=command.unit,
        audio=audio,
        duration=samples / SAMPLE_RATE,
        transcribed=transcribed,
        processing_seconds=decoding_seconds + seconds,
    )


def _decoded(source: BinaryIO, limits: DecodeLimits, limit: int) -> tuple[bytes, float | None]:
    """All samples and the seconds that the file states, or the first few more than `limit` samples."""
    pcm = bytearray()
    with decoding(source, limits) as blocks:
        for block in blocks:
            pcm += block
            if len(pcm) > limit * wav.SAMPLE_BYTES:
                break
    return bytes(pcm), blocks.stated


def _transcribed(command: TranscribeShort, pcm: bytes, engines: Engines, detect: Detect) -> Transcribed:
    engine = engines.for_options(command.options)
    language = named(command.options)
    samples = wav.to_floats(pcm)
    speech = detect(samples)
    silence = gaps(cut(speech, samples.size, samples.size), samples.size)
    if not speech:
        # Asked to, the model would tell the language of silence, and sometimes find words in it.
        return Transcribed(segments=(), gaps=silence, language=language, engine=engine.info)
    heard = engine.transcribe(samples, language, command.options)
    return Transcribed(
        segments=on_the_clock(heard.segments, 0.0), gaps=silence, language=heard.language, engine=engine.info
    )

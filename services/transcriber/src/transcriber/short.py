"""A small file in one unit: decode, write the normalised WAV, transcribe."""

from dataclasses import dataclass
from typing import BinaryIO

from scribeline.contracts.transcription import (
    SAMPLE_RATE,
    AudioObject,
    Gap,
    Segment,
    ShortHandedBack,
    ShortTranscribed,
    Transcribed,
    TranscribeShort,
    TranscriptionOptions,
    speaker_of,
)
from scribeline.contracts.unit import UnitCancelled
from scribeline.storage import keys
from scribeline.storage.objects import ObjectStore
from transcriber import gaps, wav
from transcriber.cutting import Span, cut_channels
from transcriber.decode import DecodeLimits, decoding
from transcriber.engine import Engine, Engines, Samples, named
from transcriber.excerpt import Excerpt, wanted
from transcriber.language import told
from transcriber.recording import downloaded, is_cancelled, on_the_clock
from transcriber.slots import Lane, timed
from transcriber.vad import Detect, silero


@dataclass(frozen=True)
class Sound:
    """What was decoded: interleaved s16le."""

    pcm: bytes
    channels: int
    stated: float | None
    """Seconds that the file claims to have."""

    @property
    def samples(self) -> int:
        """Of each channel."""
        return len(self.pcm) // (self.channels * wav.SAMPLE_BYTES)

    def of(self, channel: int) -> Samples:
        return wav.to_floats(self.pcm, channel, self.channels)


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
    """What holds more than a piece, its channels counted together, is handed back as soon as that is known.

    Raises Fail for a bad file.
    """
    if await is_cancelled(command.key_prefix, command.unit.run, store):
        return UnitCancelled(unit=command.unit)
    limit, excerpt = int(piece_seconds * SAMPLE_RATE), wanted(command.options)
    async with downloaded(command.source, store) as source:
        sound, decoding_seconds = await lane.prepare.run(timed, _decoded, source, limits, excerpt, limit)
    if sound is None:
        return ShortHandedBack(unit=command.unit, processing_seconds=decoding_seconds)
    key = keys.audio(command.key_prefix, command.unit.run)
    audio = AudioObject(key=key, bytes=wav.HEADER_BYTES + len(sound.pcm))
    await store.put(audio.key, wav.header(sound.samples, sound.channels) + sound.pcm, wav.CONTENT_TYPE)
    transcribed, seconds = await lane.compute.run(
        timed, _transcribed, sound, command.options, excerpt, engines, detect
    )
    return ShortTranscribed(
        unit=command.unit,
        audio=audio,
        duration=sound.samples / SAMPLE_RATE,
        channels=sound.channels,
        transcribed=transcribed,
        processing_seconds=decoding_seconds + seconds,
    )


def _decoded(source: BinaryIO, limits: DecodeLimits, excerpt: Excerpt, limit: int) -> Sound | None:
    """All of it; None as soon as there are more than `limit` samples."""
    pcm = bytearray()
    with decoding(source, limits, excerpt) as decoded:
        for block in decoded:
            pcm += block
            if len(pcm) > limit * wav.SAMPLE_BYTES:
                return None
    return Sound(bytes(pcm), decoded.channels, decoded.stated)


def _transcribed(
    sound: Sound, options: TranscriptionOptions, excerpt: Excerpt, engines: Engines, detect: Detect
) -> Transcribed:
    engine, samples = engines.for_options(options), sound.samples
    speech = [detect(sound.of(channel)) for channel in range(sound.channels)]
    silent = gaps.silences(cut_channels(speech, samples, samples), samples, excerpt.start)
    lost = gaps.broken_off(samples, sound.stated, excerpt)
    if not any(speech):
        # Asked to, the model would tell the language of silence, and sometimes find words in it.
        return Transcribed(segments=(), gaps=silent + lost, language=named(options), engine=engine.info)
    heard = _heard(engine, sound, speech, options, excerpt)
    return heard.model_copy(update={"gaps": (*silent, *gaps.beside(heard.gaps, silent), *lost)})


def _heard(
    engine: Engine,
    sound: Sound,
    speech: list[list[Span]],
    options: TranscriptionOptions,
    excerpt: Excerpt,
) -> Transcribed:
    """Every channel on which somebody speaks. One alone tells its language by itself."""
    language = named(options)
    if sound.channels > 1:
        language = told(engine, options, speech, sound.samples, lambda s, c: sound.of(c)[s.first : s.last])
    segments, left_out = list[Segment](), list[Gap]()
    for channel in (number for number, spans in enumerate(speech) if spans):
        heard = engine.transcribe(sound.of(channel), language, options)
        speaker = speaker_of(channel) if excerpt.split else None
        segments += on_the_clock(heard.segments, excerpt.start, speaker)
        left_out += gaps.on_the_clock(heard.gaps, excerpt.start, speaker)
        language = language or heard.language
    segments.sort(key=lambda segment: segment.start)
    numbered = tuple(segment.model_copy(update={"id": number}) for number, segment in enumerate(segments))
    return Transcribed(segments=numbered, gaps=tuple(left_out), language=language, engine=engine.info)

"""Commands and results of the transcriber. All times are seconds on the recording's own clock."""

from enum import StrEnum

from pydantic import Field

from scribeline.contracts.base import Frozen, LanguageCode
from scribeline.contracts.unit import Command, Outcome

SAMPLE_RATE = 16_000
"""Hz of the normalised recording: what Whisper's feature extractor takes (openai/whisper audio.py)."""


class Task(StrEnum):
    TRANSCRIBE = "transcribe"
    TRANSLATE = "translate"
    """Into English; Whisper knows no other target."""


class Channels(StrEnum):
    """What becomes of a recording with several channels."""

    MIX = "mix"
    """Heard as one."""
    SPLIT = "split"
    """Each is heard by itself, and is one speaker."""


MOST_CHANNELS = 8
"""Of a recording that is split."""


def speaker_of(channel: int | None) -> str | None:
    """How a channel is called in a transcript; people count from 1."""
    return None if channel is None else f"channel {channel + 1}"


class Replacement(Frozen):
    """A spelling the user wants: whole words `find`, in any case, are written `replace`."""

    find: str = Field(min_length=1, max_length=100)
    replace: str = Field(max_length=100)


class AudioObject(Frozen):
    """An object in the store."""

    key: str
    bytes: int = Field(ge=0)
    sha256: str | None = None


class TranscriptionOptions(Frozen):
    """What the user asked for. None is the server's default."""

    language: LanguageCode | None = None
    languages: tuple[LanguageCode, ...] = Field(default=(), max_length=100)
    """Those that may be detected where `language` names none; any, when empty."""
    model: str | None = Field(default=None, max_length=100)
    task: Task = Task.TRANSCRIBE
    prompt: str | None = Field(default=None, max_length=2000)
    hotwords: str | None = Field(default=None, max_length=1000)
    """Words to listen for, in every window of 30 s (the prompt serves the first one only)."""
    temperature: float | None = Field(default=None, ge=0, le=1)
    """Of the decoder; None begins at 0 and rises where the text loops or is improbable."""
    beam_size: int | None = Field(default=None, ge=1, le=10)
    word_timestamps: bool = False
    replacements: tuple[Replacement, ...] = Field(default=(), max_length=100)
    channels: Channels = Channels.MIX
    start: float | None = Field(default=None, ge=0)
    """Seconds of the file from which on it is heard. Times stay on the file's own clock."""
    end: float | None = Field(default=None, gt=0)
    """Seconds of the file up to which it is heard."""


class Language(Frozen):
    """A language and how sure the engine is of it (1.0 when the user named it)."""

    code: LanguageCode
    probability: float = Field(ge=0, le=1)


class Piece(Frozen):
    """A range of the normalised recording: samples [first, last) at 16 kHz, at most 60 s.

    Sample 0 is where the recording is heard from (`TranscriptionOptions.start`).
    """

    index: int = Field(ge=0)
    first: int = Field(ge=0)
    last: int = Field(gt=0)
    channel: int | None = Field(default=None, ge=0, lt=MOST_CHANNELS)
    """The one that is heard, of a recording that is split."""

    @property
    def start(self) -> float:
        return self.first / SAMPLE_RATE

    @property
    def seconds(self) -> float:
        return (self.last - self.first) / SAMPLE_RATE


class Word(Frozen):
    start: float
    end: float
    text: str
    probability: float = Field(ge=0, le=1)


class Segment(Frozen):
    """A stretch of speech. `id` counts from 0 within its piece; renderings number the whole transcript."""

    id: int = Field(ge=0)
    start: float
    end: float
    text: str
    confidence: float = Field(ge=0, le=1)
    """exp(avg_logprob): the geometric mean of the token probabilities, clipped to 0..1."""
    avg_logprob: float
    """Natural logarithm, mean over the tokens of the window of 30 s that the segment is of, its end included
    (openai/whisper decoding.py, `DecodingTask.run`). All segments of a window have the same."""
    no_speech_prob: float = Field(ge=0, le=1)
    words: tuple[Word, ...] | None = None
    speaker: str | None = None


class Gap(Frozen):
    """A stretch without text, and why.

    `silence`: nobody speaks. `no_speech`: there is sound like speech, in which the model found no words, or
    none that it believed. `repetition`: what it wrote was a loop, and was left out. `truncated`: the file
    breaks off before the length that it states, so this one lies behind the recording's end.
    `recording_missing`: the recording that this one continues failed, was cancelled or is deleted;
    `transcript_too_long`: its transcript is longer than can be continued. These two have no length, as nobody
    knows it. Anything else is the code of the piece that failed.
    """

    start: float
    end: float
    reason: str
    speaker: str | None = None
    """The channel that it is a gap of, where the recording was split and the others may have text."""


class GivenSegment(Frozen):
    """A stretch of a transcript that a client brings along. Times in seconds: both, or none."""

    text: str
    start: float | None = None
    end: float | None = None
    speaker: str | None = None


class EngineInfo(Frozen):
    """Who did it: `faster-whisper 1.2.1`, `base`, `cpu/int8`."""

    engine: str
    model: str
    compute: str | None = None


class TranscribeShort(Command):
    """Probe, decode and transcribe a small file in one unit; hand back what turns out long."""

    source: AudioObject
    options: TranscriptionOptions
    key_prefix: str
    """Key prefix `{tenant}/{job}/` under which the normalised recording is written."""


class PlanTranscription(Command):
    """Decode once into one WAV below `key_prefix`, cut at silences into pieces, detect the language."""

    source: AudioObject
    options: TranscriptionOptions
    key_prefix: str


class TranscribeChunk(Command):
    """Transcribe one piece of the normalised recording."""

    audio: str
    """Key of the normalised WAV; pieces are ranges of it."""
    piece: Piece
    channels: int = Field(default=1, ge=1, le=MOST_CHANNELS)
    """Interleaved in that WAV."""
    language: Language | None = None
    options: TranscriptionOptions
    key_prefix: str


class Transcribed(Frozen):
    """The words of one piece."""

    segments: tuple[Segment, ...]
    gaps: tuple[Gap, ...] = ()
    language: Language | None = None
    """None when there was no speech to tell it by."""
    engine: EngineInfo


class RecordingPlanned(Outcome):
    audio: AudioObject
    duration: float = Field(ge=0)
    """Seconds that are heard: the whole recording, or from its `start` to its `end`."""
    channels: int = Field(default=1, ge=1, le=MOST_CHANNELS)
    """Of the WAV: more than one where the recording is split."""
    language: Language | None = None
    pieces: tuple[Piece, ...]
    """May be empty: a recording without speech."""
    gaps: tuple[Gap, ...] = ()
    """What no piece covers."""
    engine: EngineInfo


class ChunkTranscribed(Outcome):
    piece: Piece
    transcribed: Transcribed


class ShortTranscribed(Outcome):
    audio: AudioObject
    duration: float = Field(ge=0)
    channels: int = Field(default=1, ge=1, le=MOST_CHANNELS)
    transcribed: Transcribed


class ShortHandedBack(Outcome):
    """The small file turned out to hold more than one piece of audio: it needs a plan."""

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


class AudioObject(Frozen):
    """An object in the store."""

    key: str
    bytes: int = Field(ge=0)
    sha256: str | None = None


class TranscriptionOptions(Frozen):
    """What the user asked for. `model` None is the server's default."""

    language: LanguageCode | None = None
    model: str | None = Field(default=None, max_length=100)
    task: Task = Task.TRANSCRIBE
    prompt: str | None = Field(default=None, max_length=2000)
    word_timestamps: bool = False


class Language(Frozen):
    """A language and how sure the engine is of it (1.0 when the user named it)."""

    code: LanguageCode
    probability: float = Field(ge=0, le=1)


class Piece(Frozen):
    """A range of the normalised recording: samples [first, last) at 16 kHz, at most 60 s."""

    index: int = Field(ge=0)
    first: int = Field(ge=0)
    last: int = Field(gt=0)

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
    no_speech_prob: float = Field(ge=0, le=1)
    words: tuple[Word, ...] | None = None


class Gap(Frozen):
    """A stretch without text, and why: `silence`, the code of the piece that failed, or `truncated`: the file
    breaks off before the length that it states, so this one lies behind the recording's end."""

    start: float
    end: float
    reason: str


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
    """Decode once to `{tenant}/{job}/audio.wav`, cut at silences into pieces, detect the language."""

    source: AudioObject
    options: TranscriptionOptions
    key_prefix: str


class TranscribeChunk(Command):
    """Transcribe one piece of the normalised recording."""

    audio: str
    """Key of the normalised WAV; pieces are ranges of it."""
    piece: Piece
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
    """Seconds of the whole recording."""
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
    transcribed: Transcribed


class ShortHandedBack(Outcome):
    """The small file turned out to hold more than one piece of audio: it needs a plan."""

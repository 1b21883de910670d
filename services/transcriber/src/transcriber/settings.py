"""Settings of the transcriber."""

import os
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode

from scribeline.settings import BrokerSettings, HealthSettings, StoreSettings
from scribeline.weights import DEFAULT_MODEL, WeightsSettings
from transcriber.cutting import MAX_PIECES, most_pieces
from transcriber.decode import DecodeLimits
from transcriber.engine import Compute

LaneName = Literal["short", "plan", "chunks"]


class TranscriberSettings(HealthSettings, BrokerSettings, StoreSettings, WeightsSettings):
    transcriber_lanes: Annotated[tuple[LaneName, ...], NoDecode] = ("short", "plan", "chunks")
    """Which queues this process serves, separated by commas: `short`, `plan`, `chunks`."""
    short_slots: int = Field(default=1, ge=1, le=64)
    """Small files transcribed at the same time by one process."""
    plan_slots: int = Field(default=1, ge=1, le=64)
    """Long recordings decoded and cut at the same time by one process."""
    chunk_slots: int = Field(default=1, ge=1, le=64)
    """Pieces of long recordings transcribed at the same time by one process."""
    default_model: str = DEFAULT_MODEL
    """Transcription model used where a job names none."""
    models_loaded: int = Field(default=2, ge=1, le=16)
    """Models kept in memory; the least recently used goes when another one is asked for, once nobody works
    with it."""
    models_preload: Annotated[tuple[str, ...], NoDecode] = ()
    """Models that are loaded before the process is ready, separated by commas; others when they are first
    asked for. No more than `SCRIBELINE_MODELS_LOADED`."""
    model_idle_seconds: float = Field(default=0.0, ge=0.0)
    """Seconds after which a model that nobody asked for gives its memory back; 0 keeps it."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """What models run on; `auto` takes CUDA where CTranslate2 finds a GPU."""
    compute_type: str = "auto"
    """CTranslate2's compute type, such as `int8`; `auto` is `float16` on CUDA and `int8` on a CPU."""
    cpu_threads: int = Field(default=0, ge=0, le=256)
    """CPU threads of each slot; 0 shares this process's cores among the slots of its busiest lane."""
    short_encoder: bool = True
    """Whether short clips are encoded in a window about as short as they are instead of 30 s, which costs a
    fraction of the CPU time. Done where it was measured to cost no words: with `base`, in English."""
    piece_seconds: float = Field(default=60.0, ge=15.0, le=60.0)
    """Longest piece of a recording that is transcribed as one unit. One message names all of them, so more
    than ten hours of audio need longer pieces than 15 seconds."""
    max_audio_seconds: float = Field(default=36_060.0, gt=0.0)
    """Longest recording accepted: ten hours, and a minute for what containers add at their ends."""
    decode_memory_bytes: int = Field(default=1 << 29, ge=1 << 27)
    """Memory the decoder's process may use for one file."""
    decode_seconds: float = Field(default=300.0, gt=0.0)
    """CPU seconds the decoder may use for one file."""

    @field_validator("transcriber_lanes", mode="before")
    @classmethod
    def _listed(cls, given: object) -> object:
        return tuple(lane.strip() for lane in given.split(",")) if isinstance(given, str) else given

    @field_validator("models_preload", mode="before")
    @classmethod
    def _named(cls, given: object) -> object:
        """Each once; none where nothing is written."""
        if not isinstance(given, str):
            return given
        return tuple(dict.fromkeys(name.strip() for name in given.split(",") if name.strip()))

    @model_validator(mode="after")
    def _kept(self) -> Self:
        if len(self.models_preload) > self.models_loaded:
            raise ValueError("models_preload names more models than models_loaded keeps")
        return self

    @model_validator(mode="after")
    def _plannable(self) -> Self:
        if most_pieces(self.max_audio_seconds, self.piece_seconds) > MAX_PIECES:
            raise ValueError("max_audio_seconds needs longer pieces: raise piece_seconds")
        return self

    @property
    def slots(self) -> dict[LaneName, int]:
        """Slots of the lanes this process serves."""
        slots: dict[LaneName, int] = {
            "short": self.short_slots,
            "plan": self.plan_slots,
            "chunks": self.chunk_slots,
        }
        return {lane: slots[lane] for lane in self.transcriber_lanes}

    @property
    def compute(self) -> Compute:
        cores = len(os.sched_getaffinity(0))
        slots = self.slots
        return Compute(
            device=self.device,
            compute_type=self.compute_type,
            threads=self.cpu_threads or max(1, cores // max(slots.values())),
            slots=sum(slots.values()),
            short_encoder=self.short_encoder,
        )

    @property
    def decode_limits(self) -> DecodeLimits:
        return DecodeLimits(
            max_audio_seconds=self.max_audio_seconds,
            memory_bytes=self.decode_memory_bytes,
            seconds=self.decode_seconds,
        )

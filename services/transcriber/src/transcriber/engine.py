"""What a speech engine is to us, and the choice of one by a model's name."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Protocol
from weakref import WeakValueDictionary

import numpy as np
import structlog
from numpy.typing import NDArray

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.contracts.transcription import EngineInfo, Gap, Language, Segment, TranscriptionOptions
from scribeline.telemetry.metrics.transcription import MODEL_LOAD_SECONDS, MODEL_LOADS

log = structlog.get_logger(__name__)

Samples = NDArray[np.float32]
"""Mono, 16 kHz, -1..1."""


@dataclass(frozen=True)
class Heard:
    """Segments with times in seconds from the first sample, ids from 0; `language` None if nobody spoke.
    `gaps` are stretches of sound whose words the engine did not find or did not believe."""

    segments: tuple[Segment, ...]
    language: Language | None
    gaps: tuple[Gap, ...] = ()


class Engine(Protocol):
    """One loaded model. Blocking, and safe to call from several threads at once."""

    @property
    def info(self) -> EngineInfo: ...

    @property
    def languages(self) -> frozenset[str]:
        """Codes it can transcribe."""

    def transcribe(self, samples: Samples, language: Language | None, options: TranscriptionOptions) -> Heard:
        """The words of at most a minute or so. `language` None: it is detected first."""

    def detect_language(self, samples: Samples, among: Sequence[str] = ()) -> Language:
        """Of speech without long silences; the more the surer, up to 90 s. `among` are the languages it may
        be, any when empty."""


@dataclass(frozen=True)
class Compute:
    """What models run on. `threads` is per slot; `slots` may work on one model at the same time.
    `short_encoder`: windows may be as short as their speech (`transcriber.short_window`)."""

    device: str = "auto"
    compute_type: str = "auto"
    threads: int = 0
    slots: int = 1
    short_encoder: bool = True


class Engines:
    """Loads an engine when it is first asked for; keeps the `keep` last used. Safe from any thread.

    Who asks for a model that is being loaded waits for it; who asks for another one does not. An engine
    lives for as long as it is kept here or somebody works with it, and while it lives it is never loaded a
    second time: so there may be more than `keep`, as many as there are slots.
    """

    def __init__(
        self, load: Callable[[str], Engine], default: str, keep: int, clock: Callable[[], float] = monotonic
    ) -> None:
        self._load, self._default, self._keep, self._clock = load, default, keep, clock
        self._kept: OrderedDict[str, tuple[Engine, float]] = OrderedDict()
        """And when each was last asked for; the oldest first."""
        self._alive: WeakValueDictionary[str, Engine] = WeakValueDictionary()
        """Those kept, and those dropped that somebody still works with."""
        self._loading: WeakValueDictionary[str, Lock] = WeakValueDictionary()
        """Held by who loads that model; gone when nobody asks for it."""
        self._lock = Lock()

    def get(self, model: str | None) -> Engine:
        """The engine of that model, or of the default one. Blocking. Raises Fail(MODEL_UNAVAILABLE)."""
        name = model or self._default
        with self._lock:
            loading = self._loading.setdefault(name, Lock())
        with loading:
            with self._lock:
                engine = self._alive.get(name)
            return self._keeping(name, engine or self._loaded(name))

    def _loaded(self, name: str) -> Engine:
        began = self._clock()
        try:
            engine = self._load(name)
        except BaseException as error:
            MODEL_LOADS.labels("failed").inc()
            why = repr(error.__cause__ or error)
            log.error("model cannot be loaded", model=name, reason=why)  # noqa: TRY400 - one line says it
            raise
        MODEL_LOADS.labels("loaded").inc()
        MODEL_LOAD_SECONDS.observe(self._clock() - began)
        return engine

    @property
    def alive(self) -> int:
        """Models in memory."""
        return len(self._alive)

    def _keeping(self, name: str, engine: Engine) -> Engine:
        with self._lock:
            self._alive[name] = engine
            self._kept[name] = (engine, self._clock())
            self._kept.move_to_end(name)
            while len(self._kept) > self._keep:
                self._kept.popitem(last=False)
        return engine

    def drop_idle(self, seconds: float) -> list[str]:
        """Let go of what nobody has worked with for so long, and say which. Who works with one keeps it."""
        with self._lock:
            since = self._clock() - seconds
            idle = [name for name, (_, used) in self._kept.items() if used <= since]
            for name in idle:
                del self._kept[name]
            # CPython frees at once what nobody refers to: what is still there is at work, and not idle.
            for name, engine in [(name, self._alive.get(name)) for name in idle]:
                if engine is not None:
                    self._kept[name] = (engine, self._clock())
            return [name for name in idle if name not in self._kept]

    def for_options(self, options: TranscriptionOptions) -> Engine:
        """The engine that was asked for. Raises Fail: MODEL_UNAVAILABLE, LANGUAGE_UNSUPPORTED."""
        engine = self.get(options.model)
        if options.language is not None and options.language not in engine.languages:
            raise Fail(Code.LANGUAGE_UNSUPPORTED)
        if options.languages and engine.languages.isdisjoint(options.languages):
            raise Fail(Code.LANGUAGE_UNSUPPORTED)
        return engine


def named(options: TranscriptionOptions) -> Language | None:
    """The language the user named, of which there is no doubt."""
    return Language(code=options.language, probability=1.0) if options.language else None

"""What a speech engine is to us, and the choice of one by a model's name."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Protocol
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.contracts.transcription import EngineInfo, Language, Segment, TranscriptionOptions

Samples = NDArray[np.float32]
"""Mono, 16 kHz, -1..1."""


@dataclass(frozen=True)
class Heard:
    """Segments with times in seconds from the first sample, ids from 0; `language` None if nobody spoke."""

    segments: tuple[Segment, ...]
    language: Language | None


class Engine(Protocol):
    """One loaded model. Blocking, and safe to call from several threads at once."""

    @property
    def info(self) -> EngineInfo: ...

    @property
    def languages(self) -> frozenset[str]:
        """Codes it can transcribe."""

    def transcribe(self, samples: Samples, language: Language | None, options: TranscriptionOptions) -> Heard:
        """The words of at most a minute or so. `language` None: it is detected first."""

    def detect_language(self, samples: Samples) -> Language:
        """Of speech without long silences; the more the surer, up to 90 s."""


@dataclass(frozen=True)
class Compute:
    """What models run on. `threads` is per slot; `slots` may work on one model at the same time."""

    device: str = "auto"
    compute_type: str = "auto"
    threads: int = 0
    slots: int = 1


class Engines:
    """Loads an engine when it is first asked for; keeps the `keep` last used. Safe from any thread.

    Who asks for a model that is being loaded waits for it; who asks for another one does not.
    """

    def __init__(self, load: Callable[[str], Engine], default: str, keep: int) -> None:
        self._load, self._default, self._keep = load, default, keep
        self._loaded: OrderedDict[str, Engine] = OrderedDict()
        self._loading: WeakValueDictionary[str, Lock] = WeakValueDictionary()
        """Held by who loads that model; gone when nobody asks for it."""
        self._lock = Lock()

    def get(self, model: str | None) -> Engine:
        """The engine of that model, or of the default one. Blocking. Raises Fail(MODEL_UNAVAILABLE)."""
        name = model or self._default
        with self._lock:
            loading = self._loading.setdefault(name, Lock())
        with loading:
            return self._kept(name, self._loaded.get(name) or self._load(name))

    def _kept(self, name: str, engine: Engine) -> Engine:
        with self._lock:
            self._loaded[name] = engine
            self._loaded.move_to_end(name)
            while len(self._loaded) > self._keep:
                self._loaded.popitem(last=False)
        return engine

    def for_options(self, options: TranscriptionOptions) -> Engine:
        """The engine that was asked for. Raises Fail: MODEL_UNAVAILABLE, LANGUAGE_UNSUPPORTED."""
        engine = self.get(options.model)
        if options.language is not None and options.language not in engine.languages:
            raise Fail(Code.LANGUAGE_UNSUPPORTED)
        return engine


def named(options: TranscriptionOptions) -> Language | None:
    """The language the user named, of which there is no doubt."""
    return Language(code=options.language, probability=1.0) if options.language else None

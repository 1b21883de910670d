"""An engine that hears without weights."""

from collections.abc import Sequence

from scribeline.contracts.transcription import EngineInfo, Gap, Language, Segment, TranscriptionOptions, Word
from transcriber.engine import Engines, Heard, Samples


class FakeEngine:
    """Says how long each recording was; `asked` lists the languages it was given, `given` the recordings."""

    info = EngineInfo(engine="fake", model="fake")

    def __init__(
        self, languages: frozenset[str] = frozenset({"en", "de"}), left_out: tuple[Gap, ...] = ()
    ) -> None:
        self.languages = languages
        self.left_out = left_out
        """Gaps that it tells of each recording."""
        self.asked: list[Language | None] = []
        self.given: list[Samples] = []
        self.told_by: list[float] = []
        self.among: list[Sequence[str]] = []

    def transcribe(self, samples: Samples, language: Language | None, options: TranscriptionOptions) -> Heard:
        self.asked.append(language)
        self.given.append(samples)
        seconds = samples.size / 16_000
        words = (
            (Word(start=0.0, end=0.5, text="hello", probability=1.0),) if options.word_timestamps else None
        )
        segment = Segment(
            id=0,
            start=0.0,
            end=seconds,
            text=f"{seconds:.1f} seconds",
            confidence=0.9,
            avg_logprob=-0.1,
            no_speech_prob=0.0,
            words=words,
        )
        return Heard((segment,), language or Language(code="en", probability=0.7), self.left_out)

    def detect_language(self, samples: Samples, among: Sequence[str] = ()) -> Language:
        self.told_by.append(samples.size / 16_000)
        self.among.append(among)
        return Language(code="de", probability=0.8)


def engines(engine: FakeEngine) -> Engines:
    return Engines(lambda _name: engine, default="fake", keep=1)

"""Our words against those of bare faster-whisper with the same options, and against what was said.

    python -m bench.accuracy AUDIO_DIR [--model base]    # with its manifest.tsv

Every recording by itself, through decoding, the voice detector and the engine as a small file goes, with the
short encoder and without; those in the languages that it is used for cut into clips, both ways again; then
long recordings, whole through the bare engine and in pieces through ours. Prints markdown; docs/accuracy.md
keeps it.
"""

import argparse
import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

from faster_whisper import WhisperModel

from scribeline.contracts.transcription import SAMPLE_RATE, Language, TranscriptionOptions
from scribeline.weights import WeightsSettings, locate
from tests.support.hearing import in_one, in_pieces
from tests.support.references import Long, Reference, Samples, as_file, long, references
from tests.support.words import differing, differing_in_each, normalized, words
from transcriber import whisper
from transcriber.cutting import cut
from transcriber.engine import Compute, Engines
from transcriber.short_window import SHORTENED
from transcriber.vad import silero

LONG = {"en": (1.0, 0.9, 1.1), "de": (1.0,), "es": (1.0,)}
"""Languages of the long recordings, and the speeds at which theirs are joined."""
CLIPS = (6.0, 12.0)
"""Seconds: recordings are cut at silences into clips of at most so much."""


@dataclass(frozen=True)
class Heard:
    """One recording: the words of the bare engine, and ours without and with the short encoder."""

    name: str
    seconds: float
    language: str
    said: str
    bare: str
    ours: str
    short: str
    gaps: int

    @property
    def is_same(self) -> bool:
        return normalized(self.ours, self.language) == normalized(self.bare, self.language)

    def wrong(self, text: str) -> int:
        return differing(text, self.said, self.language)


@dataclass(frozen=True)
class Clips:
    """Words wrong in clips of at most so many seconds, in the full window and in short ones."""

    seconds: float
    clips: int
    words: int
    full: int
    short: int


@dataclass(frozen=True)
class Split:
    """A long recording: words wrong in each of its parts, whole by the bare engine and in pieces by ours."""

    recording: Long
    whole: list[int]
    pieces: list[int]

    @property
    def words(self) -> int:
        return sum(words(said, self.recording.language) for _, said in self.recording.said)


class Engine:
    """A model, bare and as ours. Two threads: texts vary with their number."""

    def __init__(self, model: str) -> None:
        directory = WeightsSettings().models_dir
        self.name = model
        self.bare = WhisperModel(
            str(locate(model, directory)), device="cpu", compute_type="int8", cpu_threads=2
        )
        off = Compute(device="cpu", compute_type="int8", threads=2, short_encoder=False)
        on = replace(off, short_encoder=True)
        self.off, self.on = (
            Engines(partial(whisper.load, models_dir=directory, compute=compute), model, 1)
            for compute in (off, on)
        )

    def words_of(self, sound: Samples, language: str) -> str:
        """The bare engine's. Options as ours; all else as faster-whisper has it."""
        segments, _ = self.bare.transcribe(
            sound, language=language, beam_size=5, vad_filter=True, condition_on_previous_text=False
        )
        return " ".join(segment.text.strip() for segment in segments)


async def alone(engine: Engine, reference: Reference) -> Heard:
    """A recording by itself. Over a minute it goes in pieces, as a job would."""
    file, options = reference.file.read_bytes(), TranscriptionOptions(language=reference.language)
    sound = reference.samples()
    path = in_one if sound.size <= 60 * SAMPLE_RATE else in_pieces
    ours, short = await path(file, engine.off, options), await path(file, engine.on, options)
    return Heard(
        name=reference.name,
        seconds=sound.size / SAMPLE_RATE,
        language=reference.language,
        said=reference.said,
        bare=engine.words_of(sound, reference.language),
        ours=ours.text,
        short=short.text,
        gaps=sum(gap.reason in ("no_speech", "repetition") for gap in short.gaps),
    )


async def split(engine: Engine, recording: Long) -> Split:
    """With the settings as they come: pieces of a minute, the short encoder on."""
    options = TranscriptionOptions(language=recording.language)
    texts = [said for _, said in recording.said]
    pieces = await in_pieces(as_file(recording.sound), engine.on, options)
    return Split(
        recording,
        differing_in_each(texts, engine.words_of(recording.sound, recording.language), recording.language),
        differing_in_each(texts, pieces.text, recording.language),
    )


def clipped(engine: Engine, recordings: Iterable[Reference], seconds: float) -> Clips:
    """Each recording cut at its silences; the texts of its clips together are compared with what is said."""
    clips = total = 0
    wrong = [0, 0]
    shortened = {language for _, language in SHORTENED}
    for each in (each for each in recordings if each.language in shortened):
        sound, language = each.samples(), Language(code=each.language, probability=1.0)
        pieces = cut(silero(sound), sound.size, int(seconds * SAMPLE_RATE))
        clips, total = clips + len(pieces), total + words(each.said, each.language)
        for way, engines in enumerate((engine.off, engine.on)):
            heard = [
                engines.get(None).transcribe(
                    sound[piece.first : piece.last], language, TranscriptionOptions()
                )
                for piece in pieces
            ]
            text = " ".join(segment.text for one in heard for segment in one.segments)
            wrong[way] += differing(text, each.said, each.language)
    return Clips(seconds, clips, total, *wrong)


def recordings(folder: Path, model: str) -> list[Reference]:
    """Those that the model knows the language of."""
    return [each for each in references(folder) if each.language == "en" or not model.endswith(".en")]


def long_ones(folder: Path, model: str) -> list[Long]:
    known = recordings(folder, model)
    languages = {each.language for each in known}
    return [long(known, language, speeds) for language, speeds in LONG.items() if language in languages]


def table_alone(heard: Sequence[Heard]) -> Iterable[str]:
    yield "| recording | language | words | bare | ours | ours, short encoder | same words as bare | gaps |"
    yield "|---|---|---|---|---|---|---|---|"
    for each in heard:
        counts = [each.wrong(text) for text in (each.bare, each.ours, each.short)]
        row = (each.name, each.language, words(each.said, each.language), *counts)
        yield f"| {' | '.join(map(str, row))} | {'yes' if each.is_same else 'no'} | {each.gaps} |"
    total = sum(words(each.said, each.language) for each in heard)
    rates = " | ".join(f"{100 * count / total:.2f}" for count in wrong_of_all(heard))
    yield f"| WER % | | {total} | {rates} | {sum(each.is_same for each in heard)} of {len(heard)} | |"


def wrong_of_all(heard: Sequence[Heard]) -> tuple[int, int, int]:
    """Words wrong by the bare engine, by ours, and by ours with the short encoder."""
    return (
        sum(each.wrong(each.bare) for each in heard),
        sum(each.wrong(each.ours) for each in heard),
        sum(each.wrong(each.short) for each in heard),
    )


def table_clips(done: Iterable[Clips]) -> Iterable[str]:
    yield "| clips of at most | clips | words | wrong, full window | wrong, short encoder |"
    yield "|---|---|---|---|---|"
    for each in done:
        yield f"| {each.seconds:g} s | {each.clips} | {each.words} | {each.full} | {each.short} |"


def table_split(done: Sequence[Split]) -> Iterable[str]:
    yield "| part | words | whole, bare | in pieces, ours |"
    yield "|---|---|---|---|"
    for each in done:
        parts = zip(each.recording.said, each.whole, each.pieces, strict=True)
        for (name, said), whole, pieces in parts:
            yield f"| {name} | {words(said, each.recording.language)} | {whole} | {pieces} |"
        yield (
            f"| **{each.recording.language}, {each.recording.seconds:.0f} s: WER %** | {each.words}"
            f" | {100 * sum(each.whole) / each.words:.2f} | {100 * sum(each.pieces) / each.words:.2f} |"
        )
    seconds, total = sum(each.recording.seconds for each in done), sum(each.words for each in done)
    whole_rate, pieces_rate = rates_of_all(done)
    yield f"| **all, {seconds:.0f} s: WER %** | {total} | {whole_rate:.2f} | {pieces_rate:.2f} |"


def rates_of_all(done: Sequence[Split]) -> tuple[float, float]:
    """WER in percent: whole by the bare engine, and in pieces by ours."""
    total = sum(each.words for each in done)
    whole, pieces = (
        sum(map(sum, counts)) for counts in zip(*((e.whole, e.pieces) for e in done), strict=True)
    )
    return 100 * whole / total, 100 * pieces / total


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="base")
    given = parser.parse_args()
    engine = Engine(given.model)
    packages = ", ".join(f"{name} {version(name)}" for name in ("faster-whisper", "ctranslate2"))
    print(f"`{given.model}`, cpu/int8, 2 threads, beam 5; {packages}\n", flush=True)
    heard = [await alone(engine, each) for each in recordings(given.folder, given.model)]
    print("\n".join(table_alone(heard)), flush=True)
    clips = [clipped(engine, recordings(given.folder, given.model), seconds) for seconds in CLIPS]
    print("\n" + "\n".join(table_clips(clips)), flush=True)
    done = [await split(engine, each) for each in long_ones(given.folder, given.model)]
    print("\n" + "\n".join(table_split(done)))


if __name__ == "__main__":
    asyncio.run(main())

"""Real weights and real speech, from a file to words."""

import asyncio
import os
import re
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.contracts.transcription import (
    AudioObject,
    ChunkTranscribed,
    Piece,
    PlanTranscription,
    RecordingPlanned,
    ShortTranscribed,
    Task,
    TranscribeChunk,
    TranscribeShort,
    TranscriptionOptions,
)
from scribeline.contracts.unit import Stage, UnitRef
from scribeline.weights import default_models_dir, ensure
from tests.support.audio import JFK_TEXT, jfk, joined, media_file, silence, wav_file
from tests.support.stores import MemoryStore
from transcriber import whisper
from transcriber.chunk import transcribe_chunk
from transcriber.decode import DecodeLimits
from transcriber.engine import Compute, Engines
from transcriber.plan import plan_transcription
from transcriber.short import transcribe_short
from transcriber.slots import Lane

PREFIX = "acme/job/"
WORDS = TranscriptionOptions(word_timestamps=True)


@pytest.fixture(scope="module")
def engines() -> Engines:
    models = Path(os.environ.get("SCRIBELINE_MODELS_DIR") or default_models_dir())
    for name in ("base", "tiny.en"):
        ensure(name, models)
    return Engines(partial(whisper.load, models_dir=models, compute=Compute(threads=2)), "base", 2)


@pytest.fixture
def lane() -> Iterator[Lane]:
    lane = Lane("test", 1)
    yield lane
    lane.close()


def words(text: str) -> str:
    return " ".join(re.findall(r"[a-z']+", text.lower()))


def ref(stage: Stage, index: int = 0) -> UnitRef:
    return UnitRef(job=UUID(int=7), stage=stage, index=index)


async def short(file: bytes, engines: Engines, lane: Lane, options: TranscriptionOptions) -> ShortTranscribed:
    done = await transcribe_short(
        TranscribeShort(
            unit=ref(Stage.SHORT),
            source=AudioObject(key="source", bytes=len(file)),
            options=options,
            key_prefix=PREFIX,
        ),
        store=MemoryStore({"source": file}),
        engines=engines,
        lane=lane,
        limits=DecodeLimits(),
        piece_seconds=60.0,
    )
    assert isinstance(done, ShortTranscribed)
    return done


async def planned(
    file: bytes, store: MemoryStore, engines: Engines, lane: Lane, piece_seconds: float
) -> RecordingPlanned:
    store.objects["source"] = file
    done = await plan_transcription(
        PlanTranscription(
            unit=ref(Stage.PLAN),
            source=AudioObject(key="source", bytes=len(file)),
            options=WORDS,
            key_prefix=PREFIX,
        ),
        store=store,
        engines=engines,
        lane=lane,
        limits=DecodeLimits(),
        piece_seconds=piece_seconds,
    )
    assert isinstance(done, RecordingPlanned)
    return done


async def chunk(
    piece: Piece, plan: RecordingPlanned, store: MemoryStore, engines: Engines, lane: Lane
) -> ChunkTranscribed:
    done = await transcribe_chunk(
        TranscribeChunk(
            unit=ref(Stage.CHUNK, piece.index),
            audio=plan.audio.key,
            piece=piece,
            language=plan.language,
            options=WORDS,
            key_prefix=PREFIX,
        ),
        store=store,
        engines=engines,
        lane=lane,
    )
    assert isinstance(done, ChunkTranscribed)
    return done


@pytest.mark.parametrize("container", ["wav", "mp4"])
async def test_kennedy_is_heard_word_for_word(container: str, engines: Engines, lane: Lane) -> None:
    file = wav_file(jfk()) if container == "wav" else media_file(jfk(), container)
    done = await short(file, engines, lane, WORDS)
    assert words(" ".join(s.text for s in done.transcribed.segments)) == words(JFK_TEXT)
    assert done.transcribed.language is not None
    assert done.transcribed.language.code == "en"
    assert all(0 < s.confidence <= 1 and s.words for s in done.transcribed.segments)
    assert done.transcribed.engine.model == "base"


async def test_two_speeches_in_one_recording_become_pieces_with_growing_times(
    engines: Engines, lane: Lane
) -> None:
    store = MemoryStore()
    file = media_file(joined(silence(5), jfk(), silence(10), jfk()), "flac")
    plan = await planned(file, store, engines, lane, piece_seconds=15.0)
    assert plan.language is not None
    assert plan.language.code == "en"
    assert len(plan.pieces) == 2
    done = [await chunk(piece, plan, store, engines, lane) for piece in plan.pieces]
    for each in done:
        assert words(" ".join(s.text for s in each.transcribed.segments)) == words(JFK_TEXT)
    segments = [segment for each in done for segment in each.transcribed.segments]
    spoken = [word for segment in segments for word in segment.words or ()]
    assert all(earlier.start <= later.start for earlier, later in pairwise(spoken))
    assert all(0 <= word.start <= word.end <= plan.duration for word in spoken)
    # The second speech starts 26 s into the file.
    assert spoken[len(spoken) // 2].start == pytest.approx(26.0, abs=1.0)


async def test_an_english_model_says_english_and_refuses_other_languages(
    engines: Engines, lane: Lane
) -> None:
    file = wav_file(jfk())
    done = await short(file, engines, lane, TranscriptionOptions(model="tiny.en"))
    assert done.transcribed.language is not None
    assert (done.transcribed.language.code, done.transcribed.language.probability) == ("en", 1.0)
    assert done.transcribed.segments[0].words is None
    with pytest.raises(Fail) as failed:
        await short(file, engines, lane, TranscriptionOptions(model="tiny.en", language="de"))
    assert failed.value.code is Code.LANGUAGE_UNSUPPORTED


async def test_a_prompt_and_a_translation_are_taken(engines: Engines, lane: Lane) -> None:
    options = TranscriptionOptions(task=Task.TRANSLATE, prompt="A speech by the President.", language="en")
    done = await short(wav_file(jfk()), engines, lane, options)
    assert "country" in words(" ".join(s.text for s in done.transcribed.segments))


async def test_two_slots_share_one_model(engines: Engines) -> None:
    lane, file = Lane("test", 2), wav_file(jfk())
    both = await asyncio.gather(*(short(file, engines, lane, WORDS) for _ in range(2)))
    lane.close()
    assert [words(done.transcribed.segments[0].text) for done in both] == [words(JFK_TEXT)] * 2


def test_a_model_whose_files_are_broken_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "model.bin").write_bytes(b"no weights")
    with pytest.raises(Fail) as failed:
        whisper.load("broken", tmp_path, Compute())
    assert failed.value.code is Code.MODEL_UNAVAILABLE

"""The unmodified `openai` client against a gateway process, with real speech and real weights."""

import asyncio
import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from openai.types.audio import (
    Transcription,
    TranscriptionTextDeltaEvent,
    TranscriptionTextDoneEvent,
    TranscriptionVerbose,
    Translation,
    TranslationVerbose,
)

from tests.support.audio import JFK_TEXT, jfk, joined, silence, wav_file
from tests.support.captions import read_srt, read_vtt
from tests.support.openai_client import client_of, strictly
from tests.support.pipeline import Pipeline
from tests.support.served import served
from tests.support.servers import Servers
from tests.support.waiting import eventually
from tests.support.words import same_words

SPEECH = ("speech.wav", wav_file(jfk()))


@dataclass
class Face:
    client: AsyncOpenAI
    system: Pipeline

    async def jobs(self, newest: int) -> list[dict[str, Any]]:
        listed = (await self.system.client.get("/v1/jobs", params={"limit": newest})).json()
        jobs: list[dict[str, Any]] = listed["jobs"]
        return jobs


@pytest.fixture(scope="module")
async def face(
    servers: Servers, template_database: str, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Face]:
    """One for all tests of this file: starting it takes longer than most of them."""
    logs = tmp_path_factory.mktemp("openai")
    models = ("base", "not-installed")
    async with (
        served(
            servers, template_database, models_dir, logs, piece_seconds=15.0, models_allowed=models
        ) as system,
        client_of(system.client) as client,
    ):
        yield Face(client, system)


async def test_every_format_is_what_the_client_expects(face: Face) -> None:
    create: Any = face.client.audio.transcriptions.with_raw_response.create
    asked: list[dict[str, Any]] = [
        {},
        {"model": "tiny.en", "language": "en", "response_format": "verbose_json"},
        {"response_format": "verbose_json", "timestamp_granularities": ["word"]},
        {
            "response_format": "verbose_json",
            "timestamp_granularities": ["word", "segment"],
            "temperature": 0,
            "prompt": "A speech.",
            "chunking_strategy": "auto",
        },
        {"response_format": "text"},
        {"response_format": "srt"},
        {"response_format": "vtt"},
    ]
    answers = await asyncio.gather(*[create(**{"model": "whisper-1", "file": SPEECH, **a}) for a in asked])
    json, verbose, words, both, text, srt, vtt = answers

    assert same_words(strictly(Transcription, json).text, JFK_TEXT)
    whole = strictly(TranscriptionVerbose, verbose)
    assert (whole.language, whole.words) == ("english", None)
    assert whole.duration == pytest.approx(11.0, abs=0.1)
    assert whole.segments is not None
    assert same_words(" ".join(segment.text for segment in whole.segments), JFK_TEXT)
    assert whole.segments[0].avg_logprob < 0 < whole.segments[0].compression_ratio
    timed = strictly(TranscriptionVerbose, words)
    assert timed.segments is None
    assert timed.words is not None
    assert same_words(" ".join(word.word for word in timed.words), JFK_TEXT)
    assert [word.start for word in timed.words] == sorted(word.start for word in timed.words)
    complete = strictly(TranscriptionVerbose, both)
    assert complete.words
    assert complete.segments
    assert same_words(text.text, JFK_TEXT)
    assert same_words(" ".join(cue.text for cue in read_srt(srt.text)), JFK_TEXT)
    assert same_words(" ".join(cue.text for cue in read_vtt(vtt.text)), JFK_TEXT)
    assert text.parse() == text.text, "the client gives it as it came"


async def test_a_translation_is_english(face: Face) -> None:
    create = face.client.audio.translations.with_raw_response.create
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # OpenAI ends its own at the beginning of 2027
        plain = await create(model="base", file=SPEECH)
        verbose = await create(model="base", file=SPEECH, response_format="verbose_json")

    assert same_words(strictly(Translation, plain).text, JFK_TEXT)
    assert strictly(TranslationVerbose, verbose).language == "english"
    assert [job["options"]["task"] for job in await face.jobs(2)] == ["translate"] * 2


async def test_a_long_recording_is_read_while_it_is_transcribed(face: Face) -> None:
    recording = wav_file(joined(*[joined(jfk(), silence(20))] * 4))
    stream = await face.client.audio.transcriptions.create(
        model="whisper-1", file=("long.wav", recording), stream=True
    )
    *deltas, done = [event async for event in stream]

    assert isinstance(done, TranscriptionTextDoneEvent)
    assert len(deltas) > 1, "what comes with the end is one"
    said = "".join(delta.delta for delta in deltas if isinstance(delta, TranscriptionTextDeltaEvent))
    assert said == done.text
    assert same_words(said, " ".join([JFK_TEXT] * 4), errors=4)


async def test_each_mistake_is_the_clients_own_exception(face: Face) -> None:
    create = face.client.audio.transcriptions.create
    with pytest.raises(openai.BadRequestError) as broken:
        await create(model="whisper-1", file=("a.mp3", b"not a recording at all" * 99))
    with pytest.raises(openai.BadRequestError) as uninstalled:
        await create(model="not-installed", file=SPEECH)
    with pytest.raises(openai.NotFoundError) as unknown:
        await create(model="gpt-4o-transcribe", file=SPEECH)
    with pytest.raises(openai.APIError) as streamed:
        async for _ in await create(model="whisper-1", file=("a.mp3", b"nor this" * 99), stream=True):
            pass

    codes = [each.value.code for each in (broken, uninstalled, unknown, streamed)]
    assert codes == ["audio_unreadable", "model_unavailable", "model_not_found", "audio_unreadable"]
    assert unknown.value.param == "model"


async def test_who_gives_up_cancels_the_job_unless_a_key_says_that_it_may_come_back(face: Face) -> None:
    paused = await face.system.client.post("/v1/admin/queues/transcriber.short/pause")
    assert paused.status_code == 200, paused.text
    hasty = face.client.with_options(timeout=1.0).audio.transcriptions
    headers = {"Idempotency-Key": "once"}
    for extra in ({}, headers):
        with pytest.raises(openai.APITimeoutError):
            await hasty.create(model="whisper-1", file=SPEECH, extra_headers=extra)
    with pytest.raises(openai.APITimeoutError):
        await hasty.create(model="whisper-1", file=SPEECH, stream=True)

    async def cancelled() -> bool:
        return [job["status"] for job in await face.jobs(3)] == ["cancelled", "queued", "cancelled"]

    await eventually(cancelled)
    await face.system.client.post("/v1/admin/queues/transcriber.short/resume")
    came_back = await face.client.audio.transcriptions.with_raw_response.create(
        model="whisper-1", file=SPEECH, extra_headers=headers
    )
    assert came_back.headers["x-scribeline-job"] == (await face.jobs(2))[1]["id"]
    assert same_words(strictly(Transcription, came_back).text, JFK_TEXT)

"""OpenAI's fields and errors, and the shapes of its answers."""

from functools import partial
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from openai.types import Model
from openai.types.audio import TranscriptionVerbose

from gateway.auth import Scope
from gateway.openai.fields import parse
from gateway.openai.languages import NAMES, english_name
from gateway.openai.shapes import written
from gateway.options.languages import CODES
from gateway.problems import Problem
from gateway.records import Words
from scribeline.contracts.codes import Code
from scribeline.contracts.transcription import Task
from tests.support.gateway import DATABASE_DOWN, Desk, desk, job_row, segment_row, settings
from tests.support.openai_client import inside

AUDIO = ("a.wav", b"not much")
HERE = "/audio/transcriptions"
KEY = "Idempotency-Key"
ALLOWED = settings(default_model="small", models_allowed="tiny.en")


def client(at: Desk, key: str = "sl_test", **given: Any) -> AsyncOpenAI:
    at.key(**given)
    return inside(at.app, key)


def test_what_is_asked_for_becomes_the_jobs_options() -> None:
    fields = [
        ("model", "tiny.en"), ("language", "EN"), ("prompt", "A speech."), ("temperature", "0.5"),
        ("response_format", "verbose_json"), ("timestamp_granularities[]", "word"),
        ("timestamp_granularities[]", "segment"), ("keywords[]", "Scribeline"), ("keywords[]", "Whisper"),
        ("languages[]", "en"), ("chunking_strategy[type]", "server_vad"),
        ("chunking_strategy[threshold]", "0.5"), ("stream", "false"), ("hotwords", "Kubernetes"),
        ("without_timestamps", "true"),
    ]  # fmt: skip
    _, options = parse(fields, Task.TRANSCRIBE, ALLOWED, complete=True)
    asked = options.transcription
    assert (asked.model, asked.language, asked.languages, asked.prompt) == (
        "tiny.en",
        "en",
        ("en",),
        "A speech.",
    )
    assert (asked.temperature, asked.hotwords, asked.word_timestamps) == (
        0.5,
        "Scribeline, Whisper, Kubernetes",
        True,
    )
    assert not options.analyze


def test_openais_defaults_are_ours() -> None:
    _, options = parse([("model", "whisper-1"), ("temperature", "0")], Task.TRANSLATE, ALLOWED, complete=True)
    assert (options.model, options.temperature, options.word_timestamps) == (None, None, False)
    assert (options.task, options.analyze) == ("translate", False)


INVALID = Code.INVALID_PARAMETER
MISTAKES: list[tuple[dict[str, str], str, Code]] = [
    ({"model": ""}, "model", INVALID),
    ({"model": "Systran/whisper"}, "model", Code.MODEL_NOT_ALLOWED),
    ({"model": "tiny.en", "language": "de"}, "language", Code.LANGUAGE_UNSUPPORTED),
    ({"language": "English"}, "language", INVALID),
    ({"temperature": "1.5"}, "temperature", INVALID),
    ({"keywords[]": "x" * 1001}, "keywords", INVALID),
    ({"response_format": "diarized_json"}, "response_format", INVALID),
    ({"stream": "true", "response_format": "srt"}, "response_format", INVALID),
    ({"timestamp_granularities[]": "word"}, "timestamp_granularities", INVALID),
    ({"include[]": "logprobs"}, "include", INVALID),
    ({"known_speaker_names[]": "Ann"}, "known_speaker_names", Code.DIARIZATION_UNSUPPORTED),
]


@pytest.mark.parametrize(("fields", "name", "code"), MISTAKES)
def test_what_cannot_be_obeyed_is_refused_by_name(fields: dict[str, str], name: str, code: Code) -> None:
    given = list({"model": "whisper-1", **fields}.items())
    with pytest.raises(Problem) as refused:
        parse(given, Task.TRANSCRIBE, ALLOWED, complete=True)
    assert (refused.value.code, refused.value.errors[0].field) == (code, name)


async def test_a_mistake_before_the_file_is_told_before_any_of_it_is_stored() -> None:
    at = desk()
    at.store.down = True
    with pytest.raises(openai.NotFoundError):
        await client(at).audio.transcriptions.create(model="huge", file=AUDIO)


async def test_every_refusal_is_the_clients_own_exception() -> None:
    at = desk(upload_max_bytes=100, openai_wait_seconds=1)
    speaker = client(at)
    create, speech = speaker.audio.transcriptions.create, speaker.audio.speech.create
    stranger = inside(at.app, "sl_nobody").audio.transcriptions.create
    reader = client(at, "sl_reader", name="sl_reader", scopes=[Scope.JOBS_READ]).audio.transcriptions.create
    writer = client(at, "sl_writer", name="sl_writer", scopes=[Scope.JOBS_WRITE]).audio.transcriptions.create
    post = partial(create, model="whisper-1", file=AUDIO)
    refusals: list[tuple[Any, type[openai.APIStatusError], int, str, str | None]] = [
        (stranger(model="whisper-1", file=AUDIO), openai.AuthenticationError, 401, "invalid_api_key", None),
        (reader(model="whisper-1", file=AUDIO), openai.PermissionDeniedError, 403, "forbidden", None),
        (writer(model="whisper-1", file=AUDIO), openai.PermissionDeniedError, 403, "forbidden", None),
        (post(file=("a.wav", b"")), openai.BadRequestError, 400, "audio_empty", None),
        (post(file=("a.pdf", b"%PDF")), openai.BadRequestError, 400, "unsupported_media_type", None),
        (post(file=("a.wav", bytes(101))), openai.APIStatusError, 413, "upload_too_large", None),
        (post(extra_body={"vad": "1"}), openai.BadRequestError, 400, "invalid_parameter", "vad"),
        (post(extra_headers={KEY: "a b"}), openai.BadRequestError, 400, "invalid_parameter", KEY),
        (speech(model="x", voice="y", input="z"), openai.NotFoundError, 404, "not_found", None),
        (speaker.get("/audio", cast_to=object), openai.NotFoundError, 404, "not_found", None),
        (speaker.get(HERE, cast_to=object), openai.APIStatusError, 405, "method_not_allowed", None),
        (speaker.post(HERE, cast_to=object), openai.BadRequestError, 400, "unsupported_media_type", None),
        (speaker.models.retrieve("huge"), openai.NotFoundError, 404, "not_found", None),
    ]
    for call, kind, status, code, param in refusals:
        with pytest.raises(kind) as refused:
            await call
        told = refused.value
        assert (told.status_code, told.code, told.param) == (status, code, param), told.message
        assert told.request_id
    assert not at.records.created


async def test_what_may_pass_is_worth_another_try_and_what_will_not_is_not() -> None:
    at = desk(streams_max=1)
    create = client(at).audio.transcriptions.create
    hub = at.app.state.gateway.hub
    with hub.all("acme", None), pytest.raises(openai.RateLimitError) as busy:
        await create(model="whisper-1", file=AUDIO)
    assert (busy.value.response.headers["retry-after"], busy.value.type) == ("2", "rate_limit_error")
    assert not at.records.created
    at.store.down = True
    with pytest.raises(openai.InternalServerError) as down:
        await create(model="whisper-1", file=AUDIO)
    at.records.failure = DATABASE_DOWN
    with pytest.raises(openai.InternalServerError) as away:
        await create(model="whisper-1", file=AUDIO)
    at.records.failure = None
    with pytest.raises(openai.NotFoundError) as unknown:
        await create(model="huge", file=AUDIO)

    assert [each.value.code for each in (down, away)] == ["store_unavailable", "database_unavailable"]
    assert [each.value.response.status_code for each in (down, away)] == [503, 503]
    again = [each.value.response.headers["x-should-retry"] for each in (busy, down, away, unknown)]
    assert again == ["true", "true", "true", "false"]


async def test_the_client_reads_our_list_of_models() -> None:
    at = desk(default_model="small", models_allowed="base")
    speaker = client(at)
    listed = [model async for model in speaker.models.list()]
    assert [model.id for model in listed] == ["small", "base", "whisper-1"]
    assert Model.model_validate((await speaker.models.retrieve("whisper-1")).to_dict(), strict=True)


def test_every_language_has_a_name() -> None:
    assert NAMES.keys() == CODES
    assert (english_name("ht"), english_name("yue"), english_name(None)) == (
        "haitian creole",
        "cantonese",
        "unknown",
    )


def test_nothing_said_is_a_transcript_too() -> None:
    asked, _ = parse(
        [("model", "whisper-1"), ("response_format", "verbose_json")], Task.TRANSCRIBE, ALLOWED, complete=True
    )
    body, _ = written(asked, job_row(duration=3.0), Words([], [], 0.0))
    empty = TranscriptionVerbose.model_validate_json(body, strict=True)
    assert (empty.text, empty.segments, empty.language, empty.duration) == ("", [], "unknown", 3.0)


def test_a_text_of_a_language_without_spaces_has_none() -> None:
    asked, _ = parse([("model", "whisper-1")], Task.TRANSCRIBE, ALLOWED, complete=True)
    words = Words([segment_row(0, "你好。"), segment_row(1, "再见。")], [], 0.0)
    body, kind = written(asked, job_row(language="zh", duration=2.0), words)
    assert '"text":"你好。再见。"' in body
    assert kind == "application/json"

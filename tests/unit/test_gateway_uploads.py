"""Sending a recording: any client, any chunking, any mistake."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from httpx2 import Response
from hypothesis import given
from hypothesis import strategies as st

from gateway.forms import FormReader, Sink, boundary_of
from gateway.options.fields import parse_options
from gateway.problems import Problem
from gateway.records import Unsure
from gateway.uploads import clean_filename, media_type
from scribeline.contracts.codes import MEANINGS, Code
from scribeline.contracts.unit import Stage
from tests.support.gateway import DATABASE_DOWN, Desk, desk, settings

AUDIO = bytes(range(256)) * 40


async def send(at: Desk, *, fields: Any = None, files: Any = None, **request: Any) -> Response:
    async with at.client(at.key()) as client:
        return await client.post("/v1/jobs", data=fields, files=files, **request)


def a_file(data: bytes = AUDIO, name: str = "talk.mp3", kind: str = "audio/mpeg") -> dict[str, Any]:
    return {"audio": (name, data, kind)}


def left_nothing(at: Desk) -> bool:
    return not at.store.objects and not at.store.uploads and not at.records.created


async def test_a_form_becomes_a_job_and_an_object_under_a_name_of_our_own() -> None:
    at = desk()
    answer = await send(
        at, files=a_file(name="../../etc/talk.mp3"), fields={"language": "EN", "tags": "a, b"}
    )

    assert answer.status_code == 202, answer.text
    [new] = at.records.created
    assert answer.headers["location"] == f"/v1/jobs/{new.id}"
    assert at.store.objects == {f"acme/{new.id}/source": AUDIO}
    assert new.source.sha256 == hashlib.sha256(AUDIO).hexdigest()
    assert (new.filename, new.content_type) == ("talk.mp3", "audio/mpeg")
    assert (new.options.language, new.tags, new.analyze) == ("en", ("a", "b"), True)
    assert new.traceparent is not None


async def test_bytes_alone_with_options_in_the_query_become_a_job() -> None:
    at = desk()
    answer = await send(
        at,
        content=AUDIO,
        headers={"content-type": "audio/wav"},
        params={"task": "translate", "analyze": "false"},
    )
    assert answer.status_code == 202, answer.text
    [new] = at.records.created
    assert (new.options.task, new.analyze, new.content_type) == ("translate", False, "audio/wav")
    assert list(at.store.objects.values()) == [AUDIO]


@pytest.mark.parametrize(("size", "stage"), [(100, Stage.SHORT), (101, Stage.PLAN)])
async def test_small_files_take_the_short_lane(size: int, stage: Stage) -> None:
    at = desk(short_max_bytes=100)
    await send(at, files=a_file(b"x" * size))
    assert at.records.created[0].stage is stage


async def test_fields_after_the_recording_count_as_well() -> None:
    at = desk()
    body = form([("audio", AUDIO), ("language", b"de"), ("tags", b"x"), ("tags", b"y,z")])
    answer = await send(at, content=body, headers={"content-type": "multipart/form-data; boundary=B"})
    assert answer.status_code == 202, answer.text
    assert at.records.created[0].tags == ("x", "y", "z")


def form(parts: list[tuple[str, bytes]], boundary: str = "B") -> bytes:
    lines = []
    for name, value in parts:
        file = '; filename="f.wav"\r\nContent-Type: audio/wav' if name == "audio" else ""
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        lines.append(head.encode() + value + b"\r\n")
    return b"".join(lines) + f"--{boundary}--\r\n".encode()


@given(
    cuts=st.lists(st.integers(min_value=0, max_value=900), max_size=30),
    audio=st.one_of(st.just(b"\r\n--b--\r" * 9), st.just(b"\r" * 80), st.binary(max_size=300)),
    first=st.booleans(),
)
async def test_a_form_reads_the_same_however_it_is_split(cuts: list[int], audio: bytes, first: bool) -> None:
    parts = [("audio", audio), ("language", b"de"), ("metadata", b'{"a": "\xc3\xa4"}')]
    body = form(parts if first else parts[::-1], boundary="boundary9")
    if b"--boundary9" in audio:
        return
    edges = sorted({min(cut, len(body)) for cut in cuts} | {0, len(body)})
    got = bytearray()

    async def chunks() -> AsyncIterator[bytes]:
        for start, end in pairwise(edges):
            yield body[start:end]

    async def sink(data: bytes) -> None:
        got.extend(data)

    async def begin(*_: object) -> Sink:
        return sink

    reader = FormReader("boundary9", begin=begin, fields_max=9, field_max_bytes=99)
    await reader.read(chunks())
    assert bytes(got) == audio
    assert dict(reader.fields) == {"language": "de", "metadata": '{"a": "ä"}'}


async def test_a_field_that_is_given_again_is_refused_before_it_is_read() -> None:
    field = b'--B\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for name in [b"tags", b"tags", b"language", b"prompt", *[b"transcript"] * 9]:
            value = b"" if name == b"language" else b"x" * 2**14
            yield field % name + value[:64]
            for at in range(64, len(value), 64):
                sent += 64
                yield value[at : at + 64]
            yield b"\r\n"

    with pytest.raises(Problem, match="transcript: is given more than once"):
        await FormReader("B", begin=_no_file, fields_max=64, field_max_bytes=2**15).read(body())
    assert sent < 5 * 2**14


async def test_an_empty_field_counts_as_left_out_also_beside_one_that_is_not() -> None:
    at = desk()
    fields = [("language", (None, value)) for value in ("", "de", "")]
    answer = await send(at, files=[*fields, ("audio", ("a.wav", AUDIO, "audio/wav"))])
    assert answer.status_code == 202, answer.text
    assert [new.options.language for new in at.records.created] == ["de"]


async def _no_file(*_: object) -> Sink:
    raise AssertionError


@pytest.mark.parametrize("kind", ["\0\1", "audio", "audio/\x7f", "ümlaut/x", "a" * 300])
async def test_a_file_whose_type_is_none_is_stored_as_octets(kind: str) -> None:
    at = desk()
    head = '--B\r\nContent-Disposition: form-data; name="audio"; filename="a"\r\n'
    answer = await send(
        at, **as_form(f"{head}Content-Type: {kind}\r\n\r\n".encode() + AUDIO + b"\r\n--B--\r\n")
    )
    assert answer.status_code == 202, answer.text
    assert [new.content_type for new in at.records.created] == ["application/octet-stream"]


def with_fields(**fields: Any) -> dict[str, Any]:
    return {"files": a_file(), "fields": fields}


def as_form(body: bytes) -> dict[str, Any]:
    return {"content": body, "headers": {"content-type": "multipart/form-data; boundary=B"}}


def as_type(kind: str, content: bytes = AUDIO) -> dict[str, Any]:
    return {"content": content, "headers": {"content-type": kind}}


MISTAKES: dict[str, tuple[dict[str, Any], Code, str]] = {
    "no file": ({"files": {"language": (None, "de")}}, Code.INVALID_PARAMETER, "audio"),
    "an empty file": ({"files": a_file(b"")}, Code.AUDIO_EMPTY, ""),
    "an empty body": (as_type("audio/wav", b""), Code.AUDIO_EMPTY, ""),
    "another field name": ({"files": {"file": ("a.mp3", AUDIO)}}, Code.INVALID_PARAMETER, "file"),
    "a path, not a file": ({"files": {"audio": (None, "a.mp3")}}, Code.INVALID_PARAMETER, "audio"),
    "two recordings": (as_form(form([("audio", AUDIO)] * 2)), Code.INVALID_PARAMETER, "audio"),
    "an unknown field": (with_fields(lang="de"), Code.INVALID_PARAMETER, "lang"),
    "an unknown option": (as_type("audio/wav") | {"params": {"x": "1"}}, Code.INVALID_PARAMETER, "x"),
    "an unknown language": (with_fields(language="xx"), Code.INVALID_PARAMETER, "language"),
    "an unknown task": (with_fields(task="sing"), Code.INVALID_PARAMETER, "task"),
    "no boolean": (with_fields(analyze="maybe"), Code.INVALID_PARAMETER, "analyze"),
    "a field twice": (with_fields(task=["transcribe"] * 2), Code.INVALID_PARAMETER, "task"),
    "a field twice, once in the query": (
        with_fields(task="translate") | {"params": {"task": "translate"}},
        Code.INVALID_PARAMETER,
        "task",
    ),
    "NUL in a field": (with_fields(prompt="a\0b"), Code.INVALID_PARAMETER, "prompt"),
    "NUL in a tag": (with_fields(tags="a\0b"), Code.INVALID_PARAMETER, "tags"),
    "NUL in the query": (
        as_type("audio/wav") | {"params": {"prompt": "a\0b"}},
        Code.INVALID_PARAMETER,
        "prompt",
    ),
    "too many tags": (with_fields(tags=",".join(map(str, range(21)))), Code.INVALID_PARAMETER, "tags"),
    "a long field": (with_fields(prompt="x" * 33000), Code.INVALID_PARAMETER, "prompt"),
    "no UTF-8": (as_form(form([("prompt", b"\xff"), ("audio", AUDIO)])), Code.INVALID_PARAMETER, "prompt"),
    "a model not offered": (with_fields(model="huge"), Code.MODEL_NOT_ALLOWED, "model"),
    "a hostile model": (with_fields(model="../../x"), Code.INVALID_PARAMETER, "model"),
    "a web page": ({"files": a_file(kind="text/html")}, Code.UNSUPPORTED_MEDIA_TYPE, ""),
    "a picture": (as_type("image/png"), Code.UNSUPPORTED_MEDIA_TYPE, ""),
    "bytes as JSON": (as_type("application/json"), Code.INVALID_PARAMETER, "body"),
    "no boundary": (as_type("multipart/form-data"), Code.BAD_REQUEST, ""),
    "no form": (as_form(b"--B\nrubbish" * 9), Code.BAD_REQUEST, ""),
    "too many fields": (as_form(form([("tags", b"x")] * 70 + [("audio", AUDIO)])), Code.BAD_REQUEST, ""),
    "a huge header": (as_form(b"--B\r\nX-A: " + b"x" * 9000), Code.BAD_REQUEST, ""),
    "half a form": (as_form(form([("audio", AUDIO)])[:-40]), Code.UPLOAD_INCOMPLETE, ""),
}


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_mistake_is_named_and_leaves_nothing(mistake: str) -> None:
    request, code, field = MISTAKES[mistake]
    at = desk()
    answer = await send(at, **request)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (MEANINGS[code].status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"].split(".")[0] for error in problem.get("errors", [])] == ([field] if field else [])
    assert left_nothing(at)


@pytest.mark.parametrize(
    "metadata",
    ["[1]", '"x"', "{", '{"a": NaN}', '{"a": 1e999}', '{"a": -Infinity}', '{"a": "\\u0000"}',
     '{"\\ud800": 1}', '{"a":' * 1000 + "1" + "}" * 1000, '{"a":' + "[" * 1500 + "]" * 1500 + "}",
     f'{{"a": {2**64}}}', '{"a": 1' + "0" * 5000 + "}", '{"a": "' + "x" * 8192 + '"}'],
)  # fmt: skip
async def test_metadata_that_somebody_on_the_way_could_not_read_is_refused(metadata: str) -> None:
    at = desk()
    answer = await send(at, files=a_file(), fields={"metadata": metadata})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "metadata"), answer.text
    assert left_nothing(at)


async def test_metadata_is_kept_as_it_was_sent() -> None:
    at = desk()
    await send(at, files=a_file(), fields={"metadata": '{"ticket": 7, "deep": [{"ä": null}], "r": 1.5}'})
    assert at.records.created[0].metadata == {"ticket": 7, "deep": [{"ä": None}], "r": 1.5}


@pytest.mark.parametrize("announced", [True, False])
async def test_a_recording_larger_than_allowed_is_refused_and_leaves_nothing(announced: bool) -> None:
    at = desk(upload_max_bytes=1000)

    async def body() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 100

    content = b"x" * 1001 if announced else body()
    answer = await send(at, content=content, headers={"content-type": "audio/wav"})
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert left_nothing(at)


async def test_a_form_with_a_recording_larger_than_allowed_is_refused() -> None:
    at = desk(upload_max_bytes=1000)
    answer = await send(at, files=a_file(b"x" * 1001))
    assert answer.status_code == 413
    assert left_nothing(at)
    assert (await send(at, files=a_file(b"x" * 1000))).status_code == 202


async def asgi_post(
    at: Desk, messages: list[dict[str, Any]], headers: dict[str, str]
) -> list[dict[str, Any]]:
    """Call the application as a server does, with these messages from the client."""
    sent: list[dict[str, Any]] = []
    waiting = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(waiting, {"type": "http.disconnect"})

    async def answer(message: Any) -> None:
        sent.append(dict(message))

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/v1/jobs", "raw_path": b"/v1/jobs", "query_string": b"", "root_path": "",
        "headers": [(n.lower().encode(), v.encode()) for n, v in {**at.key(), **headers}.items()],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
    }  # fmt: skip
    await at.app(scope, receive, answer)
    return sent


@pytest.mark.parametrize(
    "end", [{"type": "http.disconnect"}, {"type": "http.request", "body": b"", "more_body": False}]
)
async def test_a_client_that_leaves_half_way_leaves_nothing(end: dict[str, Any]) -> None:
    at = desk()
    part = {"type": "http.request", "body": AUDIO, "more_body": True}
    headers = {"content-type": "audio/wav", "content-length": "9999999"}
    [start, *_] = await asgi_post(at, [part, part, end], headers)
    assert start["status"] == 400
    assert left_nothing(at)


async def test_the_rest_of_a_refused_upload_is_taken_in_so_that_the_client_sees_the_answer() -> None:
    at = desk()
    part = {"type": "http.request", "body": AUDIO, "more_body": True}
    taken: list[int] = []

    class Counting(list[dict[str, Any]]):
        def __iter__(self) -> Any:
            for number, message in enumerate(list.__iter__(self)):
                taken.append(number)
                yield message

    messages = Counting([part, part, {"type": "http.request", "body": b"x", "more_body": False}])
    [start, *_] = await asgi_post(at, messages, {"content-type": "image/png"})
    assert start["status"] == 415
    assert taken == [0, 1, 2]


async def test_a_silent_client_is_given_up() -> None:
    at = desk(upload_idle_seconds=0.01)

    async def body() -> AsyncIterator[bytes]:
        yield AUDIO
        await asyncio.Event().wait()

    answer = await send(at, content=body(), headers={"content-type": "audio/wav"})
    assert answer.json()["code"] == "upload_incomplete"
    assert left_nothing(at)


async def slowly(at: Desk, headers: dict[str, str], begun: asyncio.Event, end: asyncio.Event) -> Response:
    """An upload that stays under way from `begun` to `end`."""

    async def body() -> AsyncIterator[bytes]:
        yield AUDIO
        begun.set()
        await end.wait()

    async with at.client(headers) as client:
        return await client.post("/v1/jobs", content=body(), headers={"content-type": "audio/wav"})


async def test_an_upload_too_many_is_told_to_come_back_and_holds_nothing() -> None:
    at = desk(uploads_max=2)
    end = asyncio.Event()
    begun = [asyncio.Event(), asyncio.Event()]
    under_way = [asyncio.create_task(slowly(at, at.key(), event, end)) for event in begun]
    for event in begun:
        await event.wait()

    refused = await send(at, files=a_file())
    end.set()
    accepted = [await upload for upload in under_way]
    afterwards = await send(at, files=a_file())

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_uploads")
    assert refused.json()["retryable"]
    assert int(refused.headers["retry-after"]) > 0
    assert [answer.status_code for answer in (*accepted, afterwards)] == [202, 202, 202]
    assert len(at.store.objects) == 3


async def test_slow_uploads_of_one_tenant_do_not_lock_out_another() -> None:
    at = desk(uploads_max=8)
    end = asyncio.Event()
    begun = [asyncio.Event() for _ in range(7)]
    under_way = [asyncio.create_task(slowly(at, at.key(), event, end)) for event in begun]
    for event in begun:
        await event.wait()

    eighth = await send(at, files=a_file())
    async with at.client(at.key("sl_other", tenant="other")) as client:
        others = await client.post("/v1/jobs", files=a_file())
    end.set()
    await asyncio.gather(*under_way)

    assert (eighth.status_code, others.status_code) == (429, 202)


async def test_an_upload_that_fails_gives_its_place_back() -> None:
    at = desk(uploads_max=1)
    for _ in range(3):
        assert (await send(at, files=a_file(kind="image/png"))).status_code == 415

    assert (await send(at, files=a_file())).status_code == 202


async def test_a_store_that_is_away_is_a_503_with_retry_after() -> None:
    at = desk()
    at.store.down = True
    answer = await send(at, files=a_file())
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_database_that_goes_away_before_the_commit_leaves_no_recording() -> None:
    at = desk()

    async def create(new: object) -> None:
        raise DATABASE_DOWN

    at.records.create = create  # type: ignore[method-assign,assignment]  # lost between the two
    answer = await send(at, files=a_file())
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert "retry-after" in answer.headers
    assert left_nothing(at)


async def test_a_commit_that_nobody_knows_about_keeps_the_recording_for_the_job_that_may_exist() -> None:
    at = desk()

    async def create(new: object) -> None:
        raise Unsure("lost")

    at.records.create = create  # type: ignore[method-assign,assignment]  # lost while committing
    assert (await send(at, files=a_file())).json()["code"] == "database_unavailable"
    assert list(at.store.objects.values()) == [AUDIO]


def test_models_that_are_allowed_may_be_named() -> None:
    allowed = settings(models_allowed="small, tiny.en,")
    assert parse_options([("model", "small")], allowed).model == "small"
    assert parse_options([("model", "base"), ("language", "")], allowed).language is None
    with pytest.raises(Problem) as refused:
        parse_options([("model", "tiny.en"), ("language", "de")], allowed)
    assert refused.value.code is Code.LANGUAGE_UNSUPPORTED


@given(st.text())
def test_a_client_name_never_leaves_its_field(name: str) -> None:
    cleaned = clean_filename(name)
    assert cleaned is None or (
        0 < len(cleaned) <= 255 and cleaned.isprintable() and not set(cleaned) & set("/\\\0")
    )


@given(st.text())
def test_any_content_type_is_read(header: str) -> None:
    assert media_type(header).count("/") == 1


@pytest.mark.parametrize("boundary", ["", "x" * 201, "ü", "a\tb", '"'])
def test_a_boundary_that_no_client_makes_is_refused(boundary: str) -> None:
    with pytest.raises(Problem) as refused:
        boundary_of(f'multipart/form-data; boundary="{boundary}"')
    assert refused.value.code is Code.BAD_REQUEST

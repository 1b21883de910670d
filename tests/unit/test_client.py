"""The client library against scripted servers: what is sent, how often, and how answers are read."""

import copy
import io
import json
import logging
import pickle
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from threading import Thread, current_thread
from typing import Any

import httpx2
import pytest
import stamina

from gateway.filters import JobFilter
from gateway.options.fields import parse_options
from gateway.options.json_fields import fields_of
from gateway.options.model import JobOptions
from gateway.renderings import CaptionOptions
from scribeline.client import (
    AsyncScribeline,
    NotAllowed,
    NotFound,
    NotReady,
    Options,
    Refused,
    Retries,
    Scribeline,
    ServerTrouble,
    TooMany,
    Unreachable,
    Unreadable,
)
from scribeline.client.options import Captions, Filters
from scribeline.client.reading import tolerant
from scribeline.contracts.analysis import Analysis
from scribeline.contracts.api.bulk import BulkResult
from scribeline.contracts.api.jobs import JobView
from scribeline.contracts.api.keys import KeyView
from scribeline.contracts.api.problems import ProblemView
from scribeline.contracts.api.search import SearchResult
from scribeline.contracts.api.status import StatusView
from scribeline.contracts.api.subscribers import SecretSubscriber
from scribeline.contracts.api.tenants import TenantView
from scribeline.contracts.api.transcripts import TranscriptView
from scribeline.contracts.api.uploads import UploadState
from scribeline.contracts.api.usage import UsageView
from scribeline.contracts.api.webhooks import DeliveryView, SecretWebhook
from scribeline.contracts.catalogue import EVENTS
from scribeline.contracts.job import JobStatus
from tests.support.clients import KINDS, Script, client_of, each, job_json, refused, said, told
from tests.support.gateway import settings

pytestmark = pytest.mark.parametrize("kind", KINDS)
ANSWERS = (
    JobView, TranscriptView, Analysis, KeyView, StatusView, ProblemView, SearchResult, UsageView,
    BulkResult, TenantView, UploadState, SecretWebhook, DeliveryView, SecretSubscriber, *EVENTS.values(),
)  # fmt: skip
AUDIO = b"RIFF" + bytes(range(256)) * 800


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    """Pauses between attempts cost nothing."""
    with stamina.set_testing(True, attempts=5, cap=True):
        yield


def part(request: httpx2.Request, name: str) -> list[str]:
    """The values of a field in a form."""
    blocks = request.content.split(b"\r\n--")
    marked = f'name="{name}"\r\n\r\n'.encode()
    return [block.partition(marked)[2].decode() for block in blocks if marked in block]


async def test_a_recording_is_sent_with_its_options_and_a_key_of_its_own(kind: str, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(AUDIO)
    server = Script(said(job_json(), 202))
    client = client_of(kind, server)

    job = await told(
        client.jobs.create(
            tmp_path / "a.wav",
            tags=["x", "y"],
            metadata={"case": 7},
            word_timestamps=True,
            analyze=False,
            recorded_at=datetime(2026, 11, 21, tzinfo=UTC),
            delete_after=timedelta(days=30),
            start=1.5,
            replacements=[{"find": "a", "replace": "b"}],
            language=None,
        )
    )
    await told(client.jobs.create(tmp_path / "a.wav"))

    first, second = server.requests
    assert isinstance(job, JobView)
    assert first.headers["authorization"] == "Bearer sl_secret"
    assert int(first.headers["content-length"]) == len(first.content)
    assert AUDIO in first.content
    assert b'name="audio"; filename="a.wav"' in first.content
    assert {name: part(first, name) for name in Options.__annotations__ if part(first, name)} == {
        "tags": ["x", "y"],
        "metadata": ['{"case": 7}'],
        "word_timestamps": ["true"],
        "analyze": ["false"],
        "recorded_at": ["2026-11-21T00:00:00Z"],
        "delete_after": ["P30D"],
        "start": ["1.5"],
        "replacements": ['[{"find": "a", "replace": "b"}]'],
    }
    assert first.headers["idempotency-key"] != second.headers["idempotency-key"]


async def test_what_is_sent_is_what_the_gateway_understands(kind: str) -> None:
    asked: dict[str, Any] = {
        "language": "en",
        "languages": ["en", "de"],
        "tags": ["x", "y"],
        "metadata": {"case": [7, None]},
        "replacements": {"skribe": "Scribe"},
        "recorded_at": datetime(2026, 11, 20, 14, tzinfo=UTC),
        "delete_after": timedelta(hours=12),
        "start": 90.5,
        "end": "9:00",
        "beam_size": 3,
        "temperature": 0.5,
        "word_timestamps": True,
        "channels": "split",
        "task": "translate",
        "analysis_schema": {"type": "object", "properties": {"a": {"type": "string"}}},
        "transcript": [{"text": "Before.", "start": 0, "end": 1.5}, {"text": "Too.", "start": 1, "end": 2}],
    }
    server = Script(said(job_json(), 202))
    client = client_of(kind, server)

    await told(client.jobs.create(AUDIO, **asked))
    await told(client.jobs.create(url="https://media.example/a.mp3", **asked))

    form, body = server.requests
    as_form = [(name, value) for name in asked for value in part(form, name)]
    as_json = fields_of(json.loads(body.content) | {"audio_url": None}, 99_999)
    assert parse_options(as_form, settings()) == parse_options(as_json, settings())
    assert parse_options(as_form, settings()).delete_after == timedelta(hours=12)


def test_every_option_of_the_gateway_can_be_asked_for(kind: str) -> None:
    assert set(Options.__annotations__) == set(JobOptions.model_fields) - {"diarization"}
    assert set(Captions.__annotations__) == set(CaptionOptions.model_fields)
    assert set(Filters.__annotations__) == set(JobFilter.model_fields)


@pytest.mark.parametrize(
    "away",
    [
        httpx2.ConnectError("refused"),
        httpx2.WriteError("broken"),
        refused(429, "too_many_uploads", **{"Retry-After": "1"}),
        refused(503, "store_unavailable"),
        httpx2.Response(502, text="<html>a proxy</html>"),
        httpx2.Response(504),
    ],
)
@pytest.mark.parametrize("given", [None, "mine"])
async def test_an_upload_is_sent_again_with_the_same_key_and_all_of_its_bytes(
    kind: str, away: Any, given: str | None
) -> None:
    server = Script(away, away, said(job_json(), 202))
    file = io.BytesIO(b"before" + AUDIO)
    file.seek(6)

    await told(client_of(kind, server).jobs.create(file, idempotency_key=given))

    assert len(server.requests) == 3
    assert len({request.headers["idempotency-key"] for request in server.requests}) == 1
    assert all(AUDIO in request.content for request in server.requests)
    assert b"before" not in server.requests[-1].content
    assert given in (None, server.requests[0].headers["idempotency-key"])


async def test_a_recording_by_its_address_is_sent_again_with_the_same_key(kind: str) -> None:
    server = Script(httpx2.ReadError("broken"), said(job_json(), 202))
    await told(client_of(kind, server).jobs.create(url="https://media.example/a.mp3", tags=["x"]))
    assert [json.loads(request.content) for request in server.requests] == [
        {"audio_url": "https://media.example/a.mp3", "tags": ["x"]}
    ] * 2
    assert len({request.headers["idempotency-key"] for request in server.requests}) == 1


class Pipe(io.RawIOBase):
    """Can be read once, and nobody knows how long it is."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._content.readinto(buffer)


async def test_a_stream_that_cannot_be_rewound_is_sent_once(kind: str) -> None:
    server = Script(said(job_json(), 202), refused(503, "store_unavailable"))
    client = client_of(kind, server)
    await told(client.jobs.create(Pipe(AUDIO), filename="live.wav"))
    assert AUDIO in server.requests[0].content
    assert server.requests[0].headers["transfer-encoding"] == "chunked"

    with pytest.raises(ServerTrouble):
        await told(client.jobs.create(Pipe(AUDIO)))
    assert len(server.requests) == 2


class Endless(io.RawIOBase):
    """Gigabytes of nothing; it remembers the most that was asked for at once."""

    def __init__(self, size: int) -> None:
        self.size, self.at, self.most = size, 0, 0
        self.readers: set[Thread] = set()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self.readers.add(current_thread())
        self.most = max(self.most, size if size >= 0 else self.size)
        piece = bytes(min(size, self.size - self.at))
        self.at += len(piece)
        return piece


async def test_a_big_file_is_read_in_small_pieces(kind: str) -> None:
    file = Endless(50 * 2**20)
    await told(client_of(kind, Script(said(job_json(), 202))).jobs.create(file))
    assert file.at == file.size
    assert file.most <= 2**20
    assert (current_thread() in file.readers) is (kind == "blocking")  # an event loop waits for no disk


@pytest.mark.parametrize("wrong", [None, 3, io.StringIO("text"), "https://media.example/a.mp3"])
async def test_what_is_no_recording_is_told_before_anything_is_sent(kind: str, wrong: Any) -> None:
    server = Script(said(job_json()))
    with pytest.raises((TypeError, ValueError)):
        await told(client_of(kind, server).jobs.create(wrong))
    with pytest.raises(FileNotFoundError):
        await told(client_of(kind, server).jobs.create("no-such-file.wav"))
    assert server.requests == []


async def test_what_is_no_repetition_is_asked_once(kind: str) -> None:
    for ask in ("cancel", "retry", "rerun", "delete"):
        server = Script(httpx2.ReadError("broken"))
        with pytest.raises(Unreachable, match=r"The connection to http://gateway broke: broken\."):
            await told(getattr(client_of(kind, server).jobs, ask)("j1"))
        assert len(server.requests) == 1
    server = Script(refused(500, "internal_error"))
    with pytest.raises(ServerTrouble):
        await told(client_of(kind, server).jobs.get("j1"))
    assert len(server.requests) == 1


async def test_attempts_come_to_an_end(kind: str) -> None:
    server = Script(httpx2.ConnectError("refused"))
    with pytest.raises(Unreachable, match=r"No Scribeline server answers at http://gateway\."):
        await told(client_of(kind, server, retries=Retries(attempts=3)).jobs.get("j1"))
    assert len(server.requests) == 3
    with pytest.raises(Unreachable):
        await told(client_of(kind, server, retries=Retries(attempts=1)).jobs.get("j1"))
    assert len(server.requests) == 4


def test_the_server_says_when_to_come_back(kind: str) -> None:
    retries = Retries(longest_pause=30)
    assert retries.decide(TooMany(429, "", retry_after=7)) == timedelta(seconds=7)
    assert retries.decide(TooMany(429, "", retry_after=31)) is False
    assert retries.decide(ServerTrouble(503, "")) is True
    assert retries.decide(ServerTrouble(500, "")) is False
    assert retries.decide(NotReady(409, "", retry_after=1)) is False
    assert retries.decide(OSError()) is False


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(401, "unauthenticated"), NotAllowed),
        (refused(403, "forbidden"), NotAllowed),
        (refused(404, "not_found"), NotFound),
        (refused(410, "audio_missing"), NotFound),
        (refused(409, "not_ready", **{"Retry-After": "2"}), NotReady),
        (refused(409, "job_ended"), Refused),
        (refused(418, "a_code_of_tomorrow"), Refused),
        (refused(429, "rate_limited", **{"Retry-After": "300"}), TooMany),
        (httpx2.Response(507, text="<html>a proxy</html>"), ServerTrouble),
        (httpx2.Response(307, headers={"Location": "http://evil.example/"}), Refused),
        (httpx2.Response(200, text="<html>someone else</html>"), Unreadable),
        (said([1]), Unreadable),
        (said({"id": "x"}), Unreadable),
    ],
)
async def test_every_trouble_has_its_error(
    kind: str, answer: httpx2.Response, error: type[Exception]
) -> None:
    server = Script(answer)
    with pytest.raises(error) as caught:
        await told(client_of(kind, server).jobs.get("j1"))
    assert type(caught.value) is error
    assert "sl_secret" not in repr(caught.value) + str(caught.value)
    assert [request.url.host for request in server.requests] == ["gateway"]
    if isinstance(caught.value, Refused):
        assert caught.value.status == answer.status_code
        assert str(caught.value).strip()
        assert repr(pickle.loads(pickle.dumps(caught.value))) == repr(caught.value)


async def test_a_refusal_names_the_field(kind: str) -> None:
    problem = {
        "type": "/errors/invalid_parameter", "title": "Wrong.", "status": 422, "code": "invalid_parameter",
        "detail": "model: is none", "errors": [{"field": "model", "message": "is none"}],
    }  # fmt: skip
    with pytest.raises(Refused) as caught:
        await told(client_of(kind, Script(said(problem, 422))).jobs.create(AUDIO, model="x"))
    error = caught.value
    assert (error.code, error.detail, error.retryable) == ("invalid_parameter", "model: is none", False)
    assert [(wrong.field, wrong.message) for wrong in error.errors] == [("model", "is none")]


async def test_the_key_is_shown_nowhere(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = client_of(kind, Script(httpx2.ReadError("broken"), said(job_json())))
    await told(client.jobs.get("j1"))
    assert "sl_secret" not in repr(client) + repr(vars(client)) + caplog.text
    for make in (Scribeline, AsyncScribeline):
        with pytest.raises(ValueError, match="no key has") as caught:
            make("http://gateway", "sl_secret\r\nX: y")
        assert "sl_secret" not in str(caught.value)
        for url in ("gateway:8000", "ftp://gateway", "http://", "http://me:sl_secret@gateway"):
            with pytest.raises(ValueError, match="address"):
                make(url, "k")


async def test_a_key_out_of_a_file_may_end_with_its_line(kind: str) -> None:
    server = Script(said(job_json()))
    made = Scribeline if kind == "blocking" else AsyncScribeline
    await told(made("http://gateway", "sl_x\n", owner="ann", transport=server).jobs.get("j1"))
    assert server.requests[0].headers["authorization"] == "Bearer sl_x"
    assert server.requests[0].headers["x-scribeline-owner"] == "ann"


async def test_what_is_typed_in_stays_one_step_of_the_address(kind: str) -> None:
    server = Script(refused(404, "not_found"))
    with pytest.raises(NotFound):
        await told(client_of(kind, server).jobs.get("../keys?x=y"))
    assert server.requests[0].url.raw_path == b"/v1/jobs/..%2Fkeys%3Fx%3Dy"


async def test_lists_are_read_page_by_page_up_to_a_limit(kind: str) -> None:
    ids = [f"00000000-0000-0000-0000-00000000000{n}" for n in range(5)]
    jobs = [job_json(id=id_) for id_ in ids]
    pages = [said({"jobs": jobs[:2], "next": "c1"}), said({"jobs": jobs[2:4], "next": "c2"})]
    last = said({"jobs": jobs[4:], "next": None})

    server = Script(*pages, last)
    found = await each(client_of(kind, server).jobs.list(status=["failed", "cancelled"], metadata={"a": 1}))
    assert [str(job.id) for job in found] == ids
    asked = [request.url.params for request in server.requests]
    assert [params.get("cursor") for params in asked] == [None, "c1", "c2"]
    assert all(params.get_list("status") == ["failed", "cancelled"] for params in asked)
    assert asked[2]["metadata"] == '{"a": 1}'

    server = Script(*pages, last)
    found = await each(client_of(kind, server).jobs.list(limit=3))
    assert [str(job.id) for job in found] == ids[:3]
    assert [request.url.params["limit"] for request in server.requests] == ["3", "1"]


async def test_a_newer_server_is_understood(kind: str) -> None:
    newer = job_json(
        "paused",
        a_field_of_tomorrow={"x": 1},
        stages=[{"name": "diarization", "status": "resting", "new": 1}],
        error={"code": "a_code_of_tomorrow", "message": "m" * 9999, "stage": "diarize"},
        options={"prompt": "p" * 99_999, "task": "sing", "language": "english", "beam_size": 99},
    )
    job = await told(client_of(kind, Script(said(newer))).jobs.get("j1"))
    assert isinstance(job, JobView)
    assert isinstance(job.status, JobStatus)
    assert (job.status, job.status.value, str(job.status), job.status.terminal) == (
        "paused", "paused", "paused", False,
    )  # fmt: skip
    assert job.stages[0].status == "resting"
    assert job.error is not None
    assert job.error.code == "a_code_of_tomorrow"
    assert job.options.task == "sing"
    assert list(JobStatus) == ["queued", "transcribing", "analyzing", "completed", "failed", "cancelled"]
    again = pickle.loads(pickle.dumps(job))
    assert again == job == copy.deepcopy(job)
    assert json.loads(job.model_dump_json())["status"] == "paused"


async def test_answers_cannot_be_changed(kind: str) -> None:
    job = await told(client_of(kind, Script(said(job_json()))).jobs.get("j1"))
    with pytest.raises(ValueError, match="frozen"):
        job.progress = 100


@pytest.mark.parametrize("model", ANSWERS)
def test_no_bound_and_no_closed_list_of_words_stands_in_what_is_read(kind: str, model: Any) -> None:
    """Whatever is added to a contract, a client reads more of it."""
    schema = json.dumps(tolerant(model).model_json_schema())
    closed = {"maxLength", "minLength", "maximum", "minimum", "maxItems", "pattern", '"enum"'}
    assert [word for word in closed if word in schema] == []
    assert tolerant(model) is tolerant(model)
    assert issubclass(tolerant(model), model)


def test_reading_with_tolerance_leaves_the_contracts_strict(kind: str) -> None:
    class Word(StrEnum):
        A = "a"

    tolerant(JobView)
    with pytest.raises(ValueError, match="status"):
        JobView.model_validate(job_json("paused"))
    with pytest.raises(ValueError, match="progress"):
        JobView.model_validate(job_json(progress=101))


async def test_fields_are_read_by_the_names_that_they_are_written_under(kind: str) -> None:
    left = {"used": 1.0, "allowed": None, "left": None}
    counted = {"jobs": 1, "bytes": 2, "audio_seconds": 3.5, "prompt_tokens": 0, "completion_tokens": 0}
    limits = {
        "audio_minutes_per_month": left, "bytes_per_month": left, "jobs_in_flight": left,
        "resets_at": "2026-12-01T00:00:00Z", "models_allowed": ["base"],
    }  # fmt: skip
    used = {
        "tenant": "acme", "from": "2026-11-01", "to": "2026-11-30", "total": counted, "limits": limits,
        "days": [{**counted, "day": "2026-11-21"}],
    }  # fmt: skip
    server = Script(said(used))
    usage = await told(client_of(kind, server).usage(date(2026, 11, 1), date(2026, 11, 30)))
    assert (usage.first, usage.last) == (date(2026, 11, 1), date(2026, 11, 30))
    assert usage.days[0].audio_seconds == 3.5
    assert server.requests[0].url.query == b"from=2026-11-01&to=2026-11-30"
    assert pickle.loads(pickle.dumps(usage)) == usage


async def test_a_job_is_run_again_with_other_options(kind: str) -> None:
    server = Script(said(job_json(run=2), 202), said({"runs": []}), said(job_json()))
    jobs = client_of(kind, server).jobs
    again = await told(jobs.rerun("j1", stage="analysis", wait=3, analysis_prompt=None, tags=["x"]))
    await told(jobs.runs(again))
    await told(jobs.get("j1", run=1))
    first, second, third = server.requests
    assert again.run == 2
    assert (first.url.raw_path, json.loads(first.content)) == (
        b"/v1/jobs/j1/rerun?wait=3", {"stage": "analysis", "analysis_prompt": None, "tags": ["x"]},
    )  # fmt: skip
    assert second.url.path == f"/v1/jobs/{again.id}/runs"
    assert third.url.raw_path == b"/v1/jobs/j1?run=1"


async def test_what_was_said_is_looked_for(kind: str) -> None:
    match = {
        "segment": 3, "start": 1.5, "end": 2.5, "speaker": None, "text": "a budget",
        "highlight": "a <mark>budget</mark>",
    }  # fmt: skip
    hit = {**job_json(), "job": job_json()["id"], "matches": [match], "more": False}
    server = Script(said({"hits": [hit], "next": "0.5_x", "complete": True}))
    found = await told(client_of(kind, server).search("budget -draft", tag=["a", "b"], matches=1))
    assert found.hits[0].matches[0].highlight == "a <mark>budget</mark>"
    assert server.requests[0].url.params.multi_items() == [
        ("q", "budget -draft"), ("matches", "1"), ("tag", "a"), ("tag", "b"),
    ]  # fmt: skip


async def test_a_tenant_is_changed_by_what_is_named(kind: str) -> None:
    tenant = {"name": "acme", "created_at": "2026-11-21T12:00:00Z", "models_allowed": ["an odd/model"]}
    server = Script(said(tenant), said(tenant), said({"tenants": [tenant]}), refused(404, "not_found"))
    tenants = client_of(kind, server).tenants
    made = await told(tenants.create("acme", models_allowed=("tiny",)))
    await told(tenants.change("acme", retention_days=None, jobs_in_flight=0))
    assert (await told(tenants.list())).tenants == [made]
    with pytest.raises(NotFound):
        await told(tenants.get("../keys"))
    with pytest.raises(NotFound):
        await told(tenants.usage("acme", date(2026, 11, 1)))
    asked = [f"{request.method} {request.url.raw_path.decode()[17:]}" for request in server.requests]
    assert asked == ["POST ", "PATCH /acme", "GET ", "GET /..%2Fkeys", "GET /acme/usage?from=2026-11-01"]
    assert [json.loads(request.content) for request in server.requests[:2]] == [
        {"name": "acme", "models_allowed": ["tiny"]}, {"retention_days": None, "jobs_in_flight": 0},
    ]  # fmt: skip
    assert made.models_allowed == ("an odd/model",)


async def test_what_the_client_has_no_method_for_can_be_asked(kind: str) -> None:
    server = Script(said({"days": []}))
    client = client_of(kind, server)
    assert await told(client.request("GET", "/v1/tomorrow", query={"since": "x"})) == {"days": []}
    assert server.requests[0].url.raw_path == b"/v1/tomorrow?since=x"


async def test_an_owner_may_have_any_name(kind: str) -> None:
    server = Script(said(job_json()))
    await told(client_of(kind, server, owner="Jürgen").jobs.get("j1"))
    assert dict(server.requests[0].headers.raw)[b"X-Scribeline-Owner"] == "Jürgen".encode()


async def test_an_answer_without_content_is_none(kind: str) -> None:
    client = client_of(kind, Script(httpx2.Response(204)))
    assert await told(client.request("DELETE", "/v1/uploads/u1")) is None


@pytest.mark.parametrize("elsewhere", ["https://elsewhere/v1/jobs", "//elsewhere/v1/jobs", "v1/jobs"])
async def test_the_key_is_sent_to_no_other_address(kind: str, elsewhere: str) -> None:
    server = Script(said({}))
    with pytest.raises(ValueError, match="is no path of the server"):
        await told(client_of(kind, server).request("GET", elsewhere))
    assert not server.requests


async def test_what_is_wrong_with_a_file_is_not_the_servers_fault(kind: str) -> None:
    closed = io.BytesIO(b"RIFF")
    closed.close()
    with pytest.raises(ValueError, match="closed file"):
        await told(client_of(kind, Script(said(job_json()))).jobs.create(closed))

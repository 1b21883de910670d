"""A recording by its address: fetched from any server, however it behaves, into the store or not at all."""

import asyncio
import gzip
import hashlib
import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog

from gateway.fetching.fetcher import Bounds, Fetcher
from gateway.problems import Problem
from gateway.uploads import Intake
from scribeline.contracts.codes import Code
from scribeline.contracts.transcription import Replacement
from scribeline.outbound.addresses import Address
from scribeline.outbound.network import GuardedNetwork
from scribeline.outbound.rules import Rules
from scribeline.telemetry.health import serve_health
from scribeline.telemetry.logging import configure
from tests.support.api import KEY, Api
from tests.support.certificates import Authority
from tests.support.gateway import Desk, desk
from tests.support.sites import (
    Page,
    Site,
    dripping,
    endless,
    head,
    raw,
    recording,
    redirect,
    resetting,
    silent,
    site,
    status,
)
from tests.support.stores import MemoryStore
from tests.support.waiting import eventually

AUDIO = bytes(range(256)) * 4096
TRUSTED = ("127.0.0.1",)
KIB = 2**10


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
async def web() -> AsyncIterator[Site]:
    async with site({"/talk.wav": recording(AUDIO)}) as at:
        yield at


def here(**changes: Any) -> Desk:
    return desk(**{"fetch_hosts_allowed": TRUSTED, **changes})


async def ask(at: Desk, url: str, **options: Any) -> httpx2.Response:
    async with at.client(at.key()) as client:
        return await client.post("/v1/jobs", json={"audio_url": url, **options})


def left_nothing(at: Desk) -> bool:
    return not at.store.objects and not at.store.uploads and not at.records.created


async def test_a_recording_is_in_the_store_when_the_answer_comes(web: Site) -> None:
    at = here()
    options = {
        "language": "de",
        "tags": ["a", "b"],
        "metadata": {"ticket": 7, "ä": None},
        "replacements": {"skribe line": "Scribeline"},
        "start": 1.5,
        "end": "1:30",
        "temperature": 0,
        "analyze": False,
        "prompt": None,
    }
    answer = await ask(at, web.url("/talk.wav?token=secret#part"), **options)

    assert answer.status_code == 202, answer.text
    [new] = at.records.created
    assert answer.headers["location"] == f"/v1/jobs/{new.id}"
    assert at.store.objects == {f"acme/{new.id}/source": AUDIO}
    assert new.source.sha256 == hashlib.sha256(AUDIO).hexdigest()
    assert (new.filename, new.content_type) == ("talk.wav", "audio/wav")
    assert (new.options.language, new.tags, new.analyze) == ("de", ("a", "b"), False)
    assert (new.metadata, new.options.start, new.options.end) == ({"ticket": 7, "ä": None}, 1.5, 90)
    assert new.options.replacements == (Replacement(find="skribe line", replace="Scribeline"),)
    assert "secret" not in repr(new)


async def test_the_server_is_asked_plainly(web: Site) -> None:
    await ask(here(), web.url("/talk.wav?a=b%20c&d"))
    [asked] = web.asked
    first, *lines = asked.strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert first == "GET /talk.wav?a=b%20c&d HTTP/1.1"
    assert (headers["host"], headers["accept-encoding"]) == (web.host, "identity")
    assert not {"authorization", "cookie", "referer", "x-api-key", "traceparent"} & headers.keys()


async def test_options_in_the_query_count_as_well(web: Site) -> None:
    at = here()
    async with at.client(at.key()) as client:
        body = {"audio_url": web.url("/talk.wav")}
        answer = await client.post("/v1/jobs", json=body, params={"task": "translate"})
    assert answer.status_code == 202, answer.text
    assert at.records.created[0].options.task == "translate"


async def test_proxies_of_the_environment_are_not_asked(web: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert (await ask(here(), web.url("/talk.wav"))).status_code == 202


async def test_no_log_line_tells_the_address(web: Site, capsys: pytest.CaptureFixture[str]) -> None:
    configure("gateway", "DEBUG")
    web.pages["/away"] = redirect("/talk.wav?signature=secret")
    assert (await ask(here(), web.url("/away?token=secret"))).status_code == 202
    logged = capsys.readouterr().out
    assert "accepted" in logged
    assert "secret" not in logged


@pytest.mark.parametrize("end", ["announced", "in chunks", "by closing"])
async def test_any_length_is_taken_whole(web: Site, end: str) -> None:
    chunk = b"%x\r\n%b\r\n" % (len(AUDIO), AUDIO)
    web.pages["/talk.wav"] = {
        "announced": recording(AUDIO, "Audio/MPEG; x=y"),
        "in chunks": raw(head(transfer_encoding="chunked"), chunk, chunk, b"0\r\n\r\n"),
        "by closing": raw(head(content_type="nonsense"), AUDIO),
    }[end]
    at = here(upload_max_bytes=2 * len(AUDIO))
    answer = await ask(at, web.url("/talk.wav"))
    assert answer.status_code == 202, answer.text
    assert set(b"".join(at.store.objects.values())) == set(range(256))
    assert at.records.created[0].source.bytes == len(AUDIO) * (2 if end == "in chunks" else 1)


async def test_redirects_are_followed_a_few_times(web: Site) -> None:
    web.pages |= {
        "/0": redirect("/1"),
        "/1": redirect("2?x", "301 Moved"),
        "/2": redirect(web.url("/3"), "307 T"),
        "/3": redirect(f"//{web.host}/4", "308 P"),
        "/4": redirect("/talk.wav", "303 See"),
    }
    at = here()
    assert (await ask(at, web.url("/0"))).status_code == 202
    assert list(at.store.objects.values()) == [AUDIO]
    web.pages["/-1"] = redirect("/0")
    once_more = await ask(here(), web.url("/-1"))
    assert (once_more.status_code, once_more.json()["code"]) == (422, "audio_url_unreachable")
    assert "redirects more than 5 times" in once_more.json()["detail"]


async def test_a_redirect_to_an_address_inside_is_not_followed(web: Site) -> None:
    """127.0.0.1 is trusted, the same server by another name is not."""
    at = here()
    for where in (f"http://localhost:{web.port}/talk.wav", f"http://127.1:{web.port}/talk.wav"):
        web.pages["/away"] = redirect(where)
        answer = await ask(at, web.url("/away"))
        assert (answer.status_code, answer.json()["code"]) == (422, "audio_url_unreachable")
    assert len(web.asked) == 2
    assert left_nothing(at)


@pytest.mark.parametrize(
    "where", ["ftp://127.0.0.1/x", "http://127.0.0.1:22/", "http://a:secret@127.0.0.1/", "http://[::1/", "file:///x"]
)  # fmt: skip
async def test_a_redirect_that_is_not_allowed_is_refused(web: Site, where: str) -> None:
    web.pages["/away"] = redirect(where)
    answer = await ask(here(), web.url("/away"))
    assert (answer.status_code, answer.json()["code"]) == (422, "audio_url_refused")
    assert "secret" not in answer.text


Case = tuple[Page, Code, Mapping[str, Any]]
PART = bytes(64 * KIB)
SECRET = {"x_internal": "secret", "etag": "secret"}
QUICK = {"upload_idle_seconds": 0.3}

TROUBLES: dict[str, Case] = {
    "404": (status("404 secret"), Code.AUDIO_URL_UNREACHABLE, {}),
    "500": (status("500 secret"), Code.AUDIO_URL_UNREACHABLE, {}),
    "204": (raw(head("204 secret", **SECRET)), Code.AUDIO_URL_UNREACHABLE, {}),
    "part of it": (raw(head("206 secret", content_length="6"), b"secret"), Code.AUDIO_URL_UNREACHABLE, {}),
    "101": (raw(head("101 secret", upgrade="secret")), Code.AUDIO_URL_UNREACHABLE, {}),
    "a redirect to nowhere": (raw(head("302 secret", content_length="0")), Code.AUDIO_URL_UNREACHABLE, {}),
    "a page": (recording(b"secret", "text/html; charset=secret"), Code.UNSUPPORTED_MEDIA_TYPE, {}),
    "a picture": (recording(b"secret", "image/secret"), Code.UNSUPPORTED_MEDIA_TYPE, {}),
    "nothing": (recording(b""), Code.AUDIO_EMPTY, {}),
    "compressed": (
        recording(gzip.compress(PART), content_encoding="gzip"),
        Code.AUDIO_URL_UNREACHABLE,
        {},
    ),
    "compressed on the way": (
        raw(head(transfer_encoding="gzip, chunked"), b"6\r\nsecret\r\n0\r\n\r\n"),
        Code.AUDIO_URL_UNREACHABLE,
        {},
    ),
    "without an end": (
        endless(head(content_type="audio/wav"), PART),
        Code.UPLOAD_TOO_LARGE,
        {"upload_max_bytes": 2**20},
    ),
    "chunks without an end": (
        endless(head(transfer_encoding="chunked"), b"10000\r\n%b\r\n" % PART),
        Code.UPLOAD_TOO_LARGE,
        {"upload_max_bytes": 2**20},
    ),
    "too large by its own account": (
        silent(head(content_length=str(2**20 + 1))),
        Code.UPLOAD_TOO_LARGE,
        {"upload_max_bytes": 2**20},
    ),
    "too short": (raw(head(content_length="9"), b"secret"), Code.AUDIO_URL_UNREACHABLE, {}),
    "half a chunk": (raw(head(transfer_encoding="chunked"), b"9\r\nsecret"), Code.AUDIO_URL_UNREACHABLE, {}),
    "two lengths": (
        raw(head(content_length="6") [:-2] + b"Content-Length: 7\r\n\r\n", b"secret"),
        Code.AUDIO_URL_UNREACHABLE,
        {},
    ),
    "no number of bytes": (raw(head(content_length="-1"), b"secret"), Code.AUDIO_URL_UNREACHABLE, {}),
    "reset half-way": (resetting(head(content_length="999999") + PART), Code.AUDIO_URL_UNREACHABLE, {}),
    "reset at once": (resetting(b""), Code.AUDIO_URL_UNREACHABLE, {}),
    "hangs up": (raw(b""), Code.AUDIO_URL_UNREACHABLE, {}),
    "not HTTP": (raw(b"SSH-2.0-secret\r\n"), Code.AUDIO_URL_UNREACHABLE, {}),
    "a huge header": (raw(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 2**20), Code.AUDIO_URL_UNREACHABLE, {}),
    "headers without an end": (
        endless(b"HTTP/1.1 200 OK\r\n", b"X-Secret: secret\r\n"),
        Code.AUDIO_URL_UNREACHABLE,
        {},
    ),
    "interim answers without an end": (
        endless(b"", b"HTTP/1.1 103 Early\r\nLink: secret\r\n\r\n"),
        Code.AUDIO_URL_UNREACHABLE,
        QUICK,
    ),
    "silence": (silent(), Code.AUDIO_URL_UNREACHABLE, QUICK),
    "silence after the head": (silent(head(content_length="9")), Code.AUDIO_URL_UNREACHABLE, QUICK),
    "silence half-way": (silent(head(content_length="99") + b"secret"), Code.AUDIO_URL_UNREACHABLE, QUICK),
    "a head that drips": (
        dripping(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", 0.1),
        Code.AUDIO_URL_UNREACHABLE,
        QUICK,
    ),
    "chunks that drip": (
        dripping(head(transfer_encoding="chunked") + b"5;", b"x", 0.1),
        Code.AUDIO_URL_UNREACHABLE,
        QUICK,
    ),
    "a body that drips": (
        dripping(head(), b"secret", 0.1),
        Code.AUDIO_URL_UNREACHABLE,
        {**QUICK, "fetch_bytes_per_second": 10_000},
    ),
    "too long a time": (
        dripping(head(), b"secret", 0.1),
        Code.AUDIO_URL_UNREACHABLE,
        {"fetch_seconds": 0.5, "fetch_bytes_per_second": 0},
    ),
}  # fmt: skip


TOLD = {
    "404": "the status 404.",
    "compressed": "compressed",
    "silence": "did not answer within 0.3 s",
    "a head that drips": "did not answer within 0.3 s",
    "silence after the head": "sent nothing for 0.3 s",
    "silence half-way": "sent nothing for 0.3 s",
    "chunks that drip": "sent nothing for 0.3 s",
    "a body that drips": "less than 10000 bytes a second",
    "too long a time": "not there after 0.5 s",
    "reset half-way": "broke off",
    "too short": "broke off",
}
"""Which bound it was."""


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_server_that_does_not_give_a_recording_leaves_nothing_and_is_not_quoted(
    web: Site, trouble: str
) -> None:
    web.pages["/talk.wav"], code, changes = TROUBLES[trouble]
    at = here(**changes)
    answer = await ask(at, web.url("/talk.wav"))
    assert answer.json()["code"] == code, answer.text
    assert TOLD.get(trouble, "") in answer.json().get("detail", "")
    assert answer.status_code in (413, 415, 422)
    assert "secret" not in answer.text.lower()
    assert str(web.port) not in answer.text
    assert left_nothing(at)
    await eventually(lambda: web.connected == 0)


async def test_what_is_inside_looks_like_what_is_not_there(web: Site) -> None:
    """A server inside that listens, one that does not, and a name that nobody knows."""
    async with site({}) as gone:
        pass
    at = desk()
    told = [
        await ask(at, url)
        for url in (
            web.url("/talk.wav"),
            f"https://localhost:{web.port}/",
            gone.url("/talk.wav"),
            f"http://{'x' * 64}/",
        )
    ]
    trusting = await ask(here(), gone.url("/talk.wav"))
    assert {answer.text for answer in told} == {trusting.text}
    assert trusting.json()["code"] == "audio_url_unreachable"
    assert trusting.json()["retryable"]
    assert web.asked == []


MISTAKES: dict[str, tuple[Any, str]] = {
    "no address": ({"language": "de"}, "audio_url"),
    "null": ({"audio_url": None}, "audio_url"),
    "a number": ({"audio_url": 7}, "audio_url"),
    "several": ({"audio_url": ["http://a/", "http://b/"]}, "audio_url"),
    "an unknown option": ({"audio_url": "{}", "webhook": "x"}, "webhook"),
    "the file's name": ({"audio_url": "{}", "audio": "x"}, "audio"),
    "an object": ({"audio_url": "{}", "language": {"code": "de"}}, "language"),
    "a list": ({"audio_url": "{}", "language": ["de"]}, "language"),
    "a tag that is none": ({"audio_url": "{}", "tags": ["a", 7]}, "tags"),
    "a tag with a comma": ({"audio_url": "{}", "tags": ["a,b"]}, "tags"),
    "a wrong value": ({"audio_url": "{}", "temperature": 2}, "temperature"),
    "a flag that is none": ({"audio_url": "{}", "analyze": 7}, "analyze"),
    "metadata that is a list": ({"audio_url": "{}", "metadata": [1]}, "metadata"),
    "metadata that is too long": ({"audio_url": "{}", "metadata": {"a": "ä" * 4096}}, "metadata"),
    "a long field": ({"audio_url": "{}", "prompt": "x" * 33_000}, "prompt"),
    "a NUL": ({"audio_url": "{}", "prompt": "a\0b"}, "body"),
    "no object": (["audio_url"], "body"),
    "no JSON": ("{]", "body"),
    "twice the same": ('{"audio_url": "a", "audio_url": "b"}', "body"),
    "another scheme": ({"audio_url": "ftp://127.0.0.1/"}, "audio_url"),
    "a password": ({"audio_url": "http://me:secret@127.0.0.1/"}, "audio_url"),
    "a port below 1024": ({"audio_url": "http://127.0.0.1:22/"}, "audio_url"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_mistake_is_named_and_nothing_is_fetched(web: Site, mistake: str) -> None:
    body, field = MISTAKES[mistake]
    text = body if isinstance(body, str) else json.dumps(body).replace("{}", web.url("/talk.wav"))
    at = here()
    async with at.client({**at.key(), "content-type": "application/json; charset=utf-8"}) as client:
        answer = await client.post("/v1/jobs", content=text)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert "secret" not in answer.text
    assert left_nothing(at)
    assert web.asked == []


async def test_a_client_that_leaves_ends_the_fetch_and_leaves_nothing(web: Site) -> None:
    web.pages["/talk.wav"] = silent(head(content_length="999999") + PART)
    at, port = here(uploads_max=1), asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve_health(at.app, "127.0.0.1", 0, bound=port.set_result))
    try:
        _, client = await asyncio.open_connection("127.0.0.1", await port)
        body = json.dumps({"audio_url": web.url("/talk.wav")})
        key = at.key()["Authorization"]
        client.write(
            f"POST /v1/jobs HTTP/1.1\r\nHost: g\r\nAuthorization: {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        await eventually(lambda: at.store.uploads)
        refused = await ask(at, web.url("/talk.wav"))
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_uploads")
        client.close()
        await eventually(lambda: web.connected == 0)
        await eventually(lambda: left_nothing(at))
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def test_a_store_that_goes_away_is_a_503_and_no_fault_of_the_address(web: Site) -> None:
    at = here()
    at.store.down = True
    answer = await ask(at, web.url("/talk.wav"))
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")


NAME = "media.example"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


class Names:
    """Knows one name, and gives another address each time it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[Address]:
        self.asked.append(host)
        return [ip_address(f"127.0.0.{len(self.asked)}")]


def fetcher(authority: Authority, names: Names) -> Fetcher:
    rules = Rules(frozenset({NAME, "other.example"}))
    bounds = Bounds(most_bytes=2**21, seconds=30, idle_seconds=10, bytes_per_second=0)
    return Fetcher(rules, bounds, GuardedNetwork(rules, names), authority.trusting())


async def fetched(by: Fetcher, url: str) -> bytes:
    store = MemoryStore()
    intake = Intake(store, "k", 2**21)
    await by.fetch(by.destination(url), intake)
    await intake.finish()
    return store.objects["k"]


async def test_the_name_stays_the_hosts_while_the_connection_goes_to_the_checked_address(
    authority: Authority,
) -> None:
    """The certificate is asked for and checked by the name; a second look-up would lead elsewhere."""
    names, seen = Names(), []
    tls = authority.server(NAME)
    tls.sni_callback = lambda connection, name, context: seen.append(name)
    async with site({"/talk.wav": recording(AUDIO)}, tls) as web:
        url = f"https://{NAME}:{web.port}/talk.wav"
        assert await fetched(fetcher(authority, names), url) == AUDIO
        assert f"\r\nHost: {NAME}:{web.port}\r\n" in web.asked[0]
    assert names.asked == [NAME]
    assert seen == [NAME]


@pytest.mark.parametrize("wrong", ["name", "authority"])
async def test_a_certificate_that_is_not_valid_ends_it(
    authority: Authority, tmp_path: Path, wrong: str
) -> None:
    tls = Authority(tmp_path).server(NAME) if wrong == "authority" else authority.server("other.example")
    async with site({"/talk.wav": recording(AUDIO)}, tls) as web:
        with pytest.raises(Problem) as refused:
            await fetched(fetcher(authority, Names()), f"https://{NAME}:{web.port}/talk.wav")
        assert web.asked == []
    assert refused.value.code is Code.AUDIO_URL_UNREACHABLE


async def test_no_redirect_gives_up_encryption(authority: Authority) -> None:
    async with (
        site({"/talk.wav": recording(AUDIO)}) as plain,
        site({"/": redirect(f"http://{NAME}:{plain.port}/talk.wav")}, authority.server(NAME)) as web,
    ):
        with pytest.raises(Problem) as refused:
            await fetched(fetcher(authority, Names()), f"https://{NAME}:{web.port}/")
        assert plain.asked == []
    assert refused.value.code is Code.AUDIO_URL_REFUSED


async def test_a_request_sent_again_with_its_key_makes_one_job_of_the_same_bytes(api: Api, web: Site) -> None:
    api.settings = api.settings.model_copy(update={"fetch_hosts_allowed": TRUSTED})
    headers = {"Idempotency-Key": "k-1"}
    async with api.client(KEY) as client:

        async def send(**options: Any) -> httpx2.Response:
            body = {"audio_url": web.url("/talk.wav"), **options}
            return await client.post("/v1/jobs", json=body, headers=headers)

        first, again, other = await send(), await send(tags=[]), await send(language="de")
        uploaded = await client.post(
            "/v1/jobs", content=AUDIO, headers={**headers, "content-type": "audio/wav"}
        )
    assert first.status_code == again.status_code == uploaded.status_code == 202, first.text
    assert first.json()["id"] == again.json()["id"] == uploaded.json()["id"]
    assert again.headers["idempotency-replayed"] == "true"
    assert other.json()["code"] == "idempotency_key_reused"
    assert await api.count("job") == 1
    [key] = api.stored()
    assert await api.store.read(key) == AUDIO

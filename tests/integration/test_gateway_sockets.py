"""What no client library sends, over plain sockets, while another client is answered all the time."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

import httpx2
import pytest

from scribeline.messaging.broker import Broker
from scribeline.messaging.topology import topology
from scribeline.storage.s3 import S3Store
from tests.support import databases
from tests.support.brokers import forget
from tests.support.gateway_process import KEY, Process, gateway_process
from tests.support.servers import Servers
from tests.support.waiting import eventually

PATIENCE = 20
"""Seconds until a connection that is given up must be closed, on a busy machine."""
LONG = 64 * 2**10
RAW = "Content-Type: audio/wav"
FORM = "Content-Type: multipart/form-data; boundary=b"
FILE = (
    b'Content-Disposition: form-data; name="audio"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\nRIFF'
)


@pytest.fixture(scope="module")
async def gateway(
    servers: Servers, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Process]:
    """One for the whole file, and in a hurry."""
    broker = Broker(servers.amqp_url, topology(f"t{secrets.token_hex(4)}."), heartbeat=10)
    name = f"test_{secrets.token_hex(4)}"
    await databases.create(servers.database_url, name, template=template_database)
    environment = {
        **servers.environment(),
        "SCRIBELINE_DATABASE_URL": databases.named(servers.database_url, name),
        "SCRIBELINE_AMQP_PREFIX": broker.topology.prefix,
        "SCRIBELINE_HEAD_SECONDS": "1",
        "SCRIBELINE_UPLOAD_IDLE_SECONDS": "1",
        "SCRIBELINE_UPLOAD_BYTES_PER_SECOND": "1000",
    }
    async with gateway_process(environment, tmp_path_factory.mktemp("gateway")) as process:
        yield process
    await forget(broker)
    await databases.drop(servers.database_url, name)


class Answer(NamedTuple):
    status: int
    body: bytes

    @property
    def code(self) -> str:
        return str(json.loads(self.body)["code"])


def head(*lines: str, method: str = "POST", path: str = "/v1/jobs") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: g", f"X-API-Key: {KEY}", *lines, "", ""]).encode()


def sized(body: bytes, *lines: str, path: str = "/v1/jobs") -> bytes:
    """A request whose length is right, and after which the connection is to be closed."""
    return head(*lines, f"Content-Length: {len(body)}", "Connection: close", path=path) + body


def form(*parts: bytes, end: bytes = b"--b--\r\n") -> bytes:
    return b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + end


def field(name: bytes, value: bytes = b"") -> bytes:
    return b'Content-Disposition: form-data; name="' + name + b'"\r\n\r\n' + value


@asynccontextmanager
async def connected(gateway: Process) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def all_of(reader: asyncio.StreamReader) -> list[Answer]:
    """Every answer until the server closes the connection. TimeoutError when it does not."""
    async with asyncio.timeout(PATIENCE):
        said = b""
        with suppress(ConnectionResetError):
            while more := await reader.read(2**16):
                said += more
    found: list[Answer] = []
    while said:
        top, _, said = said.partition(b"\r\n\r\n")
        lines = top.split(b"\r\n")
        headers = {line.partition(b":")[0].lower(): line.partition(b":")[2].strip() for line in lines[1:]}
        length = int(headers.get(b"content-length", len(said)))
        found.append(Answer(int(lines[0].split()[1]), said[:length]))
        said = said[length:]
    return found


async def exchange(gateway: Process, *sent: bytes, half_close: bool = False) -> list[Answer]:
    async with connected(gateway) as (reader, writer):
        for data in sent:
            with suppress(ConnectionResetError, BrokenPipeError):
                writer.write(data)
                await writer.drain()
        if half_close:
            writer.write_eof()
        return await all_of(reader)


@asynccontextmanager
async def beside_another(gateway: Process, store: S3Store) -> AsyncIterator[None]:
    """While somebody else asks all the time and is answered; afterwards nothing is left of it all."""
    before, done, answered = sorted(names(store)), asyncio.Event(), 0

    async def ask() -> None:
        nonlocal answered
        async with httpx2.AsyncClient(base_url=gateway.url, headers={"X-API-Key": KEY}, timeout=20) as client:
            while not (done.is_set() and answered):
                answer = await client.get("/v1/jobs")
                assert (answer.status_code, answer.json()["jobs"]) == (200, [])
                answered += 1
                await asyncio.sleep(0.02)

    asking = asyncio.create_task(ask())
    try:
        yield
    finally:
        done.set()
        await asking
    await eventually(lambda: sorted(names(store)) == before)
    assert gateway.process.returncode is None


def names(store: S3Store) -> list[str]:
    """Of objects and unfinished uploads."""
    client = store._client
    unfinished = client._list_multipart_uploads(store.bucket).uploads  # there is no public call for it
    objects = client.list_objects(store.bucket, prefix="default/", recursive=True)
    return [*(str(o.object_name) for o in objects if not o.is_dir), *(str(u.object_name) for u in unfinished)]


async def dribble(writer: asyncio.StreamWriter, data: bytes) -> None:
    """A byte now and then, for as long as somebody takes it."""
    with suppress(OSError):
        while data:
            for byte in data:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.05)


async def dribbled(gateway: Process, first: bytes, then: bytes) -> list[Answer]:
    async with connected(gateway) as (reader, writer):
        writer.write(first)
        dribbling = asyncio.create_task(dribble(writer, then))
        try:
            return await all_of(reader)
        finally:
            dribbling.cancel()
            await asyncio.gather(dribbling, return_exceptions=True)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (b"", b""),
        (b"GET /v1/jobs HTTP/1.1\r\n", b""),
        (b"GET /v1/jobs HTTP/1.1\r\nX-", b"a"),
        (b"", b"\r\n"),
    ],
    ids=["nothing", "half", "slowly", "line ends"],
)
async def test_a_head_that_does_not_come_does_not_hold_its_connection(
    gateway: Process, store: S3Store, first: bytes, then: bytes
) -> None:
    async with beside_another(gateway, store):
        answers = await asyncio.gather(*(dribbled(gateway, first, then) for _ in range(20)))
    for told in answers:  # line ends alone are refused at some point
        assert [answer.status for answer in told] in ([], [400])


async def test_nor_does_the_second_one_on_a_connection_that_was_good(
    gateway: Process, store: S3Store
) -> None:
    async with beside_another(gateway, store):
        good = head(method="GET")
        [answer] = await dribbled(gateway, good + b"GET /v1/jobs HTTP/1.1\r\nX-", b"a")
    assert answer.status == 200


@pytest.mark.parametrize(
    "first",
    [
        head(RAW, "Content-Length: 100000"),
        head(FORM, "Content-Length: 100000") + b"--b\r\n" + FILE,
        head("Content-Type: application/json", "Content-Length: 100000") + b'{"audio_url": "',
    ],
    ids=["raw", "form", "json"],
)
async def test_a_body_that_drips_is_given_up(gateway: Process, store: S3Store, first: bytes) -> None:
    async with beside_another(gateway, store):
        many = await asyncio.gather(*(dribbled(gateway, first, b"x") for _ in range(5)))
    for answers in many:
        [answer] = answers
        assert (answer.status, answer.code) == (400, "upload_incomplete")
        assert b"slower than 1000 bytes a second" in answer.body


async def test_a_body_that_stops_is_given_up(gateway: Process, store: S3Store) -> None:
    async with beside_another(gateway, store):
        [answer] = await exchange(gateway, head(RAW, "Content-Length: 100000", "Connection: close"), b"xy")
    assert (answer.status, answer.code) == (400, "upload_incomplete")
    assert b"Nothing came for 1 s" in answer.body


SMUGGLED = b"0\r\n\r\n" + head(method="GET", path="/v1/usage")


@pytest.mark.parametrize(
    "lines",
    [
        ["Content-Length: 5", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", f"Content-Length: {len(SMUGGLED)}"],
        ["content-length: 5", "TRANSFER-ENCODING: CHUNKED"],
    ],
)
async def test_a_body_with_two_ends_is_refused_and_nothing_behind_it_is_read(
    gateway: Process, store: S3Store, lines: list[str]
) -> None:
    async with beside_another(gateway, store):
        [answer] = await exchange(gateway, head(RAW, *lines) + SMUGGLED)
    assert (answer.status, answer.code) == (400, "bad_request")


async def test_openais_clients_are_told_of_it_in_their_own_words(gateway: Process) -> None:
    lines = ["Content-Length: 5", "Transfer-Encoding: chunked"]
    [answer] = await exchange(gateway, head(RAW, *lines, path="/v1/audio/transcriptions") + SMUGGLED)
    told = json.loads(answer.body)["error"]
    assert (answer.status, told["code"], told["type"]) == (400, "bad_request", "invalid_request_error")


@pytest.mark.parametrize(
    "lines",
    [
        ["Content-Length: 3", "Content-Length: 4"],
        ["Content-Length: 3, 4"],
        ["Content-Length: -3"],
        ["Content-Length: +3"],
        ["Content-Length: 0x3"],
        ["Content-Length: "],
        ["Content-Length: " + "9" * 400],
        ["Transfer-Encoding: gzip"],
        ["Transfer-Encoding: chunked, identity"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
    ],
)
async def test_a_length_that_is_none_is_refused(gateway: Process, store: S3Store, lines: list[str]) -> None:
    async with beside_another(gateway, store):
        [answer] = await exchange(gateway, head(RAW, *lines) + b"abc")
    assert answer.status == 400


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (head(RAW, "Content-Length: 99999") + b"abc", "upload_incomplete"),
        (head(RAW, "Content-Length: 99999999999999999", "Connection: close"), "upload_too_large"),
        (head(RAW, "Transfer-Encoding: chunked") + b"3\r\nabc\r\n", "upload_incomplete"),
    ],
)
async def test_what_ends_before_its_length_is_no_recording(
    gateway: Process, store: S3Store, sent: bytes, code: str
) -> None:
    async with beside_another(gateway, store):
        answers = await exchange(gateway, sent, half_close=True)
    assert [answer.code for answer in answers] in ([code], [])


async def test_a_chunk_whose_size_is_no_number_ends_the_request(gateway: Process, store: S3Store) -> None:
    async with beside_another(gateway, store):
        answers = await exchange(gateway, head(RAW, "Transfer-Encoding: chunked") + b"xyz\r\nabc\r\n")
    assert [answer.status for answer in answers] in ([400], [])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (form(FILE, end=b""), "upload_incomplete"),
        (form(FILE)[:-6], "upload_incomplete"),
        (b"", "upload_incomplete"),
        (b"RIFF but no form at all", "upload_incomplete"),
        (form(b"no colon here\r\n\r\nx"), "bad_request"),
        (form(b"\r\n\r\nx"), "bad_request"),
        (form(b"X: " + b"y" * LONG + b"\r\n\r\nx"), "bad_request"),
        (form(field(b"n" * LONG)), "bad_request"),
        (form(FILE.replace(b"a.wav", b"w" * LONG)), "bad_request"),
        (form(field("spräche".encode(), b"de"), FILE), "invalid_parameter"),
        (form(field(b"\xff\xfe", b"de"), FILE), "bad_request"),
        (form(field(b"language", b"\xff"), FILE), "invalid_parameter"),
        (form(field(b"language", b"en"), field(b"language", b"de"), FILE), "invalid_parameter"),
        (form(FILE, FILE), "invalid_parameter"),
        (form(*[field(b"tags", b"x")] * 100, FILE), "bad_request"),
        (form(field(b"prompt", b"x" * LONG), FILE), "invalid_parameter"),
        (form(field(b"tags", b"a"), end=b"--b--\r\n"), "invalid_parameter"),
        (form(FILE.replace(b"audio/wav", b"text/html")), "unsupported_media_type"),
    ],
)
async def test_a_broken_form_is_refused_with_its_reason(
    gateway: Process, store: S3Store, body: bytes, code: str
) -> None:
    async with beside_another(gateway, store):
        [answer] = await exchange(gateway, sized(body, FORM))
    assert answer.code == code, answer.body


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["Content-Type: multipart/form-data"], 400),
        (["Content-Type: multipart/form-data; boundary="], 400),
        (["Content-Type: multipart/form-data; boundary=" + "b" * 300], 400),
        (["Content-Type: multipart/mixed; boundary=b"], 415),
        (["Content-Type: text/html"], 415),
        (["Content-Type: application/json"], 422),
        (["Content-Type: image/png"], 415),
        (["X-Long: " + "x" * LONG, RAW], 400),
        (["X" * LONG + ": 1", RAW], 400),
        (["Bad Name: 1", RAW], 400),
        ([": 1", RAW], 400),
        (["X: a\x00b", RAW], 400),
    ],
)
async def test_a_wrong_type_or_head_is_refused(
    gateway: Process, store: S3Store, lines: list[str], status: int
) -> None:
    async with beside_another(gateway, store):
        [answer] = await exchange(gateway, sized(b"RIFF", *lines))
    assert answer.status == status, answer.body


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/jobs?" + "q" * LONG, 400),
        ("/v1/jobs?" + "q" * 4096 + "=1", 422),
        ("/v1/jobs?language=en&language=de", 422),
        ("/v1/jobs?tags=%FF%00", 422),
        ("/v1/jobs?language=%E2%98%83", 422),
        ("/v1/jobs/%FF/%00", 404),
    ],
)
async def test_a_wrong_address_is_refused(gateway: Process, store: S3Store, path: str, status: int) -> None:
    async with beside_another(gateway, store):
        [answer] = await exchange(gateway, sized(b"RIFF", RAW, path=path))
    assert answer.status == status, answer.body


async def test_what_is_no_http_is_told_so(gateway: Process, store: S3Store) -> None:
    async with beside_another(gateway, store):
        for noise in (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"HELO you\r\n\r\n",
            bytes(range(256)),
        ):
            answers = await exchange(gateway, noise, half_close=True)
            assert [answer.status for answer in answers] in ([400], [])

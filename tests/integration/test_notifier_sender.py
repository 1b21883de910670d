"""A try to deliver a webhook: one request, bounded in time and memory whatever the receiver answers."""

import asyncio
import gzip
from dataclasses import replace
from time import process_time

import pytest
from httpcore2 import ReadError

from notifier.outgoing import Answer
from notifier.sender import NO_ANSWER, Sender
from notifier.settings import NotifierSettings
from scribeline.outbound.budget import BudgetedNetwork
from tests.support.sending import FINE, outgoing, sender, web
from tests.support.sites import Page, Site, dripping, endless, head, raw, redirect, resetting, silent, site
from tests.support.waiting import eventually

__all__ = ["web"]

PART = bytes(64 * 2**10)
KIB = 2**10
SECONDS = 0.5
"""Of a try, where the receiver is expected to use it up."""


@pytest.mark.parametrize("line", ["200 OK", "201 Created", "202 Accepted", "204 No Content", "299 Odd"])
async def test_every_2xx_is_a_success(web: Site, line: str) -> None:
    web.pages["/hook"] = raw(head(line))
    answer = await sender()(outgoing(web.url("/hook")))
    assert (answer.ok, answer.status) == (True, int(line[:3]))


@pytest.mark.parametrize("line", ["400 No", "401 No", "404 No", "410 Gone", "429 Slow", "500 No", "999 Odd"])
async def test_all_else_is_a_failure_that_keeps_what_was_answered(web: Site, line: str) -> None:
    web.pages["/hook"] = raw(head(line, content_length="7", retry_after="120"), b"because")
    answer = await sender()(outgoing(web.url("/hook")))
    assert answer == Answer(
        int(line[:3]), f"It answered with the status {line[:3]}.", "because", answer.seconds, 120.0
    )


@pytest.mark.parametrize("line", ["301 Moved", "302 Found", "303 See", "307 T", "308 P", "304 Same"])
async def test_a_redirect_is_a_failure_and_is_not_followed(web: Site, line: str) -> None:
    web.pages |= {"/hook": redirect("/other", line), "/other": FINE}
    answer = await sender()(outgoing(web.url("/hook")))
    assert answer.status == int(line[:3])
    assert answer.error == f"It answered with the status {line[:3]}: redirects are not followed."
    assert len(web.asked) == 1


@pytest.mark.parametrize("where", ["127.0.0.1", "169.254.169.254", "localhost", "[::1]"])
async def test_a_redirect_to_what_is_inside_reaches_nothing(web: Site, where: str) -> None:
    async with site({"/latest/meta-data/": FINE}) as inside:
        web.pages["/hook"] = redirect(f"http://{where}:{inside.port}/latest/meta-data/")
        answer = await sender()(outgoing(web.url("/hook")))
        assert (answer.ok, answer.status) == (False, 302)
        assert inside.asked == []
    assert len(web.asked) == 1


LATE = f"It did not answer within {SECONDS:g} s."
NO_ANSWERS: dict[str, tuple[Page, str]] = {
    "silence": (silent(), LATE),
    "half a head, then silence": (silent(b"HTTP/1.1 200 OK\r\nX: "), LATE),
    "a head that drips": (dripping(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", 0.1), LATE),
    "a head that drips by letters": (dripping(b"HTTP/1.1 200 OK\r\nX: ", b"y", 0.05), LATE),
    "reset at once": (resetting(b""), NO_ANSWER),
    "reset within the head": (resetting(b"HTTP/1.1 200 OK\r\nX"), NO_ANSWER),
    "hangs up": (raw(b""), NO_ANSWER),
    "not HTTP": (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), NO_ANSWER),
    "HTTP/0.9": (raw(b"<html>it works</html>\n"), NO_ANSWER),
    "HTTP/2": (raw(b"\0\0\x12\x04\0\0\0\0\0" + bytes(18)), NO_ANSWER),
    "no status": (raw(b"HTTP/1.1 OK\r\n\r\n"), NO_ANSWER),
    "a broken header": (raw(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), NO_ANSWER),
    "two lengths": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nContent-Length: 7\r\n\r\n"), NO_ANSWER),
    "TLS where none was asked for": (raw(b"\x15\x03\x01\0\x02\x02\x46"), NO_ANSWER),
    "zeros without an end": (endless(b"", PART), NO_ANSWER),
    "a huge header": (raw(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 2**20), NO_ANSWER),
    "headers without an end": (endless(b"HTTP/1.1 200 OK\r\n", b"X-Some: thing\r\n" * 99), NO_ANSWER),
    "interim answers without an end": (
        endless(b"", b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" * 99),
        NO_ANSWER,
    ),
}


@pytest.mark.parametrize("trouble", NO_ANSWERS)
async def test_what_is_no_answer_is_a_failure_in_bounded_time(web: Site, trouble: str) -> None:
    web.pages["/hook"], told = NO_ANSWERS[trouble]
    seconds = SECONDS if told is LATE else 60.0
    answer = await sender(seconds=seconds)(outgoing(web.url("/hook")))
    assert answer == Answer(None, told, "", answer.seconds, None)
    assert answer.seconds < (SECONDS + 1 if told is LATE else 30)
    await eventually(lambda: web.connected == 0)


BODIES: dict[str, Page] = {
    "without an end": endless(head(), PART),
    "chunks without an end": endless(head(transfer_encoding="chunked"), b"10000\r\n%b\r\n" % PART),
    "tiny chunks without an end": endless(
        head(transfer_encoding="chunked"), b"1;" + b"x" * 99 + b"\r\nx\r\n"
    ),
    "a chunk size without an end": endless(head(transfer_encoding="chunked"), b"0" * KIB),
    "trailers without an end": endless(
        head(transfer_encoding="chunked") + b"0\r\n", b"X-Some: thing\r\n" * 99
    ),
    "that drips": dripping(head(), b"x", 0.05),
    "that never comes": silent(head(content_length="9")),
    "that is longer than it says": raw(head(content_length="2"), b"ok and more"),
    "that is shorter than it says": raw(head(content_length="99"), b"ok"),
    "that is reset": resetting(head(content_length="999999") + b"ok"),
    "in broken chunks": raw(head(transfer_encoding="chunked"), b"zz\r\nok"),
    "of a thousand times its size": raw(
        head(content_encoding="gzip", content_length="10220"), gzip.compress(bytes(10 * 2**20), mtime=0)
    ),
}


@pytest.mark.parametrize("kind", BODIES)
async def test_once_the_head_is_there_no_body_changes_what_it_said(web: Site, kind: str) -> None:
    web.pages["/hook"] = BODIES[kind]
    spent = process_time()
    answer = await sender(seconds=60)(outgoing(web.url("/hook")))
    assert (answer.status, answer.error) == (200, None)
    assert answer.seconds < 20
    assert len(answer.body) <= KIB
    assert process_time() - spent < 10
    await eventually(lambda: web.connected == 0)


async def test_a_failure_with_a_body_without_an_end_is_one(web: Site) -> None:
    web.pages["/hook"] = endless(head("500 No"), b"x" * KIB)
    answer = await sender()(outgoing(web.url("/hook")))
    assert (answer.status, answer.ok, answer.body) == (500, False, "x" * KIB)


async def test_what_is_compressed_is_not_expanded(web: Site) -> None:
    packed = gzip.compress(b"a" * 10 * 2**20, mtime=0)
    web.pages["/hook"] = raw(head(content_encoding="gzip", content_length=str(len(packed))), packed)
    answer = await sender()(outgoing(web.url("/hook")))
    assert answer.ok
    assert "aaaa" not in answer.body


async def test_a_body_is_read_for_two_seconds_and_not_for_the_whole_try(web: Site) -> None:
    web.pages["/hook"] = silent(head(content_length="9") + b"so far")
    answer = await sender(seconds=60)(outgoing(web.url("/hook")))
    assert (answer.ok, answer.body) == (True, "so far")
    assert 1.5 < answer.seconds < 15


async def test_so_many_bytes_are_read_and_no_more(web: Site) -> None:
    web.pages["/endless"] = endless(head(), PART)
    stream = await BudgetedNetwork(1000).connect_tcp("127.0.0.1", web.port)
    await stream.write(b"GET /endless HTTP/1.1\r\n\r\n")
    assert sum([len(await stream.read(250)) for _ in range(4)]) == 1000
    with pytest.raises(ReadError):
        await stream.read(250)
    await stream.aclose()


async def test_a_receiver_that_takes_nothing_is_given_up(web: Site) -> None:
    """Its buffers are full before the event is sent."""
    stuck = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await stuck.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1)
    port = server.sockets[0].getsockname()[1]
    large = replace(outgoing(f"http://127.0.0.1:{port}/"), body=b" " * 2**24)
    answer = await sender(seconds=SECONDS)(large)
    stuck.set()
    server.close()
    assert answer.error == LATE


async def test_the_settings_say_who_may_be_inside_and_how_long_it_takes(web: Site) -> None:
    settings = NotifierSettings(webhook_hosts_allowed=(web.host,), webhook_seconds=1.0, _env_file=None)
    web.pages["/late"] = silent()
    send = Sender.of(settings)
    assert (await send(outgoing(web.url("/hook")))).ok
    assert (await send(outgoing(web.url("/late")))).error == "It did not answer within 1 s."
    web.pages["/endless"] = NO_ANSWERS["interim answers without an end"][0]
    assert (await send(outgoing(web.url("/endless")))).error == NO_ANSWER
    other = await send(outgoing(web.url("/hook").replace("127.0.0.1", "localhost")))
    assert other.error == "Its address is not allowed any more: it must begin with https://."


async def test_forty_receivers_that_hang_hold_up_no_other(web: Site) -> None:
    web.pages["/late"] = silent()
    send = sender(seconds=120)
    hanging = [asyncio.create_task(send(outgoing(web.url("/late")))) for _ in range(40)]
    await eventually(lambda: len(web.asked) == 40)
    answer = await send(outgoing(web.url("/hook")))
    assert answer.ok
    assert answer.seconds < 10
    for task in hanging:
        task.cancel()
    ended = await asyncio.gather(*hanging, return_exceptions=True)
    assert {type(each) for each in ended} == {asyncio.CancelledError}
    await eventually(lambda: web.connected == 0)

"""What a scrape tells of requests: bounded labels, whatever clients ask for."""

from collections.abc import AsyncIterator

import pytest
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send
from uuid_utils.compat import uuid7

from gateway.hub import Hub
from gateway.measuring import Measuring
from gateway.places import Places
from scribeline.contracts.codes import Code
from tests.support.gateway import Desk, desk
from tests.support.scrapes import sample


def requests(method: str, route: str, status: str) -> float:
    labels = f'method="{method}",route="{route}",status="{status}"'
    return sample(f"scribeline_http_requests_total{{{labels}}}")


def timed(method: str, route: str) -> float:
    return sample(f'scribeline_http_request_seconds_count{{method="{method}",route="{route}"}}')


async def status_of(at: Desk, method: str, path: str) -> int:
    async with at.client(at.key()) as client:
        return (await client.request(method, path)).status_code


async def test_two_jobs_are_one_route() -> None:
    before, took = requests("GET", "/v1/jobs/{id}", "404"), timed("GET", "/v1/jobs/{id}")
    for _ in range(2):
        assert await status_of(desk(), "GET", f"/v1/jobs/{uuid7()}") == 404
    assert requests("GET", "/v1/jobs/{id}", "404") == before + 2
    assert timed("GET", "/v1/jobs/{id}") == took + 2


async def test_whatever_paths_and_methods_clients_invent_there_is_one_label_for_them() -> None:
    before = requests("GET", "unknown", "404"), requests("other", "unknown", "404")
    for path in ("/wp-login.php", "/v1/nothing", f"/{uuid7()}"):
        await status_of(desk(), "GET", path)
    await status_of(desk(), "BREW", "/coffee")
    assert (requests("GET", "unknown", "404"), requests("other", "unknown", "404")) == (
        before[0] + 3,
        before[1] + 1,
    )


async def test_a_method_that_a_route_has_not_makes_no_series_of_that_route() -> None:
    before = requests("DELETE", "unknown", "405")
    assert await status_of(desk(), "DELETE", "/v1/jobs") == 405
    assert requests("DELETE", "unknown", "405") == before + 1
    assert timed("DELETE", "/v1/jobs") == 0
    assert timed("DELETE", "unknown") > 0


async def test_the_operators_page_is_a_route_of_its_own() -> None:
    before = requests("GET", "/admin", "200"), requests("GET", "unknown", "200")
    assert await status_of(desk(), "GET", "/admin") == 200
    assert (requests("GET", "/admin", "200"), requests("GET", "unknown", "200")) == (before[0] + 1, before[1])


async def test_a_failure_of_ours_counts_as_what_its_client_sees() -> None:
    at, before = desk(), requests("GET", "/v1/jobs", "500")
    at.records.failure = RuntimeError("oh")
    assert await status_of(at, "GET", "/v1/jobs") == 500
    assert requests("GET", "/v1/jobs", "500") == before + 1


async def test_health_checks_and_scrapes_are_not_counted() -> None:
    before = requests("GET", "/healthz", "200"), requests("GET", "unknown", "200")
    assert await status_of(desk(), "GET", "/healthz") == 200
    assert (requests("GET", "/healthz", "200"), requests("GET", "unknown", "200")) == before


async def test_a_client_that_leaves_before_its_answer_counts_as_499() -> None:
    async def nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
        """Ends without an answer, as for a client that is gone."""

    before = requests("POST", "unknown", "499")
    await Measuring(nothing)({"type": "http", "path": "/x", "method": "POST"}, _never, _ignore)
    assert requests("POST", "unknown", "499") == before + 1


@pytest.mark.parametrize(("kind", "counted"), [("text/event-stream; charset=utf-8", 0), ("text/plain", 1)])
async def test_a_stream_of_events_takes_as_long_as_it_does_and_is_not_timed(kind: str, counted: int) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"data: 1\n\n"

    async def streaming(scope: Scope, receive: Receive, send: Send) -> None:
        await StreamingResponse(pieces(), media_type=kind)(scope, receive, send)

    before = timed("GET", "unknown")
    scope = {"type": "http", "path": "/x", "method": "GET", "asgi": {"spec_version": "2.4"}}
    await Measuring(streaming)(scope, _never, _ignore)
    assert timed("GET", "unknown") == before + counted


def test_who_follows_a_job_counts_as_long_as_it_does() -> None:
    hub = Hub(Places(9, Code.TOO_MANY_STREAMS, 1))
    before = sample("scribeline_stream_clients")
    with hub.job(uuid7(), "acme"), hub.all("acme", None):
        assert sample("scribeline_stream_clients") == before + 2
    assert sample("scribeline_stream_clients") == before


async def test_an_upload_counts_while_it_is_received() -> None:
    at, seen = desk(), list[float]()
    before = sample("scribeline_uploads_in_flight")

    async def body() -> AsyncIterator[bytes]:
        yield b"a"
        seen.append(sample("scribeline_uploads_in_flight"))
        yield b"b"

    async with at.client(at.key()) as client:
        answer = await client.post("/v1/jobs", content=body(), headers={"content-type": "audio/wav"})
    assert answer.status_code == 202, answer.text
    assert seen == [before + 1]
    assert sample("scribeline_uploads_in_flight") == before


async def _never() -> Message:
    raise AssertionError("nobody reads")


async def _ignore(_message: Message) -> None:
    """Nobody is there."""

"""The client library waits for jobs and follows events, over servers that come and go."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx2
import pytest
import stamina

from scribeline.client import (
    Event,
    JobCancelled,
    JobFailed,
    NotFound,
    Refused,
    TimedOut,
    Unreachable,
    Unreadable,
)
from scribeline.contracts.api.jobs import JobView
from scribeline.contracts.job import JobCompleted, JobProgressed, TranscriptCompleted
from tests.support.clients import (
    KINDS,
    Answer,
    FakeTime,
    Script,
    client_of,
    each,
    job_json,
    refused,
    said,
    sse,
    streamed,
    told,
)

pytestmark = pytest.mark.parametrize("kind", KINDS)
JOB = "01936d4e-0000-7000-8000-000000000001"
DONE = "2026-11-21T12:00:00Z"
AWAY = httpx2.ConnectError("refused")


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    """Nothing is tried again within a call: what is seen here is the waiting around it."""
    with stamina.set_testing(True, attempts=1):
        yield


def later(time: FakeTime, seconds: float, answer: httpx2.Response) -> Answer:
    def after(request: httpx2.Request) -> httpx2.Response:
        time.seconds += seconds
        return answer

    return after


def ended(status: str = "completed", **fields: Any) -> httpx2.Response:
    return said(job_json(status, id=JOB, finished_at=DONE, **fields))


async def test_waiting_is_left_to_the_server(kind: str) -> None:
    time = FakeTime()
    still = said(job_json("transcribing"), 202)
    server = Script(later(time, 60, still), later(time, 60, still), ended())
    job = await told(client_of(kind, server, time).jobs.wait(JOB))
    assert job.status == "completed"
    assert [request.url.query for request in server.requests] == [b"wait=60.0"] * 3
    assert time.seconds == 120


@pytest.mark.parametrize(("status", "error"), [("failed", JobFailed), ("cancelled", JobCancelled)])
async def test_a_bad_end_is_an_exception_unless_told_otherwise(
    kind: str, status: str, error: type[Exception]
) -> None:
    why = {"code": "audio_unreadable", "message": "No audio."}
    server = Script(ended(status, error=why if status == "failed" else None))
    client = client_of(kind, server)
    with pytest.raises(error, match=r"No audio\.|was cancelled") as caught:
        await told(client.jobs.wait(JOB))
    assert (await told(client.jobs.wait(JOB, check=False))).status == status
    assert str(caught.value.job.id) == JOB  # type: ignore[attr-defined]


async def test_an_end_is_known_whatever_a_newer_server_calls_it(kind: str) -> None:
    assert (await told(client_of(kind, Script(ended("expired"))).jobs.wait(JOB))).status == "expired"


async def test_waiting_ends_at_its_timeout(kind: str) -> None:
    time = FakeTime()
    still = said(job_json(), 202)
    server = Script(later(time, 60, still), later(time, 30, still))
    with pytest.raises(TimedOut, match=r"Not done within 90 s: ") as caught:
        await told(client_of(kind, server, time).jobs.wait(JOB, timeout=90))
    assert caught.value.job.status == "queued"
    assert [request.url.query for request in server.requests] == [b"wait=60.0", b"wait=30.0"]
    with pytest.raises(TimedOut):
        await told(client_of(kind, Script(still), time).jobs.wait(JOB, timeout=0))
    with pytest.raises(Unreachable):
        await told(client_of(kind, Script(AWAY), time).jobs.wait(JOB, timeout=5))
    assert time.seconds < 105


async def test_a_server_that_says_to_come_back_later_does_not_stretch_the_timeout(kind: str) -> None:
    time = FakeTime()
    client = client_of(kind, Script(refused(503, "database_unavailable", **{"Retry-After": "60"})), time)
    with pytest.raises(Refused):
        await told(client.jobs.wait(JOB, timeout=1))
    assert time.seconds == 1


async def test_a_server_that_restarts_is_waited_for_and_not_stormed(kind: str) -> None:
    time = FakeTime()
    still = said(job_json(), 202)  # at once: it is about to stop
    server = Script(still, *[AWAY] * 4, refused(503, "database_unavailable"), still, ended())
    assert (await told(client_of(kind, server, time).jobs.wait(JOB))).status == "completed"
    assert time.seconds > 10


async def test_a_server_that_stays_away_is_given_up(kind: str) -> None:
    time = FakeTime()
    server = Script(said(job_json(), 202), AWAY)
    with pytest.raises(Unreachable):
        await told(client_of(kind, server, time).jobs.wait(JOB))
    assert 60 <= time.seconds < 90


async def test_a_server_without_a_place_to_wait_at_is_asked_now_and_then(kind: str) -> None:
    time = FakeTime()
    full = refused(429, "too_many_streams")
    server = Script(full, said(job_json()), full, ended())
    await told(client_of(kind, server, time).jobs.wait(JOB))
    assert [request.url.query for request in server.requests] == [b"wait=60.0", b"", b"wait=60.0", b""]
    assert time.seconds > 0


async def test_a_full_server_says_when_to_come_back_to_its_stream(kind: str) -> None:
    time = FakeTime()
    server = Script(refused(429, "too_many_streams", **{"Retry-After": "30"}), streamed(QUEUED, COMPLETED))
    assert types(await each(client_of(kind, server, time).jobs.events(JOB))) == ["job", "job.completed"]
    assert time.seconds == 30


async def test_what_no_waiting_mends_is_told_at_once(kind: str) -> None:
    server = Script(refused(404, "not_found"))
    with pytest.raises(NotFound):
        await told(client_of(kind, server).jobs.wait(JOB))
    with pytest.raises(NotFound):
        await each(client_of(kind, server).jobs.events(JOB))
    assert len(server.requests) == 2


def number(n: int) -> str:
    return f"00000000-0000-0000-0000-{n:012}"


def stored(n: int, type_: str, **data: Any) -> bytes:
    event = {
        "specversion": "1.0", "id": number(n), "type": type_, "source": "/x", "subject": JOB, "time": DONE,
        "dataversion": 1, "tenant": "acme",
        "data": {"job": JOB, "status": "completed", "sequence": n, "run": 1, **data},
    }  # fmt: skip
    return sse(type_, event, number(n))


QUEUED = sse("job", job_json(id=JOB))
PROGRESS = sse("job.progressed", {"job": JOB, "status": "transcribing", "progress": 40, "stages": []})
ACCEPTED = stored(1, "job.accepted")
TRANSCRIPT = stored(2, "transcript.completed", duration=11.0, segments=2, gaps=0, href="/v1", text="And so")
COMPLETED = stored(3, "job.completed", stages=[])


def types(events: list[Event]) -> list[str]:
    return [event.type for event in events]


async def test_a_job_is_followed_to_its_end(kind: str) -> None:
    server = Script(streamed(QUEUED, b": heartbeat\n\n", ACCEPTED, PROGRESS, TRANSCRIPT, COMPLETED))
    events = await each(client_of(kind, server).jobs.events(JOB))
    assert types(events) == ["job", "job.accepted", "job.progressed", "transcript.completed", "job.completed"]
    kinds = [JobView, None, JobProgressed, TranscriptCompleted, JobCompleted]
    assert all(wanted is None or isinstance(e.data, wanted) for e, wanted in zip(events, kinds, strict=True))
    assert events[3].data.text == "And so"
    assert [event.id for event in events] == [
        None, UUID(number(1)), None, UUID(number(2)), UUID(number(3)),
    ]  # fmt: skip
    assert {str(event.job) for event in events} == {JOB}
    assert len(server.requests) == 1


@pytest.mark.parametrize("cut", [None, httpx2.ReadError("broken"), httpx2.ReadTimeout("silent")])
async def test_a_stream_that_breaks_is_gone_on_with_behind_the_last_event(kind: str, cut: Any) -> None:
    time = FakeTime()
    broken = [QUEUED, ACCEPTED, TRANSCRIPT, PROGRESS, *([cut] if cut else [])]
    server = Script(streamed(*broken), AWAY, streamed(QUEUED, COMPLETED))
    events = await each(client_of(kind, server, time).jobs.events(JOB))
    assert [event.type for event in events if event.id] == [
        "job.accepted", "transcript.completed", "job.completed",
    ]  # fmt: skip
    asked = [request.headers.get("last-event-id") for request in server.requests]
    assert asked == [None, number(2), number(2)]
    assert time.seconds > 0


async def test_one_comes_back_to_a_job_by_the_last_event_seen(kind: str) -> None:
    server = Script(httpx2.Response(204))
    client = client_of(kind, server)
    assert await each(client.jobs.events(JOB, after=UUID(number(3)))) == []
    assert server.requests[0].headers["last-event-id"] == number(3)


async def test_a_stream_cut_right_behind_the_end_is_over_when_the_server_says_so(kind: str) -> None:
    server = Script(streamed(QUEUED, ACCEPTED, COMPLETED, httpx2.ReadError("broken")), httpx2.Response(204))
    events = await each(client_of(kind, server).jobs.events(JOB))
    assert types(events)[-1] == "job.completed"
    assert server.requests[1].headers["last-event-id"] == number(3)


async def test_the_end_of_an_earlier_run_is_not_the_end(kind: str) -> None:
    again = sse("job", job_json(id=JOB, run=2))
    second = stored(4, "job.completed", stages=[], run=2)
    server = Script(streamed(again, ACCEPTED, COMPLETED), streamed(again, second))
    events = await each(client_of(kind, server).jobs.events(JOB))
    assert [event.run for event in events if event.type == "job.completed"] == [1, 2]
    assert server.requests[1].headers["last-event-id"] == number(3)


async def test_a_job_whose_events_are_gone_is_shown_as_it_stands(kind: str) -> None:
    shown = sse("job", job_json("completed", id=JOB, finished_at=DONE))
    server = Script(streamed(shown))
    assert types(await each(client_of(kind, server).jobs.events(JOB))) == ["job"]
    assert len(server.requests) == 1


async def test_an_event_of_tomorrow_is_a_dictionary(kind: str) -> None:
    unknown = stored(2, "job.sung", melody="la")
    server = Script(streamed(QUEUED, unknown, COMPLETED))
    event = (await each(client_of(kind, server).jobs.events(JOB)))[1]
    assert (event.type, event.data["melody"], event.run) == ("job.sung", "la", 1)


async def some(items: Any, most: int) -> list[Any]:
    """The first ones, of what has no end."""
    found: list[Any] = []
    if hasattr(items, "__aiter__"):
        async for item in items:
            found.append(item)
            if len(found) == most:
                break
        await items.aclose()
        return found
    for item in items:
        found.append(item)
        if len(found) == most:
            break
    items.close()
    return found


async def test_the_events_of_all_jobs_go_on(kind: str) -> None:
    time = FakeTime()
    server = Script(streamed(b": hello\n\n", COMPLETED), streamed(stored(4, "job.failed", error=ERROR)))
    events = await some(client_of(kind, server, time).events(types=["job.completed", "job.failed"]), 2)
    assert types(events) == ["job.completed", "job.failed"]
    assert [request.url.query for request in server.requests] == [b"type=job.completed&type=job.failed"] * 2
    assert [request.headers.get("last-event-id") for request in server.requests] == [None, number(3)]


ERROR = {"code": "audio_unreadable", "message": "No audio."}


async def test_quiet_for_hours_is_not_away(kind: str) -> None:
    time = FakeTime()

    def quiet(request: httpx2.Request) -> httpx2.Response:
        time.seconds += 7200
        return streamed(httpx2.ReadError("a proxy had enough"))(request)

    server = Script(quiet, quiet, streamed(COMPLETED))
    assert types(await some(client_of(kind, server, time).events(), 1)) == ["job.completed"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (said({"jobs": []}), Unreadable),
        (streamed(sse("job", {"id": JOB})), Unreadable),
        (streamed(b"event: job.completed\ndata: nothing\n\n"), Unreadable),
        (refused(422, "invalid_parameter"), Refused),
        (AWAY, Unreachable),
    ],
)
async def test_what_is_no_stream_of_events_is_an_error(
    kind: str, answer: Answer, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await each(client_of(kind, Script(answer)).jobs.events(JOB))


async def test_who_stops_listening_hangs_up(kind: str) -> None:
    closed: list[bool] = []
    make = streamed(QUEUED, ACCEPTED, COMPLETED)

    def watched(request: httpx2.Request) -> httpx2.Response:
        answer = make(request)
        stream: Any = answer.stream

        async def aclose() -> None:
            closed.append(True)

        stream.close, stream.aclose = (lambda: closed.append(True)), aclose
        return answer

    await some(client_of(kind, Script(watched)).jobs.events(JOB), 1)
    assert closed == [True]

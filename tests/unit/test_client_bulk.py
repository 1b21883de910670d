"""Many jobs at once: one request after the other, told as one."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from gateway.bulk.asked import Bulk
from scribeline.client import NotAllowed, ServerTrouble, Unreachable
from tests.support.clients import KINDS, Answer, FakeTime, Script, client_of, refused, said, told

pytestmark = pytest.mark.parametrize("kind", KINDS)
IDS = [f"00000000-0000-0000-0000-{n:012}" for n in range(150)]
REST = "00000000-0000-0000-0000-0000000000ff"


def done(*, of: list[str] = IDS[:1], action: str = "delete", **told_: Any) -> httpx2.Response:
    body = {"action": action, "dry_run": False, "changed": len(of), "skipped": {}, "jobs": of, "next": None}
    return said({**body, **told_})


async def test_what_is_asked_is_what_the_gateway_understands(kind: str) -> None:
    server = Script(done())
    after = datetime(2026, 11, 1, tzinfo=UTC)
    await told(
        client_of(kind, server).jobs.bulk(
            "rerun",
            status="failed",
            tag=["a", "b"],
            owner=None,
            metadata={"case": 7},
            created_after=after,
            options={"stage": "analysis"},
            dry_run=True,
        )
    )
    [request] = server.requests
    asked = Bulk.model_validate_json(request.content)
    assert request.url.path == "/v1/jobs/bulk"
    assert (asked.filter.status, asked.filter.tag, asked.filter.metadata) == (
        ["failed"], ["a", "b"], '{"case": 7}',
    )  # fmt: skip
    assert asked.filter.created_after == after
    assert (asked.options, asked.dry_run, asked.all) == ({"stage": "analysis"}, True, False)


async def test_all_pages_are_one_result(kind: str) -> None:
    first = done(of=IDS[:80], next=REST, skipped={"job_ended": 2, "not_found": 1})
    server = Script(first, done(of=IDS[80:], skipped={"job_ended": 3, "a_code_of_tomorrow": 1}))
    result = await told(client_of(kind, server).jobs.bulk("delete", all=True))
    assert (result.changed, result.next, result.interrupted) == (150, None, None)
    assert [str(id_) for id_ in result.jobs] == IDS[:100]
    assert result.skipped == {"job_ended": 5, "not_found": 1, "a_code_of_tomorrow": 1}
    assert [json.loads(request.content).get("cursor") for request in server.requests] == [None, REST]
    assert all(json.loads(request.content)["all"] for request in server.requests)


@pytest.mark.parametrize("action", ["delete", "rerun"])
async def test_where_the_store_goes_away_in_the_middle_it_goes_on_behind(kind: str, action: str) -> None:
    time = FakeTime()
    cut = done(action=action, next=REST, interrupted="store_unavailable")
    server = Script(cut, refused(503, "store_unavailable"), done(of=IDS[1:3], action=action))
    result = await told(client_of(kind, server, time).jobs.bulk(action, tag="x"))
    assert (result.changed, result.interrupted) == (3, None)
    assert [json.loads(request.content).get("cursor") for request in server.requests] == [None, REST, REST]
    assert time.seconds > 0


BROKEN = httpx2.ReadError("broken")


@pytest.mark.parametrize(
    ("action", "answers", "error", "times"),
    [
        ("delete", [BROKEN], Unreachable, 1),
        ("rerun", [done(next=REST), BROKEN], Unreachable, 2),
        ("rerun", [done(next=REST), httpx2.Response(503)], ServerTrouble, 2),
        ("delete", [done(next=REST), refused(403, "forbidden")], NotAllowed, 2),
    ],
)
async def test_what_may_have_been_done_is_not_done_twice(
    kind: str, action: str, answers: list[Answer], error: type[Exception], times: int
) -> None:
    server = Script(*answers)
    with pytest.raises(error):
        await told(client_of(kind, server).jobs.bulk(action, tag="x"))
    assert len(server.requests) == times


async def test_a_server_that_stays_away_in_the_middle_is_given_up(kind: str) -> None:
    time = FakeTime()
    server = Script(done(next=REST), BROKEN)
    with pytest.raises(Unreachable):
        await told(client_of(kind, server, time).jobs.bulk("cancel", tag="x"))
    assert 60 <= time.seconds <= 90

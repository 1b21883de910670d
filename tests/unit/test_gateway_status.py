"""What an operator is told of the installation, whatever of it is broken."""

import asyncio
from typing import Any

import pytest

from gateway import answers
from gateway.auth import Scope
from gateway.broker_view import Depth
from gateway.status import QUEUES
from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.topology import topology
from tests.support.gateway import DATABASE_DOWN, Desk, desk

AWAY = DependencyDown("broker", "connection refused")


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers.ask, "__defaults__", (0.2,))


async def status(at: Desk) -> dict[str, Any]:
    async with at.client(at.key(scopes=[Scope.ADMIN])) as client:
        answer = await client.get("/v1/admin/status")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    return found


def verdicts(found: dict[str, Any]) -> dict[str, str]:
    return {name: check["status"] for name, check in found["checks"].items()}


FINE = {"database": "ok", "store": "ok", "broker": "ok", "language_model": "ok"}


async def test_all_is_well() -> None:
    found = await status(desk())
    assert (found["status"], verdicts(found)) == ("ok", FINE)
    assert [queue["name"] for queue in found["queues"]] == [
        "transcriber.short", "transcriber.plan", "transcriber.chunks", "analyzer", "result-writer",
        "result-writer.deaths", "notifier.public", "notifier.webhooks",
    ]  # fmt: skip
    assert {(q["status"], q["messages"], q["consumers"], q["dead_letters"], q["detail"])
            for q in found["queues"]} == {("ok", 0, 1, 0, None)}  # fmt: skip
    assert found["outbox"] == {"status": "ok", "messages": 0, "oldest_seconds": 0.0, "detail": None}


def test_it_asks_for_queues_that_exist() -> None:
    assert set(QUEUES) <= {queue.name for queue in topology().queues}


@pytest.mark.parametrize(
    ("name", "messages", "told"),
    [
        ("transcriber.plan", 1, "1 message is waiting, and no transcriber is there to take them."),
        ("analyzer", 3, "3 messages are waiting, and no analyzer is there to take them."),
        ("result-writer.deaths", 2, "2 messages are waiting, and no result-writer is there to take them."),
    ],
)
async def test_work_that_nobody_takes_is_told_in_a_sentence(name: str, messages: int, told: str) -> None:
    at = desk()
    at.broker.found[name] = Depth(messages, 0)
    found = await status(at)
    [queue] = [queue for queue in found["queues"] if queue["name"] == name]
    assert (found["status"], queue["status"], queue["detail"]) == ("degraded", "degraded", told)
    assert (queue["messages"], queue["consumers"]) == (messages, 0)


async def test_a_paused_queue_is_not_forgotten() -> None:
    at = desk()
    await at.records.pause("analyzer")
    found = await status(at)
    [queue] = [queue for queue in found["queues"] if queue["name"] == "analyzer"]
    assert (found["status"], queue["status"]) == ("degraded", "degraded")
    assert queue["detail"] == (
        "Paused since 2026-11-01 08:30 UTC: `scribeline queues resume analyzer` sends to it again."
    )


@pytest.mark.parametrize("depth", [Depth(0, 0), Depth(50, 1)])
async def test_an_idle_queue_and_a_busy_one_are_both_well(depth: Depth) -> None:
    """Nobody consumes an idle queue whose workers were scaled to none."""
    at = desk()
    at.broker.found["transcriber.chunks"] = depth
    assert (await status(at))["status"] == "ok"


async def test_dead_letters_are_told_and_where_they_are() -> None:
    at = desk()
    at.broker.found["analyzer.dead"] = Depth(2, 0)
    found = await status(at)
    [queue] = [queue for queue in found["queues"] if queue["name"] == "analyzer"]
    assert queue["dead_letters"] == 2
    assert queue["detail"] == "2 messages are set aside: see the queue analyzer.dead."


async def test_a_queue_that_is_missing_is_told() -> None:
    at = desk()
    at.broker.found["analyzer"] = None
    found = await status(at)
    [queue] = [queue for queue in found["queues"] if queue["name"] == "analyzer"]
    assert (queue["status"], queue["messages"]) == ("degraded", None)
    assert "missing" in queue["detail"]


async def test_a_broker_that_is_away_leaves_the_rest_told() -> None:
    at = desk()
    at.broker.failure = AWAY
    found = await status(at)
    assert (found["status"], verdicts(found)) == ("degraded", {**FINE, "broker": "down"})
    assert found["checks"]["broker"]["detail"] == "broker is unreachable: connection refused"
    assert found["queues"] == []


async def test_a_broker_that_is_frozen_is_given_up() -> None:
    at = desk()
    at.broker.frozen = True
    found = await status(at)
    assert verdicts(found) == {**FINE, "broker": "down"}
    assert found["checks"]["broker"]["detail"] == "It did not answer within 0.2 s."


async def test_a_store_that_is_away_is_down() -> None:
    at = desk()
    at.store.down = True
    found = await status(at)
    assert (found["status"], verdicts(found)) == ("degraded", {**FINE, "store": "down"})


async def test_a_database_that_goes_away_behind_a_key_that_is_known_is_down() -> None:
    at = desk(key_cache_seconds=60)
    await status(at)
    at.records.failure = DATABASE_DOWN
    found = await status(at)
    assert (found["status"], verdicts(found)) == ("degraded", {**FINE, "database": "down"})
    assert (found["outbox"]["status"], found["outbox"]["messages"]) == ("degraded", None)


@pytest.mark.parametrize(
    ("engine", "trouble", "verdict"),
    [
        ("auto", None, "ok"),
        ("auto", "The language model is not pulled.", "degraded"),
        ("ollama", None, "ok"),
        ("ollama", "The language model is not pulled.", "down"),
        ("extractive", "nobody asks it", "off"),
    ],
)
async def test_the_language_model_is_judged_by_what_the_analyzer_makes_of_it(
    engine: str, trouble: str | None, verdict: str
) -> None:
    at = desk(analyzer_engine=engine)
    at.model_trouble = trouble
    found = await status(at)
    check = found["checks"]["language_model"]
    assert (check["status"], found["status"]) == (verdict, "ok" if verdict in ("ok", "off") else "degraded")
    assert (str(trouble) in str(check["detail"])) is (verdict != "off")


@pytest.mark.parametrize(("age", "verdict"), [(59.0, "ok"), (61.0, "degraded")])
async def test_messages_that_are_not_sent_for_long_are_told(age: float, verdict: str) -> None:
    at = desk()
    at.records.waiting = (4, age)
    found = await status(at)
    assert (found["outbox"]["status"], found["outbox"]["messages"]) == (verdict, 4)
    assert found["status"] == verdict


async def test_what_fails_in_an_unknown_way_is_told_without_its_text() -> None:
    async def broken() -> None:
        raise RuntimeError("postgresql://user:secret@host")

    answer = await answers.ask(broken())
    assert answer.trouble == "It failed (RuntimeError)."


async def test_what_is_given_up_ends_by_itself_and_complains_to_nobody() -> None:
    ended = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.set()
            raise DependencyDown("broker")

    answer = await answers.ask(stubborn(), 0.01)
    assert answer.trouble == "It did not answer within 0.01 s."
    await asyncio.wait_for(ended.wait(), 5)


@pytest.mark.parametrize("scope", [Scope.JOBS_READ, Scope.JOBS_WRITE])
async def test_the_status_is_the_operators(scope: Scope) -> None:
    at = desk()
    async with at.client(at.key(scopes=[scope])) as client:
        answer = await client.get("/v1/admin/status")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_where_rules_make_the_reports_a_question_of_ones_own_is_refused_at_once() -> None:
    at = desk(analyzer_engine="extractive")
    async with at.client(at.key()) as client:
        asked = await client.post(
            "/v1/jobs", files={"audio": ("a", b"x")}, data={"analysis_template": "call"}
        )
        plain = await client.post("/v1/jobs", files={"audio": ("a", b"x")})
    assert (asked.status_code, asked.json()["code"]) == (422, "analysis_needs_llm")
    assert asked.json()["errors"][0]["field"] == "analysis_template"
    assert plain.status_code == 202

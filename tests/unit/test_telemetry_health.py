"""What an orchestrator sees of a process."""

import asyncio
from collections.abc import Mapping

import httpx2
import pytest

from scribeline.contracts.failures import DependencyDown
from scribeline.telemetry import health
from scribeline.telemetry.health import Check, health_app, run_checks


async def well() -> None: ...


async def down() -> None:
    raise DependencyDown("database", "postgresql://app:hidden@db/x")


async def hangs() -> None:
    await asyncio.Event().wait()


async def cancelled_by_its_library() -> None:
    raise asyncio.CancelledError


async def get(
    path: str, checks: Mapping[str, Check], alive: Mapping[str, Check] | None = None
) -> httpx2.Response:
    transport = httpx2.ASGITransport(app=health_app(checks, alive))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path)


async def test_ready_when_every_check_returns() -> None:
    answer = await get("/readyz", {"store": well, "database": well})
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"store": "ok", "database": "ok"}}


async def test_not_ready_names_what_is_down_and_no_secret() -> None:
    answer = await get("/readyz", {"store": well, "database": down})
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"store": "ok", "database": "failed: DependencyDown"}
    assert "hidden" not in answer.text


async def test_a_check_that_hangs_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.01)
    assert await run_checks({"store": hangs, "database": well}) == {"store": "timed out", "database": "ok"}


async def test_a_check_whose_library_cancels_itself_is_only_not_ready() -> None:
    answer = await get("/readyz", {"broker": cancelled_by_its_library})
    assert answer.json()["checks"] == {"broker": "failed: CancelledError"}


async def test_alive_although_a_dependency_is_down() -> None:
    assert (await get("/healthz", {"database": down})).status_code == 200


async def test_not_alive_when_a_liveness_check_fails() -> None:
    answer = await get("/healthz", {}, {"consumer": down})
    assert answer.status_code == 503
    assert answer.json()["status"] == "unavailable"


async def test_metrics_are_scraped_as_prometheus_text() -> None:
    answer = await get("/metrics", {})
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "scribeline_outbox_rows" in answer.text

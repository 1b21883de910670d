"""What an orchestrator sees of a process."""

import asyncio
import signal
import socket
from collections.abc import Mapping

import httpx2
import pytest
from starlette.applications import Starlette

from scribeline.contracts.failures import DependencyDown
from scribeline.telemetry import health
from scribeline.telemetry.health import Check, health_app, run_checks, serve_health


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


class Served:
    """A running health server."""

    def __init__(self, app: Starlette) -> None:
        self.port = asyncio.get_running_loop().create_future()
        self.task = asyncio.create_task(serve_health(app, "127.0.0.1", 0, bound=self.port.set_result))

    async def stop(self) -> None:
        self.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.task


async def test_port_0_takes_a_free_port_serves_and_gives_it_back() -> None:
    served = Served(health_app({}))
    port = await served.port
    async with httpx2.AsyncClient() as client:  # its connection stays open over the stop
        assert (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
        await served.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


async def test_the_process_keeps_its_own_signal_handlers() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    served = Served(health_app({}))
    async with httpx2.AsyncClient() as client:
        await client.get(f"http://127.0.0.1:{await served.port}/healthz")
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
    await served.stop()


async def test_a_server_stopped_at_once_leaves_no_task_behind() -> None:
    served = Served(health_app({}))
    await served.port
    await served.stop()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "health"]


async def test_a_port_in_use_is_an_error_that_names_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=str(port)):
            await serve_health(health_app({}), "127.0.0.1", port)

"""A gateway that is started before its store or its database."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from yarl import URL

from scribeline.messaging.broker import Broker
from tests.support.gateway_process import KEY, Process, gateway_process
from tests.support.proxy import Mode, Proxy, proxy_to
from tests.support.servers import Servers
from tests.support.waiting import eventually

SETTINGS = {"store": "SCRIBELINE_S3_ENDPOINT", "database": "SCRIBELINE_DATABASE_URL"}
AWAY = pytest.mark.parametrize("away", SETTINGS)


@dataclass
class Early:
    """The gateway, and the ways to what was absent when it started."""

    gateway: Process
    ways: Mapping[str, Proxy]

    async def get(self, path: str) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {KEY}"}
        async with httpx2.AsyncClient(base_url=self.gateway.url, headers=headers, timeout=30) as client:
            return await client.get(path)


@pytest.fixture
async def early(
    away: str, servers: Servers, broker: Broker, database_url: str, tmp_path: Path
) -> AsyncIterator[Early]:
    environment = {
        **servers.environment(),
        "SCRIBELINE_DATABASE_URL": database_url,
        "SCRIBELINE_AMQP_PREFIX": broker.topology.prefix,
        "SCRIBELINE_SHUTDOWN_SECONDS": "60",  # which must not be waited for
    }
    ways = {}
    async with AsyncExitStack() as stack:
        for name, setting in SETTINGS.items():
            url = URL(environment[setting])
            way = ways[name] = await stack.enter_async_context(proxy_to(str(url.host), url.port or 0))
            environment[setting] = str(url.with_host("127.0.0.1").with_port(way.port)).rstrip("/")
        ways[away].mode = Mode.DOWN
        starting = gateway_process(environment, tmp_path, until=Process.alive)
        yield Early(await stack.enter_async_context(starting), ways)


@AWAY
async def test_it_is_alive_and_says_what_it_waits_for(early: Early, away: str) -> None:
    await eventually(lambda: f'"{away}"' in early.gateway.log.read_text(), within=60)
    assert (await early.get("/healthz")).status_code == 200
    ready, asked = await early.get("/readyz"), await early.get("/v1/jobs")
    assert (ready.status_code, ready.json()["checks"]["start"]) == (503, "failed: DependencyDown")
    assert (asked.status_code, asked.json()["code"]) == (503, f"{away}_unavailable")
    assert asked.headers["retry-after"]


@AWAY
async def test_it_serves_once_that_is_there(early: Early, away: str) -> None:
    early.ways[away].mode = Mode.PASS
    await eventually(early.gateway.ready, within=60)
    assert (await early.get("/v1/jobs")).status_code == 200, "its first key is known"


@AWAY
async def test_it_ends_at_once_when_it_is_told_to(early: Early) -> None:
    early.gateway.process.terminate()
    assert await asyncio.wait_for(early.gateway.process.wait(), 30) == 0, early.gateway.log.read_text()


@pytest.mark.parametrize("away", ["store"])
async def test_a_key_file_without_a_key_ends_it_with_the_reason(early: Early, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("short")
    early.ways["store"].mode = Mode.PASS
    assert await asyncio.wait_for(early.gateway.process.wait(), 60) == 1
    assert "must hold one API key" in early.gateway.log.read_text()

"""The network between services and what they depend on breaks in every way, and nothing is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from yarl import URL

from scribeline.messaging.broker import Broker
from tests.support.audio import jfk, wav_file
from tests.support.checker import nothing_was_lost
from tests.support.pipeline import Pipeline, pipeline
from tests.support.proxy import Mode, Proxy, proxy_to
from tests.support.servers import Servers

DEPENDENCIES = ["broker", "database", "store"]
AWAY_SECONDS = 8.0


@asynccontextmanager
async def behind_a_proxy(
    which: str, servers: Servers, broker: Broker, database_url: str, models_dir: Path
) -> AsyncIterator[tuple[Pipeline, Proxy]]:
    """A pipeline all of whose connections to one dependency go through a proxy."""
    address = {"broker": broker.url, "database": database_url, "store": servers.s3_endpoint}[which]
    url = URL(address)
    assert url.host is not None
    assert url.port is not None
    async with proxy_to(url.host, url.port) as proxy:
        through = str(url.with_host("127.0.0.1").with_port(proxy.port))
        if which == "broker":
            broker, servers = replace(broker, url=through), replace(servers, amqp_url=through)
        elif which == "database":
            database_url = through
        else:
            servers = replace(servers, s3_endpoint=through)
        async with pipeline(servers, broker, database_url, models_dir) as system:
            yield system, proxy


async def send(system: Pipeline, count: int) -> list[str]:
    """Upload until so many were accepted; what is not accepted leaves nothing behind."""
    accepted: list[str] = []
    for _ in range(30):
        files = {"audio": ("a.wav", wav_file(jfk()))}
        answer = await system.client.post("/v1/jobs", files=files, data={"analyze": "false"})
        if answer.status_code == 202:
            accepted.append(answer.json()["id"])
            if len(accepted) == count:
                return accepted
        else:
            assert answer.status_code in (401, 503), answer.text
            assert answer.status_code == 503 or not accepted
            await asyncio.sleep(0.5)
    raise AssertionError("the dependency never came back")


async def ended(system: Pipeline, jobs: list[str]) -> None:
    for job in jobs:
        assert (await system.ended(job, within=180))["status"] == "completed"


@pytest.mark.parametrize("which", DEPENDENCIES)
async def test_connections_that_are_cut_again_and_again_lose_nothing(
    which: str, servers: Servers, broker: Broker, database_url: str, models_dir: Path
) -> None:
    async with behind_a_proxy(which, servers, broker, database_url, models_dir) as (system, proxy):
        jobs = await send(system, 2)
        for _ in range(5):
            await asyncio.sleep(0.4)
            proxy.cut()
        jobs += await send(system, 1)
        await ended(system, jobs)
        await nothing_was_lost(system, jobs)


@pytest.mark.thorough
@pytest.mark.parametrize("which", DEPENDENCIES)
@pytest.mark.parametrize("mode", [Mode.DOWN, Mode.BLACKHOLE])
async def test_what_is_away_for_a_while_is_waited_for(
    which: str, mode: Mode, servers: Servers, broker: Broker, database_url: str, models_dir: Path
) -> None:
    async with behind_a_proxy(which, servers, broker, database_url, models_dir) as (system, proxy):
        jobs = await send(system, 2)
        proxy.mode = mode
        if mode is Mode.DOWN:
            proxy.cut()
        await asyncio.sleep(AWAY_SECONDS)
        proxy.mode = Mode.PASS
        jobs += await send(system, 1)
        await ended(system, jobs)
        await nothing_was_lost(system, jobs)


@pytest.mark.thorough
@pytest.mark.parametrize("sent", [1, 7, 300, 5000])
async def test_a_connection_that_breaks_in_the_middle_of_a_frame_loses_nothing(
    sent: int, servers: Servers, broker: Broker, database_url: str, models_dir: Path
) -> None:
    async with behind_a_proxy("broker", servers, broker, database_url, models_dir) as (system, proxy):
        proxy.cut_after(sent)
        jobs = await send(system, 2)
        await ended(system, jobs)
        await nothing_was_lost(system, jobs)


@pytest.mark.thorough
async def test_a_slow_network_only_takes_longer(
    servers: Servers, broker: Broker, database_url: str, models_dir: Path
) -> None:
    async with behind_a_proxy("store", servers, broker, database_url, models_dir) as (system, proxy):
        proxy.mode = Mode.SLOW
        jobs = await send(system, 1)
        await ended(system, jobs)
        await nothing_was_lost(system, jobs)

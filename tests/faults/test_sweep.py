"""What a killed gateway leaves in the bucket, and a store that goes away while that is swept."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from yarl import URL

from deploy.local.ports import free_port
from result_writer.orphans import Guard
from result_writer.sweep import Sweep
from scribeline.storage.database import Database
from scribeline.storage.s3 import S3Store
from tests.support.births import born
from tests.support.buckets import of, open_uploads, orphan, own_bucket, recording, stored
from tests.support.proxy import Mode, Proxy, proxy_to
from tests.support.roles import as_writer
from tests.support.scrapes import sample
from tests.support.servers import Servers
from tests.support.waiting import eventually

DAY = timedelta(days=1)
AT_ONCE = timedelta(0)
MIB = 2**20
KEY = "sl_sweep_for_tests"


@asynccontextmanager
async def gateway(
    servers: Servers, bucket: S3Store, database_url: str, directory: Path
) -> AsyncIterator[str]:
    """A gateway as a process, killed at the end; its address."""
    (directory / "key").write_text(KEY)
    log, port = directory / "log", free_port()
    environment = {
        **os.environ,
        **servers.environment(),
        "SCRIBELINE_DATABASE_URL": database_url,
        "SCRIBELINE_S3_BUCKET": bucket.bucket,
        "SCRIBELINE_AMQP_URL": "amqp://127.0.0.1:9/",
        "SCRIBELINE_HTTP_PORT": str(port),
        "SCRIBELINE_KEY_SECRET": "a secret for tests only",
        "SCRIBELINE_KEY_CACHE_SECONDS": "60",
        "SCRIBELINE_BOOTSTRAP_KEY_FILE": str(directory / "key"),
    }
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway.main", env=environment, stdout=out, stderr=out
        )
    url = f"http://127.0.0.1:{port}"

    async def knows_the_key() -> bool:
        assert process.returncode is None, log.read_text()
        async with httpx2.AsyncClient() as client:
            try:
                return (await client.get(f"{url}/v1/jobs", headers={"X-API-Key": KEY})).status_code == 200
            except httpx2.TransportError:
                return False

    try:
        await eventually(knows_the_key)
        yield url
    finally:
        process.kill()
        await process.wait()


async def send(url: str, size: int, *, last: asyncio.Event) -> None:
    """Upload so many zeros, and one more once it is time."""

    async def body() -> AsyncIterator[bytes]:
        yield bytes(size)
        await last.wait()
        yield b"\0"

    headers = {"X-API-Key": KEY, "Content-Type": "audio/wav"}
    async with httpx2.AsyncClient(timeout=60) as client:
        await client.post(f"{url}/v1/jobs", content=body(), headers=headers)


async def test_what_a_killed_gateway_leaves_is_swept_after_its_age(
    servers: Servers, bucket: S3Store, database: Database, database_url: str, tmp_path: Path
) -> None:
    address = URL(database_url)
    async with proxy_to(str(address.host), int(address.port or 0)) as network:
        through = str(address.with_host("127.0.0.1").with_port(network.port))
        async with gateway(servers, bucket, through, tmp_path) as url:
            never, now = asyncio.Event(), asyncio.Event()
            now.set()
            half = asyncio.ensure_future(send(url, 20 * MIB, last=never))
            await eventually(lambda: open_uploads(bucket))
            network.mode = Mode.BLACKHOLE  # what is stored from now on can never be committed
            whole = asyncio.ensure_future(send(url, 100, last=now))
            await eventually(lambda: stored(bucket))
        half.cancel()
        whole.cancel()
        await asyncio.gather(half, whole, return_exceptions=True)

    job = await recording(bucket, await born(database))
    left = await stored(bucket) - of(job)
    assert len(left) == len(await open_uploads(bucket)) == 1
    await Sweep(as_writer(database), bucket, DAY).round()
    assert await stored(bucket) == left | of(job)
    assert len(await open_uploads(bucket)) == 1
    await Sweep(as_writer(database), bucket, AT_ONCE).round()
    assert await stored(bucket) == of(job)
    assert await open_uploads(bucket) == set()


@asynccontextmanager
async def sweeping(
    database: Database, bucket: S3Store, network: Proxy
) -> AsyncIterator[tuple[asyncio.Task[None], asyncio.Event]]:
    """A sweep over that network, slow so that it can be met midway, and what stops it."""
    stop = asyncio.Event()
    network.mode = Mode.SLOW
    endpoint = f"http://127.0.0.1:{network.port}"
    with own_bucket(bucket, s3_endpoint=endpoint, s3_bucket=bucket.bucket) as through:
        lenient = Guard(many=100, in_a_row=100)
        sweep = Sweep(as_writer(database), through, AT_ONCE, lenient, first=0, every=0.1)
        running = asyncio.create_task(sweep.run(stop))
        yield running, stop
        stop.set()
        ended, _ = await asyncio.wait([running], timeout=10)
        assert ended, "the sweep does not stop"
        running.result()


@pytest.fixture
async def network(servers: Servers) -> AsyncIterator[Proxy]:
    """Between the sweep and the store."""
    address = URL(servers.s3_endpoint)
    async with proxy_to(str(address.host), int(address.port or 0)) as proxy:
        yield proxy


@pytest.mark.thorough
async def test_a_store_that_goes_away_midway_ends_nothing_and_the_rest_goes_when_it_is_back(
    bucket: S3Store, database: Database, network: Proxy
) -> None:
    gone = {await orphan(bucket) for _ in range(20)}
    job = await recording(bucket, await born(database))
    failed = sample('scribeline_sweeps_total{outcome="failed"}')
    async with sweeping(database, bucket, network) as (running, _):
        await eventually(lambda: some_left(bucket, gone))
        network.mode = Mode.DOWN
        network.cut()
        await eventually(lambda: sample('scribeline_sweeps_total{outcome="failed"}') > failed)
        assert await some_left(bucket, gone)
        assert not running.done()
        network.mode = Mode.PASS
        await eventually(lambda: none_left(bucket, gone))
        assert await stored(bucket) == of(job)


@pytest.mark.thorough
async def test_a_sweep_whose_store_does_not_answer_ends_when_its_service_does(
    bucket: S3Store, database: Database, network: Proxy
) -> None:
    gone = {await orphan(bucket) for _ in range(20)}
    await born(database)
    async with sweeping(database, bucket, network) as (_, stop):
        await eventually(lambda: some_left(bucket, gone))
        network.mode = Mode.BLACKHOLE
        stop.set()


async def some_left(bucket: S3Store, gone: set[str]) -> bool:
    return 0 < len(await stored(bucket) & gone) < len(gone)


async def none_left(bucket: S3Store, gone: set[str]) -> bool:
    return not await stored(bucket) & gone

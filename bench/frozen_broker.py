"""How long a 202 takes while the broker is frozen (SIGSTOP), against the same while it answers.

    python -m bench.frozen_broker                # of each phase 300 uploads
    python -m bench.frozen_broker --uploads 1000

A real gateway process with its relay, on PostgreSQL, RabbitMQ and S3 that it starts and ends itself: no stack
is needed, and none is frozen. Normal and frozen phases alternate, so that the machine's noise meets both;
before each normal one, what was left in the outbox is sent.
"""

import argparse
import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles
from time import perf_counter

import httpx2
from sqlalchemy import text

from deploy.local.ports import free_port
from scribeline.storage.database import Database
from scribeline.storage.migrate import migrate
from tests.support.processes import beside
from tests.support.servers import Server, Servers, start_servers
from tests.support.waiting import eventually

ROUNDS = 2
WARM_UP = 50
RECORDING = bytes(16 * 1024)
KEY = "sl_bench_frozen_broker"
GOAL = 2.0


async def main(uploads: int, directory: Path, servers: Servers) -> float:
    """Prints a line for each way; returns the ratio of their 99th percentiles."""
    assert servers.broker is not None, "the broker was given, and is not ours to freeze"
    await migrate(servers.database_url)
    database = Database(servers.database_url)
    normal, frozen = list[float](), list[float]()
    async with gateway(servers, directory) as client:
        await latencies(client, WARM_UP)
        for _ in range(ROUNDS):
            await eventually(lambda: all_sent(database), within=180)
            normal += await latencies(client, uploads)
            async with frozen_broker(servers.broker):
                frozen += await latencies(client, uploads)
    await database.close()
    ratio = percentile(frozen, 99) / percentile(normal, 99)
    for name, seconds in (("normal", normal), ("frozen", frozen)):
        shown = "   ".join(f"p{nth} {percentile(seconds, nth) * 1000:6.1f} ms" for nth in (50, 90, 99))
        print(f"{name}   {shown}   max {max(seconds) * 1000:6.1f} ms   of {len(seconds)}")
    print(f"p99 frozen / normal   {ratio:.2f}x   (goal: at most {GOAL:.0f}x)")
    return ratio


@asynccontextmanager
async def gateway(servers: Servers, directory: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A process of its own, with the settings that users have; every unit has a place to be sent to."""
    port, key = free_port(), directory / "key"
    key.write_text(KEY)
    environment = {
        **servers.environment(),
        "SCRIBELINE_HTTP_PORT": str(port),
        "SCRIBELINE_KEY_SECRET": "a secret for benches only",
        "SCRIBELINE_BOOTSTRAP_KEY_FILE": str(key),
        "SCRIBELINE_WINDOW": "10000",
    }
    address, headers = f"http://127.0.0.1:{port}", {"Authorization": f"Bearer {KEY}"}
    async with (
        beside("gateway", environment, directory) as service,
        httpx2.AsyncClient(base_url=address, headers=headers, timeout=60) as client,
    ):
        await service.start()
        await eventually(lambda: ready(client))
        yield client


async def ready(client: httpx2.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx2.TransportError:
        return False


async def all_sent(database: Database) -> bool:
    async with database.transaction() as session:
        return int((await session.run(text("SELECT count(*) FROM outbox"))).scalar_one()) == 0


@asynccontextmanager
async def frozen_broker(broker: Server) -> AsyncIterator[None]:
    broker.freeze()
    try:
        yield
    finally:
        await asyncio.to_thread(broker.thaw)


async def latencies(client: httpx2.AsyncClient, uploads: int) -> list[float]:
    """Seconds of each upload, from its first byte to its 202; one after the other."""
    taken = []
    for _ in range(uploads):
        began = perf_counter()
        answer = await client.post("/v1/jobs", content=RECORDING, headers={"Content-Type": "audio/wav"})
        taken.append(perf_counter() - began)
        if answer.status_code != 202:
            raise SystemExit(f"{answer.status_code}: {answer.text}")
    return taken


def percentile(seconds: Sequence[float], nth: int) -> float:
    return quantiles(seconds, n=100, method="inclusive")[nth - 1]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--uploads", type=int, default=300, help="of each phase; there are two of each kind")
    given = parser.parse_args()
    # told to end, it ends its servers first: none stays frozen
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder:
        started = start_servers(Path(folder) / "servers")
        try:
            asyncio.run(main(given.uploads, Path(folder), started))
        finally:
            started.stop()

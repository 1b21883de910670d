"""Whatever the OpenAPI document allows or forbids is asked of a gateway with workers behind it.

It answers as the document says, and never with an error of its own.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from scribeline.messaging.broker import Broker
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.subscribers import Subscribers
from scribeline.storage.database import Database
from tests.support.gateway_process import KEY, Process
from tests.support.servers import Servers
from tests.support.subscribers import remove_all
from tests.support.waiting import eventually
from tests.support.workers import Workers, working
from tests.support.writers import writing

ROOT = Path(__file__).parents[2]
EXAMPLES, SEED = os.environ.get("FUZZ_EXAMPLES", "5"), os.environ.get("FUZZ_SEED", "1")
KNOWN, DRAWN = "examples,coverage", "fuzzing,stateful"
"""Phases of schemathesis: what the document names and its limits, and what is drawn at random."""
ENDLESS = "/v1/events"
"""A stream that ends with its client only."""
SUBSCRIBERS = "/v1/admin/subscribers"
"""They need the broker's management API."""


@pytest.fixture
async def management(gateway: Process, servers: Servers, broker: Broker) -> AsyncIterator[str]:
    """Its address, once it answers, some seconds after the broker; empty where the broker has none."""
    if servers.management_url:
        headers = {"Authorization": f"Bearer {KEY}"}
        async with httpx2.AsyncClient(base_url=gateway.url, headers=headers) as client:
            await eventually(lambda: answers(client, SUBSCRIBERS))
    yield servers.management_url
    if servers.management_url:
        await remove_all(Subscribers(servers.management_url, broker.url, broker.topology.prefix))


async def answers(client: httpx2.AsyncClient, path: str) -> bool:
    return (await client.get(path)).status_code == 200


@pytest.mark.timeout(900)  # thousands of requests
@pytest.mark.parametrize("phases", [KNOWN, pytest.param(DRAWN, marks=pytest.mark.thorough)])
async def test_every_operation_answers_as_the_document_says(
    phases: str,
    gateway: Process,
    management: str,
    database: Database,
    broker: Broker,
    publisher: Publisher,
    tmp_path: Path,
) -> None:
    async with working(Workers(broker).all), writing(database, broker, publisher):
        asked = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("schemathesis")),
            f"--config-file={ROOT}/tests/schemathesis.toml",
            "run",
            f"{ROOT}/docs/openapi.json",
            f"--url={gateway.url}",
            f"--header=Authorization: Bearer {KEY}",
            f"--phases={phases}",
            f"--max-examples={EXAMPLES}",
            f"--seed={SEED}",
            f"--exclude-path={ENDLESS}",
            *([] if management else [f"--exclude-path-regex=^{SUBSCRIBERS}"]),
            "--no-color",
            cwd=tmp_path,  # where it keeps what it found
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asked.communicate()
    assert asked.returncode == 0, said.decode()
    assert gateway.process.returncode is None, gateway.log.read_text()

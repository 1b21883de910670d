"""Every service dies by SIGKILL at the points where it could lose or double something, and does neither."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from scribeline.messaging.broker import Broker
from tests.support.audio import jfk, wav_file
from tests.support.checker import nothing_was_lost
from tests.support.failpoints import POINTS
from tests.support.pipeline import Pipeline, pipeline
from tests.support.processes import beside
from tests.support.servers import Servers
from tests.support.waiting import eventually

UPLOADS = 3
QUICK = {
    ("gateway", "after_commit_before_answer"),
    ("result-writer", "inside_a_batch"),
    ("transcriber", "after_result_before_ack"),
    ("analyzer", "after_result_before_ack"),
}
"""One of each service in `make test`. What a dead relay had claimed is not due again for a minute."""
CASES = [
    pytest.param(service, point, marks=[] if (service, point) in QUICK else [pytest.mark.thorough])
    for service, points in POINTS.items()
    for point in points
]


@pytest.mark.parametrize(("service", "point"), CASES)
async def test_a_service_that_dies_there_loses_and_doubles_nothing(
    service: str,
    point: str,
    servers: Servers,
    broker: Broker,
    database_url: str,
    models_dir: Path,
    tmp_path: Path,
) -> None:
    async with (
        pipeline(servers, broker, database_url, models_dir, without={service}) as system,
        beside(service, system.environment, tmp_path) as process,
    ):
        await process.start(dying=point)
        uploads = [asyncio.create_task(upload(system)) for _ in range(UPLOADS)]
        await process.died()
        await process.start()
        jobs = [await each for each in uploads]
        await eventually(system.answers)
        for job in jobs:
            assert (await system.ended(job, within=180))["status"] == "completed"
        await nothing_was_lost(system, jobs)
        assert await count_jobs(system) == len(set(jobs)) == UPLOADS


async def upload(system: Pipeline) -> str:
    return await system.submit_until_taken(wav_file(jfk()[: 16_000 * 4]))


async def count_jobs(system: Pipeline) -> int:
    async with system.database.transaction() as session:
        return int((await session.run(text("SELECT count(*) FROM job"))).scalar_one())

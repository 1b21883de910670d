"""A broker that comes back with nothing: the operator says so, and all that was under way is sent again."""

import shutil
from pathlib import Path

from aio_pika.exceptions import AMQPError

from scribeline.contracts import routes
from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.broker import Broker
from tests.support.births import NORMALISED
from tests.support.brokers import depth
from tests.support.pipeline import Pipeline, pipeline
from tests.support.servers import Servers
from tests.support.waiting import eventually
from tests.support.workers import Workers, working

JOBS = 5


async def test_a_broker_that_lost_its_data_recovers_by_resume(
    servers: Servers, broker: Broker, database_url: str, models_dir: Path
) -> None:
    assert servers.broker is not None
    without = {"transcriber", "analyzer"}
    async with pipeline(servers, broker, database_url, models_dir, without=without) as system:
        await system.store.put(NORMALISED, b"of all jobs")
        jobs = [await system.submit(b"RIFF of no interest") for _ in range(JOBS)]
        await waiting(system, JOBS)

        servers.broker.stop()
        shutil.rmtree(servers.broker.program.environment["RABBITMQ_MNESIA_BASE"])
        servers.broker.start()
        await waiting(system, 0)
        answer = await system.client.post("/v1/admin/resume", json={"all": True})
        assert answer.json() == {"jobs": JOBS}
        await waiting(system, JOBS)

        workers = Workers(broker)
        async with working(workers.all):
            shown = [await system.ended(job) for job in jobs]
    assert {job["status"] for job in shown} == {"completed"}
    assert set(workers.asked.values()) == {1}


async def waiting(system: Pipeline, count: int) -> None:
    """So many commands lie in the queue, which everyone has declared again."""

    async def so() -> bool:
        try:
            return await depth(system.broker, routes.SHORT_QUEUE) == count
        except (DependencyDown, AMQPError):  # not there yet
            return False

    await eventually(so, within=60)

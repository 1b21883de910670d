"""A real Prometheus scrapes services that really run, and the repository's alerts fire and resolve."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import httpx2
import pytest

from deploy.grafana.__main__ import DASHBOARDS
from deploy.grafana.dashboard import expressions
from deploy.local.ports import free_port
from deploy.local.services import MODULES
from scribeline.contracts import routes
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import message
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.topology import topology
from tests.support import databases
from tests.support.audio import jfk, wav_file
from tests.support.brokers import forget
from tests.support.gateway_process import KEY, Process, gateway_process
from tests.support.processes import Service, beside
from tests.support.prometheus import Prometheus, prometheus
from tests.support.promql import rules, selectors
from tests.support.servers import Servers
from tests.support.waiting import eventually

ELSEWHERE = {
    "node_filesystem_avail_bytes": "a node exporter",
    "node_filesystem_size_bytes": "a node exporter",
    "minio_cluster_capacity_usable_free_bytes": "an object store that is MinIO's whole server",
    "minio_cluster_capacity_usable_total_bytes": "an object store that is MinIO's whole server",
    "ALERTS": "an alert that fires",
}
"""What the dashboards and rules ask for beside all this, and what shows it."""
CONSUMERS = [name for name in MODULES if name != "gateway"]


@dataclass
class Watched:
    """The whole stack, as processes, and Prometheus over it."""

    prometheus: Prometheus
    gateway: Process
    services: dict[str, Service]
    broker: Broker


@pytest.fixture(scope="module")
async def watched(
    servers: Servers, template_database: str, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Watched]:
    directory = tmp_path_factory.mktemp("watched")
    broker = Broker(servers.amqp_url, topology(f"t{token_hex(4)}."), heartbeat=10)
    name = f"test_{token_hex(4)}"
    await databases.create(servers.database_url, name, template=template_database)
    environment = {
        **servers.environment(),
        "SCRIBELINE_DATABASE_URL": databases.named(servers.database_url, name),
        "SCRIBELINE_AMQP_PREFIX": broker.topology.prefix,
        "SCRIBELINE_AMQP_MANAGEMENT_URL": servers.management_url,
        "SCRIBELINE_KEY_SECRET": "a secret for tests only",
        "SCRIBELINE_WEBHOOK_SECRET": "a secret for tests only",
        "SCRIBELINE_MODELS_DIR": str(models_dir),
        "SCRIBELINE_DEFAULT_MODEL": "tiny.en",
        "SCRIBELINE_ANALYZER_ENGINE": "extractive",
    }
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(gateway_process(environment, directory))
        services, targets = {}, {"scribeline-gateway": [f"127.0.0.1:{gateway.port}"]}
        for service in CONSUMERS:
            port = str(free_port())
            place = {"SCRIBELINE_HEALTH_HOST": "127.0.0.1", "SCRIBELINE_HEALTH_PORT": port}
            services[service] = await stack.enter_async_context(
                beside(service, environment | place, directory)
            )
            targets[f"scribeline-{service}"] = [f"127.0.0.1:{port}"]
            await services[service].start()
        if servers.broker_metrics:
            targets |= {job: [servers.broker_metrics] for job in ("rabbitmq", "rabbitmq-queues")}
        yield Watched(
            await stack.enter_async_context(prometheus(directory, targets)), gateway, services, broker
        )
    await databases.drop(servers.database_url, name)
    await forget(broker)


async def test_every_process_and_the_broker_answer(watched: Watched) -> None:
    async def all_up() -> bool:
        found = await watched.prometheus.targets()
        there = found.keys() >= {f"scribeline-{service}" for service in MODULES}
        return there and set.union(*found.values()) == {"up"}

    await eventually(all_up, within=60.0)


async def test_after_one_job_every_series_that_is_asked_for_is_there(
    watched: Watched, servers: Servers
) -> None:
    asked = {
        name
        for expression in (
            *(rule.expression for rule in rules()),
            *(each for dashboard in DASHBOARDS.values() for each in expressions(dashboard.written())),
        )
        for name, _ in selectors(expression)
    }
    if not servers.broker_metrics:
        asked = {name for name in asked if not name.startswith("rabbitmq_")}
    await one_job(watched.gateway)

    async def there() -> bool:
        missing.clear()
        missing.update(asked - ELSEWHERE.keys() - await watched.prometheus.names())
        return not missing

    missing: set[str] = set()
    try:
        await eventually(there, within=60.0)
    except AssertionError:
        assert missing == set()
        raise


async def test_an_alarm_goes_off_while_a_queue_has_messages_and_no_consumer(watched: Watched) -> None:
    alarm = ("ScribelineQueueWithoutConsumers", routes.ANALYZER_QUEUE)
    assert alarm not in await watched.prometheus.firing()
    await watched.services["analyzer"].leave()
    publisher = Publisher(watched.broker, "test")
    await publisher.publish(routes.JOBS, routes.ANALYZER_QUEUE, message(b"no command", token_hex(16)))
    await publisher.close()

    async def fires() -> bool:
        return alarm in await watched.prometheus.firing()

    await eventually(fires, within=60.0)

    await watched.services["analyzer"].start()
    letter = ("ScribelineDeadLettersWaiting", routes.ANALYZER_QUEUE)  # what waited was no command

    async def taken() -> bool:
        found = await watched.prometheus.firing()
        return alarm not in found and letter in found

    await eventually(taken, within=60.0)


async def one_job(gateway: Process) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx2.AsyncClient(base_url=gateway.url, headers=headers, timeout=60) as client:
        answer = await client.post("/v1/jobs", files={"audio": ("a.wav", wav_file(jfk()))})
        assert answer.status_code == 202, answer.text
        job = f"/v1/jobs/{answer.json()['id']}"

        async def completed() -> bool:
            return bool((await client.get(job)).json()["status"] == "completed")

        await eventually(completed, within=120.0)

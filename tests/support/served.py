"""A whole system whose gateway is a process of its own, for all tests of a file."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from scribeline.messaging.broker import Broker
from scribeline.messaging.topology import topology
from tests.support import databases
from tests.support.brokers import forget
from tests.support.pipeline import Pipeline, pipeline
from tests.support.processes import beside
from tests.support.servers import Servers
from tests.support.waiting import eventually


@asynccontextmanager
async def served(
    servers: Servers, template_database: str, models_dir: Path, logs: Path, **settings: Any
) -> AsyncIterator[Pipeline]:
    """With a database and queues of its own, which are gone afterwards."""
    broker = Broker(servers.amqp_url, topology(f"t{secrets.token_hex(4)}."), heartbeat=10)
    name = f"test_{secrets.token_hex(4)}"
    await databases.create(servers.database_url, name, template=template_database)
    url = databases.named(servers.database_url, name)
    running = pipeline(servers, broker, url, models_dir, without={"gateway"}, **settings)
    async with running as system, beside("gateway", system.environment, logs) as gateway:
        await gateway.start()
        await eventually(system.answers)
        yield system
    await forget(broker)
    await databases.drop(servers.database_url, name)

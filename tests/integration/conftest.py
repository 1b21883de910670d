"""What several integration tests work with."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from scribeline.messaging.broker import Broker
from scribeline.storage.database import Database
from scribeline.storage.s3 import S3Store
from tests.support.api import KEY, Api
from tests.support.buckets import abort_all
from tests.support.gateway_process import Process, gateway_process
from tests.support.servers import Servers


@pytest.fixture
async def api(store: S3Store, database: Database) -> Api:
    await store.ensure_bucket()
    api = Api(store, database)
    await store.remove(api.stored())
    await api.add_key(KEY)
    return api


@pytest.fixture
async def gateway(
    servers: Servers, store: S3Store, broker: Broker, database_url: str, tmp_path: Path
) -> AsyncIterator[Process]:
    """As a process, on real servers, with nobody behind it."""
    environment = {
        **servers.environment(),
        "SCRIBELINE_DATABASE_URL": database_url,
        "SCRIBELINE_AMQP_PREFIX": broker.topology.prefix,
        "SCRIBELINE_FETCH_HOSTS_ALLOWED": "127.0.0.1",
        "SCRIBELINE_WRONG_KEYS_PER_MINUTE": "0",  # schemathesis tries many
    }
    async with gateway_process(environment, tmp_path) as process:
        yield process
    await abort_all(store)

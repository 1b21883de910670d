"""Fixtures of every kind of test that needs servers. Unit tests use none of them."""

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from scribeline.messaging.broker import Broker
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.topology import topology
from scribeline.settings import StoreSettings
from scribeline.storage.migrate import migrate
from scribeline.storage.s3 import S3Store
from scribeline.weights import WeightsSettings
from tests.support import databases
from tests.support.brokers import forget
from tests.support.buckets import own_bucket
from tests.support.excuses import need_weights
from tests.support.roles import Unbound
from tests.support.servers import Servers, servers

__all__ = ["servers"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`-m unit` runs what needs no servers; each folder is a mark."""
    for item in items:
        folder = Path(item.path).relative_to(Path(__file__).parent).parts[0]
        item.add_marker(getattr(pytest.mark, folder))


@pytest.fixture
async def broker(servers: Servers) -> AsyncIterator[Broker]:
    """The session's broker, with names of this test's own."""
    broker = Broker(servers.amqp_url, topology(f"t{secrets.token_hex(4)}."), heartbeat=10)
    yield broker
    await forget(broker)


@pytest.fixture
async def publisher(broker: Broker) -> AsyncIterator[Publisher]:
    publisher = Publisher(broker, "test")
    yield publisher
    await publisher.close()


@pytest.fixture(scope="session")
async def template_database(servers: Servers) -> str:
    """A migrated database that each test's own is cloned from."""
    name = f"template_{secrets.token_hex(4)}"
    await databases.create(servers.database_url, name)
    await migrate(databases.named(servers.database_url, name))
    return name


@pytest.fixture
async def database_url(servers: Servers, template_database: str) -> AsyncIterator[str]:
    name = f"test_{secrets.token_hex(4)}"
    await databases.create(servers.database_url, name, template=template_database)
    yield databases.named(servers.database_url, name)
    await databases.drop(servers.database_url, name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Unbound]:
    database = Unbound(database_url)
    yield database
    await database.close()


@pytest.fixture
def store(servers: Servers) -> Iterator[S3Store]:
    store = S3Store(
        StoreSettings(
            s3_endpoint=servers.s3_endpoint,
            s3_access_key=servers.s3_access_key,
            s3_secret_key=servers.s3_secret_key,
            s3_bucket=servers.s3_bucket,
        )
    )
    yield store
    store.close()


@pytest.fixture
async def bucket(store: S3Store) -> AsyncIterator[S3Store]:
    """The session's object store with a bucket of this test's own."""
    with own_bucket(store) as own:
        await own.ensure_bucket()
        yield own


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """Where the real weights are; fetched when they are missing."""
    directory = WeightsSettings().models_dir
    need_weights(directory, "tiny.en", "base")
    return directory

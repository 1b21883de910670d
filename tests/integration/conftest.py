"""What several integration tests work with."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from notifier.outgoing import Send
from scribeline.messaging.broker import Broker
from scribeline.storage.database import Database
from scribeline.storage.s3 import S3Store
from tests.support.api import KEY, Api
from tests.support.buckets import abort_all
from tests.support.certificates import Authority
from tests.support.gateway_process import Process, gateway_process
from tests.support.installation import Installation, installation
from tests.support.notifying import Clock
from tests.support.receivers import Receiver, plain_sender, receiver
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
        "SCRIBELINE_AMQP_MANAGEMENT_URL": servers.management_url,
        "SCRIBELINE_FETCH_HOSTS_ALLOWED": "127.0.0.1",
        "SCRIBELINE_WRONG_KEYS_PER_MINUTE": "0",  # schemathesis tries many
    }
    async with gateway_process(environment, tmp_path) as process:
        yield process
    await abort_all(store)


@pytest.fixture
async def send() -> AsyncIterator[Send]:
    """What sends webhooks, to this machine too."""
    async with plain_sender() as it:
        yield it


@pytest.fixture
async def there() -> AsyncIterator[Receiver]:
    """Where webhooks go."""
    async with receiver() as it:
        yield it


@pytest.fixture
def clock() -> Clock:
    """The notifier's."""
    return Clock()


@pytest.fixture
async def new(servers: Servers, tmp_path: Path) -> AsyncIterator[Installation]:
    """Secrets of an installation of this test's own, on servers that do not know it yet."""
    async with installation(servers, tmp_path / "secrets") as made:
        yield made


@pytest.fixture
async def provisioned(new: Installation) -> Installation:
    await new.provision()
    return new


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One that nobody believes."""
    return Authority(tmp_path_factory.mktemp("other"))

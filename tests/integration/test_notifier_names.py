"""Names that hang: a lookup cannot be stopped, and takes a place of its own tenant until it ends."""

from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest

from notifier.main import deliverer_of
from notifier.sender import Sender
from notifier.settings import NotifierSettings
from scribeline.storage.database import Database
from tests.support.names import Hanging, hanging
from tests.support.notifying import SECRET, Clock, announce, attempts, delivering, ended, event, hook
from tests.support.notifying import deliveries as logged
from tests.support.receivers import Receiver, receiver
from tests.support.roles import as_notifier
from tests.support.waiting import eventually

SETTINGS = NotifierSettings(
    webhook_hosts_allowed=("127.0.0.1",),
    webhook_secret=SECRET,
    webhooks_in_flight=16,  # so 4 of one tenant
    _env_file=None,
)
SLOW = ("globex", "initech", "umbrella")
HOOKS = 12
"""Of each of them: a third finds a place."""


@pytest.fixture
async def there() -> AsyncIterator[Receiver]:
    async with receiver() as it:
        yield it


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hanging]:
    """A try gives up at once."""
    monkeypatch.setattr("notifier.sender.CONNECT_SECONDS", 0.1)
    with hanging(monkeypatch) as names:
        yield names


async def test_names_that_hang_take_the_places_of_their_own_tenants_and_no_others(
    database: Database, there: Receiver, names: Hanging, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    for tenant in SLOW:
        for number in range(HOOKS):
            await hook(database, f"https://hangs-{number}.{tenant}.example/", tenant=tenant)
        await announce(database, event(tenant=tenant))
    healthy = await hook(database, there.url())
    engine = deliverer_of(SETTINGS, as_notifier(database), Sender.of(SETTINGS), clock)
    async with delivering(engine):
        await eventually(partial(_tried, database, 12))
        for _ in range(10):
            await announce(database, event())
            engine.wake()
            await eventually(partial(ended, database, healthy.id))
            assert len(names.stuck) == 12
        assert {row.attempts for row in await logged(database, healthy.id)} == {1}
        assert await attempts(database) == 12 + 10, "what hangs was given up, and is written down"

        names.end()
        await eventually(partial(_tried, database, len(SLOW) * HOOKS + 10))
    assert "never retrieved" not in caplog.text


async def _tried(database: Database, times: int) -> bool:
    return await attempts(database) == times

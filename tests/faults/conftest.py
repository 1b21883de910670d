"""What several fault tests work with."""

import pytest

from tests.support.servers import Servers


@pytest.fixture
def movable(servers: Servers) -> Servers:
    """Servers that are ours to break."""
    if servers.broker is None or servers.database is None or servers.store is None:
        pytest.skip("the servers were given, and are not ours to break")
    return servers

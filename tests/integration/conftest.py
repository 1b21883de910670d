"""What several integration tests work with."""

import pytest

from scribeline.storage.database import Database
from scribeline.storage.s3 import S3Store
from tests.support.api import KEY, Api


@pytest.fixture
async def api(store: S3Store, database: Database) -> Api:
    await store.ensure_bucket()
    api = Api(store, database)
    await store.remove(api.stored())
    await api.add_key(KEY)
    return api

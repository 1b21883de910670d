"""A stack of `make up` as the checks want it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from scribeline.messaging.broker import Broker
from scribeline.messaging.topology import topology
from scribeline.settings import StoreSettings
from scribeline.storage.s3 import S3Store
from scribeline_cli.address import read_env
from tests.support.pipeline import Pipeline
from tests.support.roles import Unbound
from tests.support.stack import Stack


@asynccontextmanager
async def seen_from_within(stack: Stack) -> AsyncIterator[Pipeline]:
    """Its API, and its servers behind it."""
    env = read_env(stack.directory / "env")
    store = S3Store(
        StoreSettings(
            s3_endpoint=env["SCRIBELINE_S3_ENDPOINT"],
            s3_access_key=SecretStr(env["SCRIBELINE_S3_ACCESS_KEY"]),
            s3_secret_key=SecretStr(env["SCRIBELINE_S3_SECRET_KEY"]),
        )
    )
    database = Unbound(env["SCRIBELINE_DATABASE_URL"])
    broker = Broker(env["SCRIBELINE_AMQP_URL"], topology())
    async with stack.client() as client:
        yield Pipeline(client, broker, database, store)
    await database.close()
    store.close()

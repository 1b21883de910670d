"""What each service is refused by the database and the object store."""

import asyncio

import asyncpg
import pytest
from minio.error import S3Error
from pydantic import SecretStr

from scribeline.settings import StoreSettings
from scribeline.storage.s3_client import client, pool
from tests.support.installation import Installation


async def test_a_service_takes_its_own_role_in_the_database_and_no_others(provisioned: Installation) -> None:
    gateway = await asyncpg.connect(provisioned.secret("gateway", "database_url"))
    writer = await asyncpg.connect(provisioned.secret("result-writer", "database_url"))
    notifier = await asyncpg.connect(provisioned.secret("notifier", "database_url"))
    denied = [
        (gateway, "SET ROLE scribeline_writer"),
        (gateway, "DELETE FROM segment"),
        (gateway, "CREATE TABLE mine (id int)"),
        (gateway, "ALTER TABLE job DISABLE ROW LEVEL SECURITY"),
        (writer, "SELECT * FROM api_key"),
        (writer, "SET ROLE scribeline_gateway"),
        (notifier, "SELECT * FROM job"),
        (notifier, "SELECT * FROM api_key"),
        (notifier, "CREATE TEMP TABLE mine (id int)"),
    ]
    for connection, statement in denied:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    await gateway.execute("SET ROLE scribeline_gateway")
    assert await gateway.fetch("SELECT * FROM api_key") == []
    for connection in (gateway, writer, notifier):
        await connection.close()


def store_of(installation: Installation, service: str) -> StoreSettings:
    return installation.settings.model_copy(
        update={
            name: SecretStr(installation.secret(service, name)) for name in ("s3_access_key", "s3_secret_key")
        }
    )


async def test_the_store_lets_each_service_do_its_part_only(provisioned: Installation) -> None:
    await asyncio.to_thread(_try_the_store, provisioned)


def _try_the_store(installation: Installation) -> None:
    bucket = installation.settings.s3_bucket
    http = pool(installation.settings, 10, 0)
    gateway, transcriber, writer = (
        client(store_of(installation, each), http) for each in ("gateway", "transcriber", "result-writer")
    )
    gateway.fput_object(bucket, "acme/a", __file__)
    assert transcriber.stat_object(bucket, "acme/a").size
    for denied in (
        lambda: transcriber.remove_object(bucket, "acme/a"),
        lambda: writer.get_object(bucket, "acme/a"),
        lambda: writer.fput_object(bucket, "acme/b", __file__),
        lambda: gateway.make_bucket("another"),
        lambda: transcriber.make_bucket("another"),
    ):
        with pytest.raises(S3Error) as told:
            denied()
        assert told.value.code == "AccessDenied"
    writer.remove_object(bucket, "acme/a")
    with pytest.raises(S3Error) as missing:
        transcriber.stat_object(bucket, "acme/a")
    assert missing.value.code == "NoSuchKey", "what is missing is told from what is forbidden"

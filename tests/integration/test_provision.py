"""Provisioning on the real servers: each service works with what it was given, and with nothing more."""

import asyncio
from pathlib import Path
from urllib.parse import quote

import asyncpg
import httpx2
import pytest
from yarl import URL

from scribeline.contracts import routes
from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.broker import Broker
from scribeline.messaging.topology import topology
from scribeline.storage.s3_client import client, pool
from tests.support.audio import jfk, wav_file
from tests.support.installation import Installation, addresses, broker_of, command
from tests.support.waiting import eventually

REFUSALS = ("refuse", "AccessDenied", "permission denied", "InsufficientPrivilege")
ALL = ("gateway", "transcriber", "analyzer", "result-writer", "notifier")


async def test_a_job_goes_through_all_services_with_the_least_rights(
    provisioned: Installation, models_dir: Path, tmp_path: Path
) -> None:
    async with provisioned.running(tmp_path, *ALL), provisioned.client as client:
        answer = await client.post("/v1/jobs", files={"audio": ("a.wav", wav_file(jfk()))})
        assert answer.status_code == 202, answer.text
        id_ = answer.json()["id"]

        async def ended() -> dict[str, object] | None:
            job: dict[str, object] = (await client.get(f"/v1/jobs/{id_}")).json()
            return job if job["status"] in ("completed", "failed") else None

        job = await eventually(ended, within=120)
        assert job["status"] == "completed", job
        assert (await client.get(f"/v1/jobs/{id_}/analysis")).status_code == 200
        queues = (await client.get("/v1/admin/queues")).json()
        assert all(queue["ready"] is not None for queue in queues["queues"]), queues
        subscriber = {"name": "crm", "tenant": "default"}
        assert (await client.post("/v1/admin/subscribers", json=subscriber)).status_code == 201
        assert (await client.delete("/v1/admin/subscribers/crm")).status_code == 204
        assert (await client.delete(f"/v1/jobs/{id_}")).status_code in (202, 204)

        async def forgotten() -> bool:
            return all(key.endswith(("/", "cancelled")) for key in await _keys(provisioned))

        await eventually(forgotten, within=60)  # by the result-writer, which may not read it
    for service in ALL:
        told = (tmp_path / f"{service}.log").read_text()
        assert not [word for word in REFUSALS if word in told], told


async def _keys(installation: Installation) -> list[str]:
    def look() -> list[str]:
        made = client(installation.settings, pool(installation.settings, 10, 0))
        return [
            each.object_name or ""
            for each in made.list_objects(installation.settings.s3_bucket, recursive=True)
        ]

    return await asyncio.to_thread(look)


async def test_run_again_it_changes_nothing_and_a_new_password_takes_the_place_of_the_old(
    provisioned: Installation,
) -> None:
    environment = _of_administrator(provisioned)
    for _ in range(2):
        assert await command("all", environment) == (
            0,
            "broker is provisioned\ndatabase is provisioned\nstore is provisioned\n",
        )
    old = {name: provisioned.secret("gateway", name) for name in ("amqp_url", "database_url")}
    for name, url in old.items():
        file = provisioned.folder / "gateway" / name
        file.chmod(0o600)
        password = url.split("@")[0].rpartition(":")[2]
        file.write_text(url.replace(password, "another-password"))
    assert (await command("all", environment))[0] == 0
    connection = await asyncpg.connect(provisioned.secret("gateway", "database_url"))
    await connection.close()
    await (await broker_of(provisioned, "gateway").connect("new")).close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(old["database_url"])
    with pytest.raises(DependencyDown):
        await Broker(old["amqp_url"], topology()).connect("old")


async def test_an_unusable_secret_ends_it_with_the_files_name(new: Installation) -> None:
    file = new.folder / "analyzer" / "amqp_url"
    file.chmod(0o600)
    file.write_text("amqp://nobody@broker/")
    status, told = await command("broker", _of_administrator(new))
    assert status == 1
    assert told.strip() == f"Unusable: {file} must hold an address with user and password"


async def test_secrets_are_made_by_the_command_and_the_key_is_shown_once(
    new: Installation, tmp_path: Path
) -> None:
    given = addresses(new.settings)
    environment = {
        "SCRIBELINE_SECRETS_DIR": str(tmp_path / "others"),
        "SCRIBELINE_AMQP_ADDRESS": given.amqp_address,
        "SCRIBELINE_DATABASE_ADDRESS": given.database_address,
    }
    status, told = await command("secrets", environment)
    key = (tmp_path / "others" / "gateway" / "bootstrap_key").read_text()
    assert status == 0
    assert key in told
    assert key not in (await command("secrets", environment))[1]


def _of_administrator(installation: Installation) -> dict[str, str]:
    given = installation.settings
    return {
        "SCRIBELINE_SECRETS_DIR": str(given.secrets_dir),
        "SCRIBELINE_AMQP_URL": given.amqp_url.get_secret_value(),
        "SCRIBELINE_AMQP_MANAGEMENT_URL": given.amqp_management_url.get_secret_value(),
        "SCRIBELINE_DATABASE_URL": given.database_url.get_secret_value(),
        "SCRIBELINE_S3_ENDPOINT": given.s3_endpoint,
        "SCRIBELINE_S3_ACCESS_KEY": given.s3_access_key.get_secret_value(),
        "SCRIBELINE_S3_SECRET_KEY": given.s3_secret_key.get_secret_value(),
        "SCRIBELINE_S3_BUCKET": given.s3_bucket,
        "SCRIBELINE_PROVISION_WAIT_SECONDS": "1",
    }


async def test_whoever_scales_sees_how_long_queues_are_and_nothing_else(provisioned: Installation) -> None:
    """What KEDA asks: an address with a user, and the virtual host beside it."""
    address = provisioned.secret("scaler", "amqp_management_url")
    host = quote(URL(provisioned.settings.amqp_url.get_secret_value()).path[1:], safe="")
    queue = f"/api/queues/{host}/{routes.CHUNKS_QUEUE}"
    async with httpx2.AsyncClient(base_url=address, timeout=10) as scaler:
        assert (await scaler.get(queue)).status_code == 200

        async def counted() -> bool:  # the node counts every few seconds
            told = (await scaler.get(queue)).json()
            return bool(told.get("messages") == 0)

        await eventually(counted, within=30)
        assert (await scaler.get("/api/queues/%2F")).status_code in (
            401,
            404,
        )  # since 4.x it is not even there
        assert (await scaler.get("/api/users")).status_code == 401
        taken = {"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"}
        assert (await scaler.post(f"{queue}/get", json=taken)).status_code != 200
        assert (await scaler.delete(f"{queue}/contents")).status_code != 204

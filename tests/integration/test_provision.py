"""Provisioning on the real servers: each service works with what it was given, and with nothing more."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
from yarl import URL

from scribeline.contracts import routes
from tests.support.audio import jfk, wav_file
from tests.support.installation import Installation, installation
from tests.support.servers import Servers
from tests.support.waiting import eventually

ALL = ("gateway", "transcriber", "analyzer", "result-writer", "notifier")


@pytest.fixture
async def provisioned(servers: Servers, tmp_path: Path) -> AsyncIterator[Installation]:
    if not servers.management_url:
        pytest.skip("users are made by RabbitMQ's management API, which is not installed")
    async with installation(servers, tmp_path / "secrets") as made:
        await made.provision()
        yield made


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
        assert (await scaler.get("/api/queues/%2F")).status_code == 401
        assert (await scaler.get("/api/users")).status_code == 401
        taken = {"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"}
        assert (await scaler.post(f"{queue}/get", json=taken)).status_code != 200
        assert (await scaler.delete(f"{queue}/contents")).status_code != 204

"""Provisioning on the real servers: each service works with what it was given, and with nothing more."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

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

"""Services that reach everything over TLS: a job goes through, and what is wrong is in their logs."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from scribeline.storage.s3 import S3Store
from tests.support.audio import JFK
from tests.support.certificates import Authority
from tests.support.encrypted import HOST, TlsRabbitMQ, front, tls_rabbitmq
from tests.support.gateway_process import KEY, gateway_process
from tests.support.ollama import FakeOllama
from tests.support.processes import Service, beside
from tests.support.servers import Servers
from tests.support.waiting import eventually

WORKERS = ("transcriber", "analyzer", "result-writer", "notifier")


@pytest.fixture
async def model() -> AsyncIterator[str]:
    with FakeOllama() as server:
        yield server.url


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[TlsRabbitMQ]:
    with tls_rabbitmq(tmp_path_factory.mktemp("tls"), authority) as running:
        yield running


@pytest.fixture
async def environment(
    servers: Servers, database_url: str, node: TlsRabbitMQ, model: str, authority: Authority, models_dir: Path
) -> AsyncIterator[dict[str, str]]:
    """Of services that reach everything over TLS, and have no other address of it."""
    tls = authority.server(HOST)
    async with (
        front(database_url, tls) as db,
        front(servers.s3_endpoint, tls) as s3,
        front(model, tls) as llm,
    ):
        yield {
            **servers.environment(),
            "SCRIBELINE_TLS_CA_FILE": str(authority.ca_file),
            "SCRIBELINE_AMQP_URL": node.amqps_url,
            "SCRIBELINE_AMQP_MANAGEMENT_URL": node.https_url,
            "SCRIBELINE_DATABASE_URL": f"{db}?sslmode=verify-full",
            "SCRIBELINE_S3_ENDPOINT": s3,
            "SCRIBELINE_OLLAMA_URL": llm,
            "SCRIBELINE_ANALYZER_ENGINE": "ollama",
            "SCRIBELINE_MODELS_DIR": str(models_dir),
            "SCRIBELINE_DEFAULT_MODEL": "tiny.en",
            "SCRIBELINE_WEBHOOK_SECRET": "a secret for tests only",
        }


async def test_a_job_goes_all_the_way_over_tls(
    environment: dict[str, str], servers: Servers, node: TlsRabbitMQ, store: S3Store, tmp_path: Path
) -> None:
    await store.ensure_bucket()
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(gateway_process(environment, tmp_path))
        for name in WORKERS:
            await (await stack.enter_async_context(beside(name, environment, tmp_path))).start()
        headers = {"Authorization": f"Bearer {KEY}"}
        client = await stack.enter_async_context(
            httpx2.AsyncClient(base_url=gateway.url, headers=headers, timeout=60)
        )
        made = await client.post("/v1/jobs", files={"audio": ("a.wav", JFK.read_bytes())})

        async def ended() -> dict[str, Any] | None:
            job: dict[str, Any] = (await client.get(f"/v1/jobs/{made.json()['id']}")).json()
            return job if job["status"] in ("completed", "failed") else None

        job = await eventually(ended, within=120)
        read = await client.get(f"/v1/jobs/{job['id']}/analysis")
        status = (await client.get("/v1/admin/status")).json()
        encrypted = await connections(node)
    assert job["status"] == "completed", job
    assert read.status_code == 200, read.text
    assert {name: part["status"] for name, part in status["checks"].items()} == dict.fromkeys(
        ("database", "store", "broker", "language_model"), "ok"
    )
    assert encrypted
    assert all(encrypted)


async def connections(node: TlsRabbitMQ) -> list[bool]:
    """Of each that the broker has, whether it is encrypted; its list is some seconds old."""

    async def listed() -> list[bool]:
        async with httpx2.AsyncClient() as client:
            found = (await client.get(f"{node.management_url}/api/connections")).json()
        return [bool(each["ssl"]) for each in found if "ssl" in each] if len(found) >= len(WORKERS) else []

    told: list[bool] = await eventually(listed)
    return told


@pytest.mark.parametrize("name", ["result-writer", "transcriber"])
async def test_a_service_that_believes_another_authority_says_so_in_its_log(
    name: str, environment: dict[str, str], node: TlsRabbitMQ, other: Authority, tmp_path: Path
) -> None:
    wrong = {**environment, "SCRIBELINE_TLS_CA_FILE": str(other.ca_file)}
    async with beside(name, wrong, tmp_path) as service:
        await service.start()
        await eventually(lambda: "its certificate is refused" in service.log.read_text())
    assert "SCRIBELINE_TLS_CA_FILE names who is believed" in service.log.read_text()
    assert node.password not in service.log.read_text()


@pytest.mark.parametrize(("setting", "content"), [("CA", None), ("CA", ""), ("CERT", "no certificate")])
async def test_a_file_that_holds_no_certificate_ends_a_service_at_start(
    setting: str, content: str | None, environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "file.pem"
    if content is not None:
        file.write_text(content)
    service = Service("notifier", {**environment, f"SCRIBELINE_TLS_{setting}_FILE": str(file)}, tmp_path)
    await service.start()
    assert await service.ended() == 1
    assert service.log.read_text().startswith(f"SCRIBELINE_TLS_{setting}_FILE: {file} cannot be read")

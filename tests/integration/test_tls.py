"""Broker, store, database and language model over TLS: whose certificate is believed."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from scribeline.contracts.failures import DependencyDown
from scribeline.language_model import LanguageModelSettings, Trouble, models
from scribeline.messaging.broker import Broker, hang_up
from scribeline.messaging.management import Management
from scribeline.messaging.topology import topology
from scribeline.settings import StoreSettings
from scribeline.storage.database import Database
from scribeline.storage.s3 import S3Store
from scribeline.trust import SYSTEM, Certificates
from tests.support.audio import JFK
from tests.support.certificates import Authority
from tests.support.encrypted import HOST, TlsRabbitMQ, front, tls_rabbitmq
from tests.support.gateway_process import KEY, gateway_process
from tests.support.ollama import FakeOllama
from tests.support.processes import Service, beside
from tests.support.servers import Servers
from tests.support.waiting import eventually

WORKERS = ("transcriber", "analyzer", "result-writer", "notifier")
TABLE = topology("tls.")

Ask = Callable[[str, Certificates], Awaitable[Any]]
"""Asks the server at that address something."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One that nobody believes."""
    return Authority(tmp_path_factory.mktemp("other"))


@pytest.fixture
def addresses(servers: Servers) -> dict[str, str]:
    """Of the servers without TLS."""
    return {
        "broker": servers.amqp_url,
        "management": servers.management_url,
        "store": servers.s3_endpoint,
        "database": servers.database_url,
    }


@pytest.fixture
def asks(servers: Servers) -> dict[str, Ask]:
    return {
        "broker": ask_broker,
        "management": lambda url, files: Management(url, servers.amqp_url, TABLE, files).held(),
        "store": lambda url, files: ask_store(servers, url, files),
        "database": lambda url, files: ask_database(f"{url}?sslmode=verify-full", files),
        "llm": ask_model,
    }


async def ask_broker(url: str, files: Certificates) -> None:
    await hang_up(await Broker(url, TABLE, certificates=files).connect("tls"))


async def ask_store(servers: Servers, url: str, files: Certificates) -> None:
    """Something of each kind: minio's own call, a presigned one, and a page of names."""
    settings = StoreSettings(
        s3_endpoint=url,
        s3_access_key=SecretStr(servers.s3_access_key),
        s3_secret_key=SecretStr(servers.s3_secret_key),
        s3_bucket=servers.s3_bucket,
        tls_ca_file=files.ca,
        tls_cert_file=files.own,
        tls_key_file=files.key,
    )
    store = S3Store(settings, part_bytes=5 * 2**20)
    try:
        upload = await store.upload("tls/parts", "audio/wav")
        await upload.write(bytes(6 * 2**20))
        await upload.complete()
        assert [page async for page in store.names("tls/")] == [["tls/parts"]]
        await store.remove(["tls/parts"])
    finally:
        store.close()


async def ask_database(url: str, files: Certificates) -> None:
    database = Database(url, pool=1, certificates=files)
    try:
        await database.ping()
    finally:
        await database.close()


async def ask_model(url: str, files: Certificates) -> None:
    await models(
        LanguageModelSettings(
            ollama_url=url, tls_ca_file=files.ca, tls_cert_file=files.own, tls_key_file=files.key
        )
    )


@pytest.fixture
async def model() -> AsyncIterator[str]:
    with FakeOllama() as server:
        yield server.url


DEPENDENCIES = ("broker", "management", "store", "database", "llm")


@pytest.mark.parametrize("name", DEPENDENCIES)
async def test_one_whose_authority_is_named_is_reached(
    name: str, addresses: dict[str, str], asks: dict[str, Ask], model: str, authority: Authority
) -> None:
    async with front({**addresses, "llm": model}[name], authority.server(HOST)) as url:
        await asks[name](url, Certificates(authority.ca_file))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("authority", "unable to get local issuer certificate; SCRIBELINE_TLS_CA_FILE names who is believed"),
        ("system", "unable to get local issuer certificate; SCRIBELINE_TLS_CA_FILE names who is believed"),
        ("name", "Hostname mismatch, certificate is not valid for 'localhost'"),
        ("expired", "certificate has expired"),
    ],
)
@pytest.mark.parametrize("name", DEPENDENCIES)
async def test_one_that_cannot_be_believed_is_refused_with_the_reason(
    name: str,
    wrong: str,
    told: str,
    addresses: dict[str, str],
    asks: dict[str, Ask],
    model: str,
    authority: Authority,
    other: Authority,
) -> None:
    shown = {"name": authority.server("elsewhere.example"), "expired": authority.expired(HOST)}
    believed = {"authority": Certificates(other.ca_file), "system": SYSTEM}
    async with front({**addresses, "llm": model}[name], shown.get(wrong, authority.server(HOST))) as url:
        with pytest.raises(DependencyDown) as down:
            await asks[name](url, believed.get(wrong, Certificates(authority.ca_file)))
    said = str(down.value)
    assert f"its certificate is refused: {told}" in said
    assert ":" + url.rpartition("@")[0].rpartition(":")[2] + "@" not in said


@pytest.mark.parametrize("name", DEPENDENCIES)
async def test_one_that_asks_for_a_certificate_is_shown_ours(
    name: str, addresses: dict[str, str], asks: dict[str, Ask], model: str, authority: Authority
) -> None:
    ours = Certificates(authority.ca_file, *authority.files("service"))
    async with front({**addresses, "llm": model}[name], authority.asking(HOST)) as url:
        await asks[name](url, ours)
        with pytest.raises((DependencyDown, Trouble)):
            await asks[name](url, replace(ours, own=None, key=None))


@pytest.mark.parametrize(
    ("query", "reached"),
    [
        ("sslmode=require", True),
        ("sslmode=verify-ca", False),
        ("sslmode=verify-ca&sslrootcert={ca}", True),
        ("sslmode=verify-full&sslrootcert={ca}", False),
        ("sslmode=require&sslrootcert={ca}", True),
        ("sslmode=require&sslrootcert={other}", False),
        ("sslmode=verify-full&sslrootcert=system", False),
        ("sslmode=disable", False),
        ("", True),
    ],
)
async def test_an_sslmode_means_what_it_means_to_libpq(
    query: str, reached: bool, servers: Servers, authority: Authority, other: Authority
) -> None:
    """Of a server that takes only TLS and shows a certificate for another name."""
    files = {"ca": authority.ca_file, "other": other.ca_file}
    async with front(servers.database_url, authority.server("elsewhere.example")) as url:
        asked = ask_database(f"{url}?{query.format(**files)}", SYSTEM)
        if reached:
            await asked
        else:
            with pytest.raises(DependencyDown):
                await asked


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("sslmode=strict", "sslmode is one of disable, allow, prefer, require, verify-ca, verify-full"),
        ("sslmode=verify-ca&sslrootcert=system", "sslrootcert=system needs sslmode=verify-full"),
        ("sslmode=verify-full&sslrootcert=/nowhere", "sslrootcert cannot be read: .*No such file"),
        ("sslrootcert=/nowhere", "sslrootcert is of no use without sslmode"),
    ],
)
def test_words_of_libpq_that_do_not_fit_are_told_without_the_password(query: str, told: str) -> None:
    with pytest.raises(ValueError, match=f"SCRIBELINE_DATABASE_URL: {told}") as wrong:
        Database(f"postgresql://somebody:secret@localhost/x?{query}")
    assert "secret" not in str(wrong.value)


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

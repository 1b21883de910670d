"""Broker, store, database and language model over TLS: whose certificate is believed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

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
from tests.support.certificates import Authority
from tests.support.encrypted import HOST, front
from tests.support.ollama import FakeOllama
from tests.support.servers import Servers

TABLE = topology("tls.")

Ask = Callable[[str, Certificates], Awaitable[Any]]
"""Asks the server at that address something."""


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

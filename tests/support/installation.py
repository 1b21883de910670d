"""An installation as provisioning makes it, on the suite's servers, with names and users of its own."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from pydantic import SecretStr
from yarl import URL

from deploy.local.ports import free_port
from scribeline.messaging.broker import Broker
from scribeline.messaging.management_api import ManagementApi
from scribeline.messaging.topology import topology
from scribeline.provision import broker, database, secret_files, store
from scribeline.provision.secret_files import LOGINS
from scribeline.provision.settings import ProvisionSettings, SecretsSettings
from scribeline.settings import Keeping
from tests.support import databases
from tests.support.processes import Service, beside
from tests.support.servers import Servers
from tests.support.waiting import eventually

SERVERS = ("amqp_url", "amqp_management_url", "database_url", "s3_access_key", "s3_secret_key")
SECRETS = (*SERVERS, "key_secret", "webhook_secret")


@dataclass(frozen=True)
class Installation:
    settings: ProvisionSettings
    """Of the administrator."""
    folder: Path
    key: str
    """The first API key."""
    port: int

    def secret(self, service: str, name: str) -> str:
        return (self.folder / service / name).read_text()

    def environment(self, service: str) -> dict[str, str]:
        """What its container is given: the files of its own folder, and no secret."""
        mine = self.folder / service
        files = {f"SCRIBELINE_{n.upper()}_FILE": str(mine / n) for n in SECRETS if (mine / n).exists()}
        return files | {
            "SCRIBELINE_S3_ENDPOINT": self.settings.s3_endpoint,
            "SCRIBELINE_S3_BUCKET": self.settings.s3_bucket,
            "SCRIBELINE_AMQP_TOPOLOGY": "bind" if service == "result-writer" else "check",
            "SCRIBELINE_HTTP_PORT": str(self.port),
            "SCRIBELINE_DEFAULT_MODEL": "tiny.en",
            "SCRIBELINE_ANALYZER_ENGINE": "extractive",
            "SCRIBELINE_SHUTDOWN_SECONDS": "5",
            **(
                {"SCRIBELINE_BOOTSTRAP_KEY_FILE": str(mine / "bootstrap_key")} if service == "gateway" else {}
            ),
        }

    @property
    def client(self) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx2.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=30)

    async def provision(self) -> None:
        for each in (broker, database, store):
            await each.provision(self.settings)

    @asynccontextmanager
    async def running(self, directory: Path, *services: str) -> AsyncIterator[Mapping[str, Service]]:
        """As processes; the gateway is ready by then."""
        async with AsyncExitStack() as stack:
            made = {
                name: await stack.enter_async_context(beside(name, self.environment(name), directory))
                for name in services
            }
            for service in made.values():
                await service.start()
            await eventually(self._ready, within=120)  # five processes at once on a busy machine
            yield made

    async def _ready(self) -> bool:
        async with self.client as client:
            try:
                return (await client.get("/readyz")).status_code == 200
            except httpx2.TransportError:
                return False


@asynccontextmanager
async def installation(servers: Servers, folder: Path) -> AsyncIterator[Installation]:
    """Secrets are made, and nothing else yet; afterwards nothing is left."""
    name = f"i{secrets.token_hex(4)}"
    await databases.create(servers.database_url, name)
    given = ProvisionSettings(
        amqp_url=SecretStr(str(URL(servers.amqp_url).with_path(f"/{name}"))),
        amqp_management_url=SecretStr(servers.management_url),
        database_url=SecretStr(databases.named(servers.database_url, name)),
        s3_endpoint=servers.s3_endpoint,
        s3_access_key=SecretStr(servers.s3_access_key),
        s3_secret_key=SecretStr(servers.s3_secret_key),
        s3_bucket=f"b{name}",
        secrets_dir=folder,
    )
    key = secret_files.make(addresses(given))
    assert key is not None
    _rename_users(folder, name)
    try:
        yield Installation(given, folder, key, free_port())
    finally:
        await _forget(servers, given, name)


def addresses(given: ProvisionSettings) -> SecretsSettings:
    return SecretsSettings(
        secrets_dir=given.secrets_dir,
        amqp_address=str(URL(given.amqp_url.get_secret_value()).with_user(None)),
        amqp_management_address=str(URL(given.amqp_management_url.get_secret_value()).with_user(None)),
        database_address=str(URL(given.database_url.get_secret_value()).with_user(None)),
    )


def _rename_users(folder: Path, name: str) -> None:
    """Users are the whole server's, which may be somebody's own."""
    for service in {*secret_files.ON_BROKER, *secret_files.MANAGING}:
        for secret in SERVERS:
            file = folder / service / secret
            if file.exists():
                file.chmod(0o600)
                file.write_text(
                    file.read_text().replace("scribeline-", f"{name}-").replace("//scribeline_", f"//{name}_")
                )


async def _forget(servers: Servers, given: ProvisionSettings, name: str) -> None:
    api = ManagementApi(servers.management_url, given.amqp_url.get_secret_value())
    async with api.open() as calls:
        for user in await calls.get("users"):
            if user["name"].startswith(f"{name}-"):
                await calls.delete("users", user["name"])
        await calls.delete("vhosts", name)
    await databases.drop(servers.database_url, name)
    for login in LOGINS.values():
        role = login.replace("scribeline_", f"{name}_")
        await databases.run(servers.database_url, f'DROP ROLE IF EXISTS "{role}"')


def broker_of(installation: Installation, service: str) -> Broker:
    url = installation.secret(service, "amqp_url")
    keeping: Keeping = "bind" if service == "result-writer" else "check"
    return Broker(url, topology(), heartbeat=10, keeping=keeping, service=service)


async def command(what: str, environment: Mapping[str, str]) -> tuple[int, str]:
    """`python -m scribeline.provision WHAT`: its status, and what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "scribeline.provision",
        what,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    return process.returncode or 0, told.decode()

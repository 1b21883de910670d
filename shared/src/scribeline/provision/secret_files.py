"""The folders of secrets: one for each service and server, with what it needs to know and nothing else.

    gateway/amqp_url  gateway/database_url  ...        read by SCRIBELINE_AMQP_URL_FILE and the like
    provision/...                                      of administrators: for `provision broker` and the rest
    rabbitmq/rabbitmq.conf  postgres/password  ...     of the servers, read when they are first started
    keyring/...                                        what was made up; see keyring.py

Users of the broker and the store are called `scribeline-SERVICE`, logins of the database
`scribeline_gateway_login` and so on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from yarl import URL

from scribeline.messaging.service_rights import SCALER
from scribeline.provision.keyring import Keyring, write
from scribeline.provision.settings import SecretsSettings

ADMIN = "scribeline-admin"
DATABASE_ADMIN = "postgres"
SERVICE_UID = 10001
OWNERS: Mapping[str, int] = {"rabbitmq": 999, "postgres": 999, "store": 0, "grafana": 472, "keyring": 0}
"""Who runs the servers' images; services, and provisioning, run as `SERVICE_UID`."""

ON_BROKER = ("gateway", "transcriber", "analyzer", "result-writer", "notifier")
MANAGING = ("gateway", "result-writer", SCALER)
LOGINS: Mapping[str, str] = {
    "gateway": "scribeline_gateway_login",
    "result-writer": "scribeline_writer_login",
    "notifier": "scribeline_notifier_login",
}
IN_STORE = ("gateway", "transcriber", "result-writer")
WITH_WEBHOOKS = ("gateway", "notifier")

BROKER_MEMORY = 600_000_000
"""Bytes above which the broker lets publishers wait. It sees the machine's memory and not the limit of
its container, which leaves room for what it takes while it writes messages to disk."""
BROKER_CONFIGURATION = """default_user = {user}
default_pass = {password}
default_user_tags.administrator = true
disk_free_limit.absolute = 1GB
vm_memory_high_watermark.absolute = {memory}
log.console = true
"""


@dataclass(frozen=True)
class SecretFile:
    folder: str
    name: str
    content: str


def make(settings: SecretsSettings) -> str | None:
    """Write all folders; what is there already keeps its secrets. Returns the first API key if it is new."""
    ring = Keyring(settings.secrets_dir / "keyring")
    key, is_new = ring.get("bootstrap_key", "sl_")
    for file in all_files(settings, ring):
        owner = OWNERS.get(file.folder, SERVICE_UID)
        write(settings.secrets_dir / file.folder / file.name, file.content, owner)
    return key if is_new else None


def all_files(settings: SecretsSettings, ring: Keyring) -> Iterator[SecretFile]:
    yield from _of_broker(settings, ring)
    yield from _of_database(settings, ring)
    yield from _of_store(ring)
    for name, services in (("key_secret", ("gateway",)), ("webhook_secret", WITH_WEBHOOKS)):
        for service in services:
            yield SecretFile(service, name, ring.get(name)[0])
    yield SecretFile("gateway", "bootstrap_key", ring.get("bootstrap_key")[0])
    yield SecretFile("grafana", "admin_password", ring.get("grafana_admin")[0])


def _of_broker(settings: SecretsSettings, ring: Keyring) -> Iterator[SecretFile]:
    amqp, http = settings.amqp_address, settings.amqp_management_address
    for service in ON_BROKER:
        yield SecretFile(service, "amqp_url", _url(amqp, f"scribeline-{service}", ring, f"broker_{service}"))
    for service in MANAGING:
        user, kept = f"scribeline-{service}-management", f"management_{service}"
        yield SecretFile(service, "amqp_management_url", _url(http, user, ring, kept))
    yield SecretFile("provision", "amqp_url", _url(amqp, ADMIN, ring, "broker_admin"))
    yield SecretFile("provision", "amqp_management_url", _url(http, ADMIN, ring, "broker_admin"))
    password = ring.get("broker_admin")[0]
    configuration = BROKER_CONFIGURATION.format(user=ADMIN, password=password, memory=BROKER_MEMORY)
    yield SecretFile("rabbitmq", "rabbitmq.conf", configuration)


def _of_database(settings: SecretsSettings, ring: Keyring) -> Iterator[SecretFile]:
    address = settings.database_address
    for service, login in LOGINS.items():
        yield SecretFile(service, "database_url", _url(address, login, ring, f"database_{service}"))
    yield SecretFile("provision", "database_url", _url(address, DATABASE_ADMIN, ring, "database_admin"))
    yield SecretFile("postgres", "password", ring.get("database_admin")[0])


def _of_store(ring: Keyring) -> Iterator[SecretFile]:
    for service in IN_STORE:
        yield from _keys(service, f"scribeline-{service}", ring.get(f"store_{service}")[0])
    root = ring.get("store_admin")[0]
    yield from _keys("provision", ADMIN, root)
    yield SecretFile("store", "access_key", ADMIN)
    yield SecretFile("store", "secret_key", root)


def _keys(folder: str, user: str, secret: str) -> Iterator[SecretFile]:
    yield SecretFile(folder, "s3_access_key", user)
    yield SecretFile(folder, "s3_secret_key", secret)


def _url(address: str, user: str, ring: Keyring, name: str) -> str:
    return str(URL(address).with_user(user).with_password(ring.get(name)[0]))

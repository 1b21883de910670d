"""From the caller's environment to what is started and what the services are told."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.objectstore import ObjectStore
from deploy.local.postgres import Postgres
from deploy.local.program import CannotRun
from deploy.local.rabbitmq import RabbitMQ
from deploy.local.services import reachable
from deploy.local.state import State

CLIENT = ("SCRIBELINE_URL", "SCRIBELINE_API_KEY", "SCRIBELINE_STATE_DIR")
"""For clients and for us, not for the services."""

PLACES = (
    "SCRIBELINE_AMQP_URL",
    "SCRIBELINE_DATABASE_URL",
    "SCRIBELINE_S3_ENDPOINT",
    "SCRIBELINE_S3_ACCESS_KEY",
    "SCRIBELINE_S3_SECRET_KEY",
)


@dataclass(frozen=True)
class Configuration:
    """Servers to start (None: given by URL), the services' settings, and what a client needs."""

    rabbitmq: RabbitMQ | None
    postgres: Postgres | None
    objectstore: ObjectStore | None
    settings: Mapping[str, str]
    client: Mapping[str, str]
    bucket_given: bool

    @property
    def amqp_url(self) -> str:
        return self.settings["SCRIBELINE_AMQP_URL"]

    @property
    def database_url(self) -> str:
        return self.settings["SCRIBELINE_DATABASE_URL"]

    @property
    def own(self) -> dict[str, str]:
        """What of `.scribeline/env` was made up here: addresses of what is started, and the bucket."""
        started = {
            "SCRIBELINE_AMQP_URL": self.rabbitmq,
            "SCRIBELINE_AMQP_MANAGEMENT_URL": self.rabbitmq,
            "SCRIBELINE_DATABASE_URL": self.postgres,
            "SCRIBELINE_S3_ENDPOINT": self.objectstore,
            "SCRIBELINE_S3_ACCESS_KEY": self.objectstore,
            "SCRIBELINE_S3_SECRET_KEY": self.objectstore,
        }
        own = {name: self.client[name] for name, server in started.items() if server is not None}
        return (
            own if self.bucket_given else own | {"SCRIBELINE_S3_BUCKET": self.client["SCRIBELINE_S3_BUCKET"]}
        )


def callers_settings(own: Mapping[str, str]) -> dict[str, str]:
    """SCRIBELINE_* of the environment, less what `.scribeline/env` had put there: that is no gift."""
    given = {
        name: value
        for name, value in sorted(os.environ.items())
        if name.startswith("SCRIBELINE_") and name not in CLIENT and value and own.get(name) != value
    }
    return {**_from_files(given), **given}


def _from_files(given: Mapping[str, str]) -> dict[str, str]:
    """Places of servers that are given as files, as the services may be told them too."""
    names = [name for name in PLACES if f"{name}_FILE" in given]
    try:
        return {name: Path(given[f"{name}_FILE"]).read_text().strip() for name in names}
    except OSError as error:
        raise CannotRun(f"{error.filename} cannot be read: {error.strerror}.") from error


def configure(given: Mapping[str, str], state: State) -> Configuration:
    """Raises CannotRun when what is given is incomplete."""
    rabbitmq = None if "SCRIBELINE_AMQP_URL" in given else _rabbitmq(state)
    postgres = None if "SCRIBELINE_DATABASE_URL" in given else _postgres(state)
    bucket = given.get("SCRIBELINE_S3_BUCKET", "scribeline")
    objectstore = None if "SCRIBELINE_S3_ENDPOINT" in given else _objectstore(state, bucket)
    places = {
        "SCRIBELINE_AMQP_URL": rabbitmq.url if rabbitmq else given["SCRIBELINE_AMQP_URL"],
        "SCRIBELINE_AMQP_MANAGEMENT_URL": rabbitmq.management_url
        if rabbitmq
        else given.get("SCRIBELINE_AMQP_MANAGEMENT_URL", ""),
        "SCRIBELINE_DATABASE_URL": postgres.url if postgres else given["SCRIBELINE_DATABASE_URL"],
        **(_store_places(objectstore) if objectstore else _given_store(given)),
        "SCRIBELINE_S3_BUCKET": bucket,
    }
    settings = {**_defaults(given, state), **given, **places}
    if not settings["SCRIBELINE_HTTP_PORT"].isdecimal():
        raise CannotRun(f"SCRIBELINE_HTTP_PORT must be a number, not {settings['SCRIBELINE_HTTP_PORT']!r}.")
    url = f"http://{reachable(settings['SCRIBELINE_HTTP_HOST'])}:{settings['SCRIBELINE_HTTP_PORT']}"
    client = {"SCRIBELINE_URL": url, "SCRIBELINE_API_KEY": _api_key(settings), **places}
    return Configuration(rabbitmq, postgres, objectstore, settings, client, "SCRIBELINE_S3_BUCKET" in given)


def _defaults(given: Mapping[str, str], state: State) -> dict[str, str]:
    """What the caller may override."""
    defaults = {
        "SCRIBELINE_HTTP_HOST": "127.0.0.1",
        "SCRIBELINE_HTTP_PORT": given.get("SCRIBELINE_HTTP_PORT") or str(state.port("gateway")),
    }
    if "SCRIBELINE_BOOTSTRAP_KEY_FILE" not in given:
        state.secret("api_key", "sl_")
        defaults["SCRIBELINE_BOOTSTRAP_KEY_FILE"] = str(state.secret_file("api_key"))
    if not given.keys() & {"SCRIBELINE_KEY_SECRET", "SCRIBELINE_KEY_SECRET_FILE"}:
        state.secret("key_secret")
        defaults["SCRIBELINE_KEY_SECRET_FILE"] = str(state.secret_file("key_secret"))
    if not given.keys() & {"SCRIBELINE_WEBHOOK_SECRET", "SCRIBELINE_WEBHOOK_SECRET_FILE"}:
        state.secret("webhook_secret")
        defaults["SCRIBELINE_WEBHOOK_SECRET_FILE"] = str(state.secret_file("webhook_secret"))
    return defaults


def _api_key(settings: Mapping[str, str]) -> str:
    try:
        return Path(settings["SCRIBELINE_BOOTSTRAP_KEY_FILE"]).read_text().strip()
    except OSError as error:
        raise CannotRun(f"SCRIBELINE_BOOTSTRAP_KEY_FILE cannot be read: {error.strerror}.") from error


def _rabbitmq(state: State) -> RabbitMQ:
    return RabbitMQ(
        state.data / "rabbitmq",
        password=state.secret("rabbitmq"),
        port=state.port("rabbitmq"),
        management_port=state.port("rabbitmq-management"),
        prometheus_port=state.port("rabbitmq-prometheus"),
        distribution_port=state.port("rabbitmq-distribution"),
        epmd_port=state.port("epmd"),
    )


def _postgres(state: State) -> Postgres:
    return Postgres(state.data / "postgres", state.port("postgres"), state.secret("postgres"))


def _objectstore(state: State, bucket: str) -> ObjectStore:
    return ObjectStore(
        state.data / "objectstore",
        port=state.port("objectstore"),
        metrics_port=state.port("objectstore-metrics"),
        access_key="scribeline",
        secret_key=state.secret("objectstore"),
        bucket=bucket,
    )


def _store_places(store: ObjectStore) -> dict[str, str]:
    return {
        "SCRIBELINE_S3_ENDPOINT": store.endpoint,
        "SCRIBELINE_S3_ACCESS_KEY": store.access_key,
        "SCRIBELINE_S3_SECRET_KEY": store.secret_key,
    }


def _given_store(given: Mapping[str, str]) -> dict[str, str]:
    names = ("SCRIBELINE_S3_ENDPOINT", "SCRIBELINE_S3_ACCESS_KEY", "SCRIBELINE_S3_SECRET_KEY")
    missing = [name for name in names if not given.get(name)]
    if missing:
        raise CannotRun(f"SCRIBELINE_S3_ENDPOINT is set, so set {' and '.join(missing)} too.")
    return {name: given[name] for name in names}

"""Settings from the environment and secret files: `SCRIBELINE_NAME`, or `SCRIBELINE_NAME_FILE` naming a file.

Each service has one class made of the parts it needs; a field's docstring is its documentation
(`docs/configuration.md` is generated from them).
"""

import os
import sys
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "SCRIBELINE_"

Keeping = Literal["declare", "bind", "check"]


class FileSource(PydanticBaseSettingsSource):
    """`SCRIBELINE_X_FILE=/run/secrets/x` gives the file's content, without its last newline, to `x`."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        return (Path(path).read_text().rstrip("\r\n") if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        values = {
            name: self.get_field_value(info, name)[0]
            for name, info in self.settings_cls.model_fields.items()
            if f"{name}_file" not in self.settings_cls.model_fields
        }
        return {name: value for name, value in values.items() if value is not None}


class Settings(BaseSettings):
    """Base of every service's settings."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="ignore", frozen=True, use_attribute_docstrings=True
    )

    log_level: str = "INFO"
    """Least severe level that is logged: DEBUG, INFO, WARNING or ERROR."""
    shutdown_seconds: float = Field(default=25.0, gt=0)
    """Budget to finish the work in hand after SIGTERM."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, FileSource(settings_cls)


AnySettings = TypeVar("AnySettings", bound=Settings)


def load(kind: type[AnySettings]) -> AnySettings:
    """A service's settings; one that is not allowed ends the process with a sentence that names it."""
    try:
        return kind()
    except ValidationError as error:
        wrong = [f"{PREFIX}{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
    except OSError as error:
        wrong = [f"a secret's file cannot be read: {error}"]
    sys.exit("\n".join(wrong))


class HealthSettings(Settings):
    """Of services whose only HTTP is `/metrics`, `/healthz` and `/readyz`."""

    health_host: str = "127.0.0.1"
    """Address that serves `/metrics`, `/healthz` and `/readyz` of a worker."""
    health_port: int = Field(default=0, ge=0, le=65535)
    """Port of the above; 0 takes a free one and logs it."""


class BrokerSettings(Settings):
    amqp_url: SecretStr = SecretStr("amqp://guest:guest@127.0.0.1:5672/")
    """RabbitMQ, with user and password."""
    amqp_prefix: str = Field(default="", pattern=r"^[a-z0-9._-]{0,40}$")
    """Put before every exchange's and queue's name, so that installations can share a broker."""
    amqp_heartbeat: int = Field(default=30, ge=5, le=600)
    """Seconds between heartbeats; a silent broker is given up after about three."""
    amqp_topology: Keeping = "declare"
    """What is done about exchanges, queues and bindings on each connection. `declare` makes what is missing,
    which takes a user who may do everything. Users with the least rights, as `scribeline.provision` makes
    them, `check` that exchanges and queues are there, and wait until they are; the result-writer's also may
    `bind`, and makes bindings that are missing."""


class ManagementSettings(Settings):
    amqp_management_url: SecretStr = SecretStr("")
    """RabbitMQ's management API, with user and password: `http://user:password@host:15672`. Without it nobody
    is told how many messages consumers have in hand, and what the broker lost is sent again only when an
    operator says so (`scribeline jobs resume`). Subscribers are made by it, too: for them the user needs the
    tag `administrator`."""


class StoreSettings(Settings):
    s3_endpoint: str = "http://127.0.0.1:9000"
    """Object store: MinIO or any other S3, with its scheme."""
    s3_access_key: SecretStr = SecretStr("")
    """Access key of the object store."""
    s3_secret_key: SecretStr = SecretStr("")
    """Secret key of the object store."""
    s3_bucket: str = "scribeline"
    """Bucket of all recordings."""
    s3_region: str = "us-east-1"
    """Region that requests are signed for."""


class DatabaseSettings(Settings):
    database_url: SecretStr = SecretStr("postgresql://127.0.0.1:5432/scribeline")
    """PostgreSQL 15 or newer."""
    database_pool: int = Field(default=10, ge=1, le=200)
    """Most connections one process opens."""

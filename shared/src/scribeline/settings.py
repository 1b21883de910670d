"""Settings from the environment and secret files: `SCRIBELINE_NAME`, or `SCRIBELINE_NAME_FILE` naming a file.

Each service has one class made of the parts it needs; a field's docstring is its documentation
(`docs/configuration.md` is generated from them).
"""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import parse_qsl

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from scribeline.addresses import address
from scribeline.sslmode import arguments
from scribeline.trust import Certificates

PREFIX = "SCRIBELINE_"

Keeping = Literal["declare", "bind", "check"]
Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


class FileSource(PydanticBaseSettingsSource):
    """`SCRIBELINE_X_FILE=/run/secrets/x` gives the file's content, without its last newline, to `x`."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        variable = f"{PREFIX}{field_name.upper()}_FILE"
        path = os.environ.get(variable)
        try:
            return (Path(path).read_text("utf-8").rstrip("\r\n") if path else None), field_name, False
        except OSError as error:
            raise OSError(f"{variable}: {path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError:  # which would tell a byte of it
            raise OSError(f"{variable}: {path} cannot be read: no UTF-8") from None

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
        env_prefix=PREFIX,
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,  # it may be a secret
    )

    log_level: Annotated[Level, BeforeValidator(lambda given: str(given).strip().upper())] = "INFO"
    """Least severe level that is logged."""
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
        wrong = [_told(".".join(map(str, e["loc"])).upper(), e["msg"]) for e in error.errors()]
    except OSError as error:
        wrong = [str(error)]
    sys.exit("\n".join(wrong))


def _told(setting: str, why: str) -> str:
    """What concerns several of them names them itself."""
    why = why.removeprefix("Value error, ")
    return f"{PREFIX}{setting}: {why}" if setting else why


class TlsSettings(Settings):
    """Of services that reach others over TLS: each address says for itself whether it does."""

    tls_ca_file: Path | None = None
    """Certificates (PEM) of the authorities that are believed when broker, its management API, object store,
    database or language model are reached over TLS; in place of the system's. Read at start."""
    tls_cert_file: Path | None = None
    """The service's own certificate (PEM, with its chain), for servers that ask for one."""
    tls_key_file: Path | None = None
    """Key of that certificate, where it does not stand in the same file. Not locked by a password."""

    @property
    def certificates(self) -> Certificates:
        return Certificates(self.tls_ca_file, self.tls_cert_file, self.tls_key_file)

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if self.tls_key_file is not None and self.tls_cert_file is None:
            raise ValueError("SCRIBELINE_TLS_KEY_FILE needs SCRIBELINE_TLS_CERT_FILE")
        for name, files in {
            "CA": Certificates(self.tls_ca_file),
            "CERT": Certificates(own=self.tls_cert_file, key=self.tls_key_file),
        }.items():
            given = " and ".join(str(file) for file in (files.ca, files.own, files.key) if file)
            try:
                _ = files.context() if given else None
            except OSError as error:
                told = f"SCRIBELINE_TLS_{name}_FILE: {given} cannot be read as certificates: {error}"
                raise ValueError(told) from error
        return self


class TelemetrySettings(TlsSettings):
    otlp_endpoint: Annotated[str, address("http", "https")] = ""
    """Collector that traces are sent to by OTLP over HTTP, as `http://collector:4318`; `/v1/traces` is added.
    What else the exporter can be told, such as headers, stands in OpenTelemetry's own variables
    (`OTEL_EXPORTER_OTLP_HEADERS`). Empty: nothing is sent."""


class HealthSettings(TelemetrySettings):
    """Of services whose only HTTP is `/metrics`, `/healthz` and `/readyz`."""

    health_host: str = "127.0.0.1"
    """Address that serves `/metrics`, `/healthz` and `/readyz` of a worker."""
    health_port: int = Field(default=0, ge=0, le=65535)
    """Port of the above; 0 takes a free one and logs it."""


class BrokerSettings(TlsSettings):
    amqp_url: Annotated[SecretStr, address("amqp", "amqps")] = SecretStr("amqp://guest:guest@127.0.0.1:5672/")
    """RabbitMQ, with user and password; over TLS where it begins with `amqps://`."""
    amqp_prefix: str = Field(default="", pattern=r"^[a-z0-9._-]{0,40}$")
    """Put before every exchange's and queue's name, so that installations can share a broker."""
    amqp_heartbeat: int = Field(default=30, ge=5, le=600)
    """Seconds between heartbeats; a silent broker is given up after about three."""
    amqp_topology: Keeping = "declare"
    """What is done about exchanges, queues and bindings on each connection. `declare` makes what is missing,
    which takes a user who may do everything. Users with the least rights, as `scribeline.provision` makes
    them, `check` that those exchanges and queues are there which their service uses, and wait until they are
    (RabbitMQ 4.3 tells nobody of others; what the user is called does not matter); the result-writer's also
    may `bind`, and makes bindings that are missing."""


class ManagementSettings(TlsSettings):
    amqp_management_url: Annotated[SecretStr, address("http", "https")] = SecretStr("")
    """RabbitMQ's management API, with user and password: `http://user:password@host:15672`. Without it nobody
    is told how many messages consumers have in hand, and what the broker lost is sent again only when an
    operator says so (`scribeline jobs resume`). Subscribers are made by it, too: for them the user needs the
    tag `administrator`."""


class StoreSettings(TlsSettings):
    s3_endpoint: Annotated[str, address("http", "https")] = "http://127.0.0.1:9000"
    """Object store: MinIO or any other S3, with its scheme (`http` or `https`)."""
    s3_access_key: SecretStr = SecretStr("")
    """Access key of the object store."""
    s3_secret_key: SecretStr = SecretStr("")
    """Secret key of the object store."""
    s3_bucket: str = "scribeline"
    """Bucket of all recordings."""
    s3_region: str = "us-east-1"
    """Region that requests are signed for."""


class DatabaseSettings(TlsSettings):
    database_url: SecretStr = SecretStr("postgresql://127.0.0.1:5432/scribeline")
    """PostgreSQL 15 or newer. With `?sslmode=verify-full` it is reached over TLS and its certificate is
    checked; the other modes of libpq, `sslrootcert`, `sslcert` and `sslkey` mean what they mean there."""
    database_pool: int = Field(default=10, ge=1, le=200)
    """Most connections one process opens."""

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        """As SQLAlchemy reads it, whose passwords may hold a `?`."""
        scheme, _, rest = self.database_url.get_secret_value().partition("://")
        if scheme.split("+")[0] not in ("postgresql", "postgres"):
            raise ValueError("SCRIBELINE_DATABASE_URL: must begin with postgresql://")
        arguments(dict(parse_qsl((rest.partition("@")[2] or rest).partition("?")[2])), self.certificates)
        return self

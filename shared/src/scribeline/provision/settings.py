"""Settings of provisioning: the servers, with users who may make others, and where the secrets lie."""

from pathlib import Path

from pydantic import Field

from scribeline.settings import BrokerSettings, DatabaseSettings, ManagementSettings, Settings, StoreSettings


class SecretsSettings(Settings):
    secrets_dir: Path = Path("/secrets")
    """Folder with one folder of secrets for each service, by its name."""
    amqp_address: str = Field(default="amqp://rabbitmq:5672/scribeline", pattern=r"^amqps?://[^@]+$")
    """The broker as services reach it, with its virtual host and without a user."""
    amqp_management_address: str = Field(default="http://rabbitmq:15672", pattern=r"^https?://[^@]+$")
    """Its management API, without a user."""
    database_address: str = Field(
        default="postgresql://postgres:5432/scribeline", pattern=r"^postgresql://[^@]+$"
    )
    """The database, without a user."""


class ProvisionSettings(BrokerSettings, ManagementSettings, DatabaseSettings, StoreSettings):
    """The users named here are administrators: they make those of the services, whom its folder names."""

    secrets_dir: Path = Path("/secrets")
    """Folder with one folder of secrets for each service, by its name."""
    provision_wait_seconds: float = Field(default=120.0, gt=0)
    """How long a server that does not answer is waited for."""

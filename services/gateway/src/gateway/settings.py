"""Settings of the gateway."""

from collections.abc import Collection
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, PrivateAttr, SecretStr, field_validator
from pydantic_settings import NoDecode

from gateway.fetching.settings import FetchSettings
from gateway.pace import Pace
from gateway.presigned.settings import UploadSettings
from scribeline.contracts.api.tenants import PerSecond
from scribeline.language_model import LanguageModelSettings
from scribeline.outbound.settings import WebhookSettings
from scribeline.settings import (
    BrokerSettings,
    DatabaseSettings,
    ManagementSettings,
    StoreSettings,
    TelemetrySettings,
)
from scribeline.storage.roles import GATEWAY

KIB = 2**10
MIB = 2**20
GIB = 2**30


class GatewaySettings(
    TelemetrySettings,
    BrokerSettings,
    ManagementSettings,
    StoreSettings,
    DatabaseSettings,
    LanguageModelSettings,
    FetchSettings,
    UploadSettings,
    WebhookSettings,
):
    database_role: str = Field(default=GATEWAY, max_length=63)
    """Role that the gateway takes in the database, where row-level security shows it one tenant at a time.
    Migrating lets the login of `SCRIBELINE_DATABASE_URL` take it. Empty: that login keeps its own rights, as
    one that is the gateway's alone and a member of `scribeline_gateway`."""
    http_host: str = "127.0.0.1"
    """Address the HTTP API is served on."""
    http_port: int = Field(default=8000, ge=0, le=65535)
    """Port of the HTTP API."""
    key_secret: SecretStr = Field(min_length=16)
    """Secret under which API keys are digested, the same for every gateway; at least 16 characters.
    Another secret makes every key invalid."""
    bootstrap_key_file: Path | None = None
    """File with an API key (16 characters or more) that is added at start, for tenant `default` and with
    every scope. One that was revoked stays revoked."""
    key_cache_seconds: float = Field(default=3.0, ge=0, le=60)
    """How long a key is believed without asking the database: within it, a revoked key still works."""
    rate_limit_per_second: PerSecond = Field(default=200.0, le=1e6)
    """Requests a second that each API key may make at each gateway; more are answered 429 `rate_limited`. 0
    is without bound, else it is 0.001 or more. A tenant's own setting takes its place."""
    rate_limit_burst: int = Field(default=1000, ge=1, le=10**6)
    """Most requests of a key at once, after a while without any."""
    wrong_keys_per_minute: int = Field(default=20, ge=0, le=10**6)
    """Wrong API keys a minute that are answered 401 to one client address by each gateway (of IPv6, one /64);
    further ones are answered 429 `rate_limited`, and keys from there that are not known yet are looked up one
    at a time. 0 is without bound."""
    wrong_keys_per_minute_in_all: int = Field(default=1200, ge=0, le=10**6)
    """As `wrong_keys_per_minute`, of all addresses together."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses or networks of proxies before the gateway, separated by commas, such as `10.0.0.0/8`: of
    them, and of nobody else, `X-Forwarded-For` is believed. Without it, all who come through a proxy have its
    address."""
    upload_max_bytes: int = Field(default=5 * GIB, ge=1)
    """Largest recording that is accepted."""
    upload_idle_seconds: float = Field(default=60.0, gt=0)
    """An upload that sends nothing for so long is given up."""
    upload_bytes_per_second: float = Field(default=1024.0, ge=0)
    """An upload that is slower than this on average, once `upload_idle_seconds` were spent waiting for it, is
    given up."""
    head_seconds: float = Field(default=15.0, gt=0)
    """A connection is closed when a request's head has not come within so long."""
    uploads_max: int = Field(default=64, ge=1)
    """Most uploads that one gateway takes in at once; each needs up to 25 MB of memory. More are answered
    429 `too_many_uploads`. One place in eight is kept for tenants that have no upload under way."""
    streams_max: int = Field(default=1000, ge=1)
    """Most clients of one gateway that follow events or wait for a job's end; more are answered 429
    `too_many_streams`. One place in eight is kept for tenants that have none."""
    openai_wait_seconds: float = Field(default=570.0, gt=0, le=86_400)
    """How long a request of the OpenAI-compatible API waits for its transcript; then it is answered 504, with
    the job's id, and the job goes on. OpenAI's own clients give up after 600 s, which cancels the job. With
    `stream=true` there is no such bound."""
    field_max_bytes: int = Field(default=32 * KIB, ge=1)
    """Largest single form field beside the recording."""
    fields_max: int = Field(default=64, ge=1)
    """Most form fields of one upload, the recording included."""
    metadata_max_bytes: int = Field(default=8 * KIB, ge=2)
    """Largest `metadata` of a job, as JSON in UTF-8."""
    short_max_bytes: int = Field(default=4 * MIB, ge=0)
    """Recordings up to this size are tried in the lane of short ones, which hands back what is long."""
    models_allowed: Annotated[tuple[str, ...], NoDecode] = ()
    """Transcription models that a request may name, separated by commas, beside the default one."""
    window: int = Field(default=32, ge=1, le=10_000)
    """Most units of one tenant in each work queue at a time; its others wait in the database, its jobs
    in turn."""
    templates_max: int = Field(default=100, ge=0)
    """Most templates of its own that one tenant may have."""
    webhooks_max: int = Field(default=20, ge=0)
    """Most webhooks that one tenant may have, beside those of single jobs; keys of one owner make a quarter
    of them at most, and at least one."""
    default_model: str = "base"
    """Transcription model used where a job names none."""
    amqp_public_url: str | None = Field(default=None, pattern=r"^amqps?://[^/?#@\s]+$")
    """The broker as subscribers reach it (`amqps://events.example.com:5671`), where that is not
    `SCRIBELINE_AMQP_URL`. The address that a subscriber is given has it, with a user of its own."""
    retry_after_seconds: int = Field(default=2, ge=1)
    """What `Retry-After` suggests while a result or a dependency is not there."""

    _only: frozenset[str] | None = PrivateAttr(default=None)

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(each)) for each in given)

    @field_validator("models_allowed", "trusted_proxies", mode="before")
    @classmethod
    def _listed(cls, given: object) -> object:
        return tuple(filter(None, map(str.strip, given.split(",")))) if isinstance(given, str) else given

    @property
    def upload_pace(self) -> Pace:
        """Of one body."""
        return Pace(self.upload_bytes_per_second, self.upload_idle_seconds)

    @property
    def models(self) -> frozenset[str]:
        """Every model a request may name."""
        offered = frozenset({self.default_model, *self.models_allowed})
        return offered if self._only is None else offered & self._only

    def offering(self, only: Collection[str] | None) -> Self:
        """The same for a tenant that may use no other models; None is all."""
        if only is None:
            return self
        narrowed = self.model_copy()
        narrowed._only = frozenset(only)
        return narrowed

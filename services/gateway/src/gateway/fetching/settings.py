"""Settings of fetching recordings by their addresses."""

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from scribeline.outbound.rules import Rules, ports_of
from scribeline.outbound.settings import separated
from scribeline.settings import Settings


class FetchSettings(Settings):
    fetch_hosts_allowed: Annotated[tuple[str, ...], NoDecode] = ()
    """Hosts of `audio_url` that may be inside your network, separated by commas: `media.corp`, or
    `media.corp:8080` for one port. Exactly these names, however they resolve; all others must be on the
    public internet."""
    fetch_ports: Annotated[tuple[str, ...], NoDecode] = ("80", "443", "1024-65535")
    """Ports that an `audio_url` may name, separated by commas. With none at all, recordings are fetched only
    from hosts that are allowed with their port."""
    fetch_seconds: float = Field(default=900.0, gt=0)
    """Longest time to fetch one recording."""
    fetch_bytes_per_second: int = Field(default=4096, ge=0)
    """A server that sends less, on average over more than `SCRIBELINE_UPLOAD_IDLE_SECONDS` of waiting for it,
    is given up."""

    @field_validator("fetch_hosts_allowed", "fetch_ports", mode="before")
    @classmethod
    def _separated(cls, given: object) -> object:
        return separated(given)

    @field_validator("fetch_ports")
    @classmethod
    def _ranges(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        ports_of(given)
        return given

    @property
    def fetch_rules(self) -> Rules:
        return Rules(frozenset(self.fetch_hosts_allowed), ports_of(self.fetch_ports))

"""Settings of what is sent to addresses that users name."""

from typing import Annotated

from pydantic import SecretStr, field_validator
from pydantic_settings import NoDecode

from scribeline.outbound.rules import Rules, ports_of
from scribeline.settings import Settings


def separated(given: object) -> object:
    """What a variable holds, separated by commas."""
    if not isinstance(given, str):
        return given
    return tuple(item.strip().lower() for item in given.split(",") if item.strip())


class WebhookSettings(Settings):
    """Of the gateway, which takes addresses, and the notifier, which sends to them: the same for both.

    No name of a validator may be one of `FetchSettings`: the gateway has both, and would have one of the two.
    """

    webhook_secret: SecretStr = SecretStr("")
    """Secret that the secrets of all webhooks are derived from, the same for every gateway and notifier; at
    least 16 characters. With another one every webhook has another secret. Without it there are none."""
    webhook_hosts_allowed: Annotated[tuple[str, ...], NoDecode] = ()
    """Hosts of webhooks that may be inside your network and without encryption, separated by commas:
    `hooks.corp`, or `hooks.corp:8080` for one port. Exactly these names, however they resolve; all others
    must be `https` and on the public internet."""
    webhook_ports: Annotated[tuple[str, ...], NoDecode] = ("443", "1024-65535")
    """Ports that a webhook's address may name, separated by commas. With none at all, webhooks are sent only
    to hosts that are allowed with their port."""

    @field_validator("webhook_secret")
    @classmethod
    def _long_enough(cls, secret: SecretStr) -> SecretStr:
        if 0 < len(secret.get_secret_value()) < 16:
            raise ValueError("must have 16 characters or more")
        return secret

    @field_validator("webhook_hosts_allowed", "webhook_ports", mode="before")
    @classmethod
    def _webhooks_separated(cls, given: object) -> object:
        return separated(given)

    @field_validator("webhook_ports")
    @classmethod
    def _webhook_ranges(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        ports_of(given)
        return given

    @property
    def webhook_rules(self) -> Rules:
        return Rules(frozenset(self.webhook_hosts_allowed), ports_of(self.webhook_ports), encrypted=True)

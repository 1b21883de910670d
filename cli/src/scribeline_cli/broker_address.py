"""Which broker: options, environment, then `.scribeline/env` of the current directory."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from scribeline_cli.address import ENV_FILE, read_env
from scribeline_cli.exits import Exit, Stop

AmqpUrl = Annotated[
    str | None,
    typer.Option("--amqp-url", envvar="SCRIBELINE_AMQP_URL", metavar="URL", help="The broker's address."),
]
AmqpPrefix = Annotated[
    str | None,
    typer.Option(
        "--amqp-prefix", envvar="SCRIBELINE_AMQP_PREFIX", metavar="TEXT", help="What its names begin with."
    ),
]


@dataclass(frozen=True)
class BrokerAddress:
    url: str = field(repr=False)
    prefix: str = ""

    def name(self, short: str) -> str:
        """The full name of a queue."""
        return self.prefix + short


def find_broker(url: str | None, prefix: str | None, file: Path = ENV_FILE) -> BrokerAddress:
    """The file's prefix belongs to the file's address."""
    known = {} if url else read_env(file)
    found = url or known.get("SCRIBELINE_AMQP_URL")
    if not found:
        raise Stop(Exit.USAGE, "Where is the broker? Say --amqp-url, or set SCRIBELINE_AMQP_URL.")
    parts = urlsplit(found)
    if parts.scheme not in ("amqp", "amqps") or not parts.hostname:
        raise Stop(Exit.USAGE, "The broker's address begins with amqp:// or amqps://, and names a host.")
    return BrokerAddress(found, known.get("SCRIBELINE_AMQP_PREFIX", "") if prefix is None else prefix)

"""Who each service is on the servers: read from its folder of secrets, the one place that says so."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from yarl import URL

from scribeline.messaging.service_rights import SCALER

SERVICES = ("gateway", "transcriber", "analyzer", "result-writer", "notifier", SCALER)


class Unusable(Exception):
    """A secret that is missing or wrong. The message names its file, and not what it holds."""


@dataclass(frozen=True)
class Account:
    user: str
    password: str = field(repr=False)
    place: str = ""
    """The path of its address: a virtual host, or a database."""


def of_url(folder: Path, service: str, name: str) -> Account:
    """Out of an address such as `amqp://user:password@host/place`. Raises Unusable."""
    file = folder / service / name
    url = None
    with suppress(ValueError):
        url = URL(secret(file))
    if url is None or not url.user or not url.password:
        raise Unusable(f"{file} must hold an address with user and password")
    return Account(url.user, url.password, url.path[1:])


def of_keys(folder: Path, service: str) -> Account:
    """Of the object store. Raises Unusable."""
    return Account(
        secret(folder / service / "s3_access_key"),
        secret(folder / service / "s3_secret_key"),
    )


def with_file(folder: Path, name: str) -> Iterator[str]:
    """Services that have a secret of this name."""
    return (service for service in SERVICES if (folder / service / name).exists())


def secret(file: Path) -> str:
    """A file's content, without its last newline. Raises Unusable."""
    try:
        content = file.read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{file} cannot be read: {error}") from error
    if not content:
        raise Unusable(f"{file} is empty")
    return content

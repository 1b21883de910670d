"""Which server, and with which key: option, environment, then `.scribeline/env` of the current directory."""

import shlex
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from scribeline_cli.exits import Exit, Stop

ENV_FILE = Path(".scribeline/env")
DEFAULT_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Address:
    """`origin` says where the URL came from, for messages."""

    url: str
    api_key: str | None
    origin: str


def find_address(url: str | None, api_key: str | None, file: Path = ENV_FILE) -> Address:
    """Complete what option and environment leave open.

    The file's key only goes to the file's URL. A key given otherwise only goes to the file's URL if that
    is this machine, so that a directory from elsewhere cannot collect keys.
    """
    if url:
        return Address(_checked(url), api_key, "as given")
    known = read_env(file)
    local = known.get("SCRIBELINE_URL")
    if local and (not api_key or _is_loopback(local)):
        return Address(_checked(local), api_key or known.get("SCRIBELINE_API_KEY"), f"from {file}")
    return Address(DEFAULT_URL, api_key, "the default")


def read_env(file: Path) -> dict[str, str]:
    """`export NAME='value'` lines; empty if there is no such file."""
    try:
        words = shlex.split(file.read_text(), comments=True)
    except (OSError, ValueError):
        return {}
    return dict(word.split("=", 1) for word in words if "=" in word)


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Stop(Exit.USAGE, f"{url!r} is not an http:// or https:// address.")
    return url.rstrip("/")


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False

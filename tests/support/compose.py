"""`deploy/compose.yml` as an engine would read it where no variable is set."""

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parents[2] / "deploy" / "compose.yml"
SERVICES = ("gateway", "transcriber", "transcriber-gpu", "analyzer", "result-writer", "notifier")

_DEFAULT = re.compile(r"\$\{([A-Z0-9_]+):-([^${}]*)\}")
_UNITS = {"s": 1, "m": 60, "h": 3600}
_SIZES = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}

Parsed = dict[str, Any]


def compose(given: Mapping[str, str] = {}) -> Parsed:
    """With the defaults of all variables but those given."""
    text = FILE.read_text()
    fill = partial(_DEFAULT.sub, lambda found: given.get(found[1], found[2]))
    while (filled := fill(text)) != text:  # a default may hold another one
        text = filled
    assert "${" not in text, "each variable has a default: no edits are needed"
    read: Parsed = yaml.safe_load(text)
    return read


def services() -> dict[str, Parsed]:
    found: dict[str, Parsed] = compose()["services"]
    return found


def is_job(service: Parsed) -> bool:
    """It ends by itself, and is waited for."""
    return str(service["restart"]).startswith("on-failure")


def seconds(told: str) -> float:
    return sum(float(n) * _UNITS[unit] for n, unit in re.findall(r"(\d+)([smh])", told))


def size(told: str) -> int:
    """`512M` in bytes."""
    number = told.rstrip("kKmMgG")
    return int(number) * _SIZES[told.removeprefix(number).lower()]


def secret_volumes(service: Parsed) -> set[str]:
    return {
        name for each in service.get("volumes", ()) if (name := each.split(":")[0]).startswith("secrets-")
    }

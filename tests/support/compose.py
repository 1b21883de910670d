"""`deploy/compose.yml` as an engine would read it where no variable is set."""

import re
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parents[2] / "deploy" / "compose.yml"
SERVICES = ("gateway", "transcriber", "transcriber-gpu", "analyzer", "result-writer", "notifier")

_DEFAULT = re.compile(r"\$\{[A-Z0-9_]+:-([^${}]*)\}")
_UNITS = {"s": 1, "m": 60, "h": 3600}

Parsed = dict[str, Any]


def compose() -> Parsed:
    text = FILE.read_text()
    while (filled := _DEFAULT.sub(r"\1", text)) != text:  # a default may hold another one
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


def secret_volumes(service: Parsed) -> set[str]:
    return {
        name for each in service.get("volumes", ()) if (name := each.split(":")[0]).startswith("secrets-")
    }

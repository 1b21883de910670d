"""What the local stack runs: a program is a name, what to execute and the whole of its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class CannotRun(Exception):
    """The command cannot go on. The message is one sentence for the person at the keyboard."""


@dataclass(frozen=True)
class Program:
    """One process. It must stay in the foreground, and its first process must be the one to signal."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    directory: Path
    """Where it runs."""
    stop_signal: str = "TERM"
    stop_seconds: int = 45
    """From the stop signal to the kill: more than the 25 s a service takes for the work in hand."""


class Server(Protocol):
    """One of the servers the services need."""

    def prepare(self) -> None:
        """Make configuration and data unless they are there. Raises CannotRun."""

    def programs(self) -> tuple[Program, ...]:
        """Its processes, in the order they start."""


def clean_environment(home: Path) -> dict[str, str]:
    """The environment of a server: nothing of the caller's that could redirect it."""
    return {
        "PATH": os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }

"""What the stack keeps between commands: ports, secrets, scale and data, below one directory.

data/      the servers' own       log/       <name>.log
run/       <name>.pid             secrets/   passwords and keys, one a file
env        what a client needs, for `. .scribeline/env`
"""

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path
from typing import Any

from deploy.local.ports import free_port, is_free
from deploy.local.program import CannotRun

ROOT = Path(__file__).resolve().parents[2]
SMALLEST_FREE = 500 * 2**20
"""Bytes below which nothing is started: RabbitMQ stops taking messages at 50 MB."""

UNUSABLE = "'\"$`\\\n\r"
"""Characters that the servers' configuration and the shell would take for something else in a path."""


class State:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.data, self.log, self.run, self.secrets = (
            directory / name for name in ("data", "log", "run", "secrets")
        )
        self.env_file = directory / "env"

    @classmethod
    def of_environment(cls) -> "State":
        """`.scribeline` in the checkout, or the directory that SCRIBELINE_STATE_DIR names."""
        return cls((ROOT / os.environ.get("SCRIBELINE_STATE_DIR", ".scribeline")).absolute())

    def make(self) -> None:
        """Make the directories. Raises CannotRun when that cannot be, or the disk is full."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            for part in (self.data, self.log, self.run, self.secrets):
                part.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise CannotRun(f"{self.directory} cannot be written: {error.strerror}.") from error
        disk = os.statvfs(self.directory)
        if disk.f_bavail * disk.f_frsize < SMALLEST_FREE:
            raise CannotRun(f"The disk of {self.directory} is full: less than 500 MB are free.")

    def check_paths(self) -> None:
        """Raises CannotRun when the checkout or the state lies where the servers cannot work."""
        for place, path in (("checkout", ROOT), ("state", self.directory)):
            found = next((character for character in str(path) if character in UNUSABLE), None)
            if found is not None:
                raise CannotRun(
                    f"The {place}'s path {str(path)!r} holds the character {found!r}, "
                    "which the servers cannot take: move it to a path without."
                )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One command at a time; the others wait."""
        with (self.run / "lock").open("w") as lock:
            flock(lock, LOCK_EX)
            yield
            flock(lock, LOCK_UN)

    def secret(self, name: str, prefix: str = "") -> str:
        """A random secret, made once."""
        file = self.secret_file(name)
        if not file.exists():
            self.write_private(file, prefix + secrets.token_hex(24) + "\n")
        return file.read_text().strip()

    def secret_file(self, name: str) -> Path:
        return self.secrets / name

    def port(self, name: str) -> int:
        """A free port, chosen once."""
        ports = self._read("ports", {})
        if name not in ports:
            ports[name] = free_port(frozenset(ports.values()))
            self._write("ports", ports)
        return int(ports[name])

    def forget_taken_ports(self) -> None:
        """While nothing of ours runs: what others listen on by now is chosen anew."""
        kept = {name: port for name, port in self._read("ports", {}).items() if is_free(port)}
        self._write("ports", kept)

    @property
    def scale(self) -> dict[str, int]:
        """Service -> instances, of those that are not one."""
        return {name: int(count) for name, count in self._read("scale", {}).items()}

    def keep_scale(self, service: str, count: int) -> None:
        self._write("scale", self.scale | {service: count})

    @property
    def settings(self) -> dict[str, str]:
        """The SCRIBELINE_* variables that the stack was started with."""
        return dict(self._read("settings", {}))

    def keep_settings(self, settings: Mapping[str, str]) -> None:
        self._write("settings", dict(settings))

    @property
    def own(self) -> dict[str, str]:
        """Addresses of servers that were started here, as `.scribeline/env` gave them out."""
        return dict(self._read("own", {}))

    def keep_own(self, addresses: Mapping[str, str]) -> None:
        self._write("own", dict(addresses))

    def write_env(self, values: Mapping[str, str]) -> None:
        quoted = {name: value.replace("'", "'\\''") for name, value in values.items() if value}
        text = "".join(f"export {name}='{value}'\n" for name, value in quoted.items())
        if not self.env_file.exists() or self.env_file.read_text() != text:
            self.write_private(self.env_file, text)

    def write_private(self, file: Path, text: str) -> None:
        """Replace a file at once, readable by its owner only."""
        fresh = file.with_name(file.name + ".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(text)
        fresh.replace(file)

    def _read(self, name: str, default: Any) -> Any:
        file = self.run / f"{name}.json"
        return json.loads(file.read_text()) if file.exists() else default

    def _write(self, name: str, value: Any) -> None:
        self.write_private(self.run / f"{name}.json", json.dumps(value, indent=1, sort_keys=True) + "\n")

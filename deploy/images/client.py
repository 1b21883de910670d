"""The docker client: which one, and what it is asked."""

import os
import shlex
import subprocess
from dataclasses import dataclass

from deploy.local.program import CannotRun

COMMAND = "DOCKER"
"""Variable with another client than `docker`: a path, or a command with its first words."""
BUILD_OPTIONS = "DOCKER_BUILD_OPTIONS"
"""Variable with options for `docker build`, such as `--network host` for an engine without networks."""


@dataclass(frozen=True)
class Client:
    """Runs what it is asked; output goes where ours does."""

    command: tuple[str, ...]
    build_options: tuple[str, ...] = ()

    @classmethod
    def of_environment(cls) -> "Client":
        return cls(
            tuple(shlex.split(os.environ.get(COMMAND) or "docker")),
            tuple(shlex.split(os.environ.get(BUILD_OPTIONS, ""))),
        )

    def check(self) -> None:
        """Raises CannotRun with what is missing, in one sentence."""
        try:
            done = subprocess.run([*self.command, "buildx", "version"], capture_output=True, check=False)
        except OSError:
            raise CannotRun(
                f"{self.command[0]} is missing: install Docker (Debian: docker.io, docker-buildx)."
            ) from None
        if done.returncode != 0:
            raise CannotRun("Docker's buildx is missing: install docker-buildx or docker-buildx-plugin.")

    def run(self, *argv: str) -> int:
        """The exit code."""
        return subprocess.run([*self.command, *argv], check=False).returncode

    def ask(self, *argv: str) -> str:
        """What it answers, without the last newline. Raises CannotRun with the last line of its complaint."""
        done = subprocess.run([*self.command, *argv], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise CannotRun(said[-1].removeprefix("ERROR: "))
        return done.stdout.strip()

"""The composed stack: `deploy/compose.yml` with rules instead of a language model, and three transcribers."""

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.images.client import Client
from deploy.local.program import CannotRun
from deploy.local.state import ROOT

FILES = ("compose.yml", "compose.extractive.yml", "verify/compose.override.yml")
SERVICES = ("gateway", "transcriber", "analyzer", "result-writer", "notifier")
TRANSCRIBERS = 3
READY_SECONDS = 300
URL = "http://127.0.0.1:8000"
FIRST_KEY = re.compile(r"\bsl_[\w-]{30,}")


class Disappointed(Exception):
    """Something was not as it should be. The message is one sentence."""


@dataclass(frozen=True)
class Container:
    id: str
    name: str
    service: str

    @classmethod
    def of(cls, line: str) -> "Container":
        told = json.loads(line)
        return cls(told["ID"], told["Name"], told["Service"])


@dataclass(frozen=True)
class Composition:
    client: Client

    def compose(self, *argv: str) -> str:
        """What `docker compose` answers. Raises CannotRun."""
        return self.client.ask(*self.words(*argv))

    def words(self, *argv: str) -> tuple[str, ...]:
        """What the client is asked for it."""
        files = (word for name in FILES for word in ("-f", str(ROOT / "deploy" / name)))
        return ("compose", *files, *argv)

    @contextmanager
    def up(self, models: Path) -> Iterator[None]:
        """Up while the context lasts, with the weights of this machine: nothing can be fetched here."""
        volume = ("-v", f"{models}:/from:ro")
        try:
            self.compose("run", "--rm", "--no-deps", *volume, "weights", "cp", "-rp", "/from/.", "/models/")
            self.compose("up", "-d", "--no-build", "--pull=never", "--scale", f"transcriber={TRANSCRIBERS}")
            yield
        except (CannotRun, Disappointed):
            print(self.compose("ps", "-a"), self.compose("logs", "--tail", "15"), sep="\n")
            raise
        finally:
            self.compose("down", "--volumes", "--timeout", "10")

    def containers(self, service: str = "", *, ended: bool = False) -> list[Container]:
        """Those that run; with `ended` all."""
        lines = self.compose("ps", *(["-a"] if ended else []), "--format", "json").splitlines()
        return [one for one in map(Container.of, lines) if service in ("", one.service)]

    def inspected(self, container: Container) -> dict[str, object]:
        answer: list[dict[str, object]] = json.loads(self.client.ask("inspect", container.id))
        return answer[0]

    def way_out(self, container: Container) -> str:
        """The address of the router to the internet; empty where it has none."""
        settings = self.inspected(container)["NetworkSettings"]
        networks: dict[str, dict[str, str]] = settings["Networks"] if isinstance(settings, dict) else {}
        return networks.get("scribeline_outside", {}).get("Gateway", "")

    def health(self, container: Container) -> str:
        return self.client.ask("inspect", "--format", "{{.State.Health.Status}}", container.id)

    def wait_until_healthy(self) -> None:
        """All that have a health check. Raises Disappointed."""
        deadline = time.monotonic() + READY_SECONDS
        while waited_for := [one.name for one in self.containers() if self.health(one) != "healthy"]:
            if time.monotonic() > deadline:
                raise Disappointed(f"{', '.join(waited_for)} did not become healthy.")
            time.sleep(1)

    def first_key(self) -> str:
        """As it was printed, once, by the job that makes the secrets. Raises Disappointed."""
        found = set(FIRST_KEY.findall(self.compose("logs", "--no-log-prefix", "secrets")))
        if len(found) != 1:
            raise Disappointed(f"{len(found)} first API keys were printed.")
        return str(found.pop())

    def python(self, container: Container, program: str) -> str:
        """What a line of Python prints inside a container. Raises CannotRun."""
        return self.client.ask("exec", container.id, "python", "-c", program)


def without_settings() -> None:
    """The caller's own settings are not the composition's: it is to run with no edits."""
    for name in [name for name in os.environ if name.startswith(("SCRIBELINE_", "COMPOSE_"))]:
        del os.environ[name]

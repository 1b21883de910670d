"""One start of the stack: servers, schema, services, each ready before the next."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from deploy.local import packages, ready
from deploy.local.configuration import Configuration
from deploy.local.program import CannotRun, Server
from deploy.local.services import MODULES, Service, command, inherited, instance
from deploy.local.state import ROOT, State
from deploy.local.supervisor import RUNNING, Supervisor

SERVER_SECONDS = 120
SERVICE_SECONDS = 240
GIVEN_SECONDS = 20
"""For a server that is given by URL: it should be there already."""
CRASHES = 3
"""A program that ended so often while we waited will not become ready."""
TAIL = 15


class Startup:
    def __init__(self, state: State, supervisor: Supervisor, configuration: Configuration) -> None:
        self._state = state
        self._supervisor = supervisor
        self._configuration = configuration

    def is_done(self) -> bool:
        """Whether every program runs and every service says that it is ready."""
        services = self.services()
        wanted = [program.name for server in self._servers() for program in server.programs()]
        wanted += [one.program.name for one in services]
        states = self._supervisor.states()
        try:
            for one in services:
                ready.get(one.ready_url)
        except ready.NOT_YET:
            return False
        return all(name in states and states[name]["statename"] in RUNNING for name in wanted)

    def check_servers(self) -> None:
        """Raises CannotRun when one of them does not run: no service would become ready."""
        states = self._supervisor.states()
        for name in [program.name for server in self._servers() for program in server.programs()]:
            if name not in states or states[name]["statename"] not in RUNNING:
                raise CannotRun(f"{name} does not run: make up starts it, or says why it cannot.")

    def run(self) -> None:
        """Start what does not run. Raises CannotRun."""
        if self._configuration.rabbitmq is not None:
            packages.ensure_rabbitmq(self._state.log / "install.log")
        self._pull_weights()
        for server in self._servers():
            server.prepare()
        if not self._supervisor.is_running():
            self._supervisor.start()
        self._start_servers()
        self._migrate()
        self._state.write_env(self._configuration.client)
        self.start_services(self.services())

    def services(self) -> list[Service]:
        """Every instance that should run."""
        scale = self._state.scale
        return [one for service in MODULES for one in self.instances(service, scale.get(service, 1))]

    def instances(self, service: str, count: int) -> list[Service]:
        numbers = range(1, count + 1)
        return [instance(service, number, self._configuration.settings, self._state) for number in numbers]

    def start_services(self, services: list[Service]) -> None:
        """Start those that do not run, and wait until each is ready. Raises CannotRun."""
        for one in services:
            self._supervisor.add(one.program)
        for one in services:
            self._wait(one.program.name, partial(ready.get, one.ready_url), SERVICE_SECONDS)

    def _servers(self) -> list[Server]:
        parts = (
            self._configuration.rabbitmq,
            self._configuration.postgres,
            self._configuration.objectstore,
        )
        return [part for part in parts if part is not None]

    def _pull_weights(self) -> None:
        """The default model's weights: nothing when they are there."""
        model = self._configuration.settings.get("SCRIBELINE_DEFAULT_MODEL", "base")
        pulled = subprocess.run(
            [command("scribeline"), "models", "pull", model],
            cwd=ROOT,
            env={**os.environ, **self._configuration.settings},
            check=False,
        )
        if pulled.returncode != 0:
            raise CannotRun(f"The weights of the model {model} are missing, see above.")

    def _start_servers(self) -> None:
        """All at once, except that the broker needs its port mapper first."""
        broker, store = self._configuration.rabbitmq, self._configuration.objectstore
        if broker is not None:
            self._supervisor.add(broker.programs()[0])
            self._wait("epmd", partial(ready.connect, "127.0.0.1", broker.epmd_port), SERVER_SECONDS)
        for server in self._servers():
            for program in server.programs():
                self._supervisor.add(program)
        self._wait("postgres", partial(ready.select_one, self._configuration.database_url), SERVER_SECONDS)
        self._wait("rabbitmq", partial(ready.log_in, self._configuration.amqp_url), SERVER_SECONDS)
        if store is not None:
            self._wait("objectstore", store.make_bucket, SERVER_SECONDS)

    def _migrate(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "scribeline.storage.migrate"],
            cwd=ROOT,
            env={**inherited(), **self._configuration.settings},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            said = "\n".join(f"    {line}" for line in (done.stdout + done.stderr).splitlines()[-TAIL:])
            raise CannotRun(f"The database cannot be brought to the newest schema:\n{said}")

    def _wait(self, name: str, probe: Callable[[], object], seconds: float) -> None:
        """Until it answers. Raises CannotRun with the end of its log when it does not or keeps ending."""
        began, ends = time.monotonic(), set[int]()
        given = name not in self._supervisor.states()

        def has_hope() -> bool:
            if given:
                return True
            info = self._supervisor.states()[name]
            ends.add(info["stop"])
            return info["statename"] != "FATAL" and len(ends) <= CRASHES

        try:
            ready.until(probe, GIVEN_SECONDS if given else seconds, alive=has_hope)
        except ready.NotReady as error:
            if given:
                raise CannotRun(f"The {name} given by URL does not answer: {error}") from error
            log = self._state.log / f"{name}.log"
            raise CannotRun(f"{name} did not get ready: {error}\n{tail(log)}") from error
        print(f"  {name:<14} ready ({time.monotonic() - began:.1f} s)", flush=True)


def tail(log: Path) -> str:
    """The last lines of a log, indented."""
    if not log.exists():
        return f"    {log} is not there"
    lines = log.read_text(errors="replace").splitlines()[-TAIL:]
    return "\n".join([f"  the end of {log}:", *(f"    {line}" for line in lines)])

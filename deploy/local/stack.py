"""Starting, scaling and ending the stack. What runs keeps running, with the settings it was started with."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from deploy.local import packages, processes, ready
from deploy.local.configuration import Configuration, callers_settings, configure
from deploy.local.ports import is_free
from deploy.local.program import CannotRun, Server
from deploy.local.services import MODULES, Service, checked_scale, command, inherited, instance
from deploy.local.state import ROOT, State
from deploy.local.supervisor import RUNNING, Supervisor

SERVER_SECONDS = 120
SERVICE_SECONDS = 240
CRASHES = 3
"""A program that ended so often while we waited will not become ready."""
SERVERS = ("rabbitmq", "postgres", "objectstore")
TAIL = 15


class Stack:
    def __init__(self, state: State) -> None:
        self.state = state
        state.make()
        self.supervisor = Supervisor(state)

    def up(self) -> Configuration:
        """Start what does not run, in order, each part ready before the next. Raises CannotRun."""
        with self.state.locked():
            running = self.supervisor.is_running()
            configuration = self._configure(running)
            if running and self._is_complete(configuration):
                print(f"Scribeline is up already: {configuration.client['SCRIBELINE_URL']}")
                return configuration
            began = time.monotonic()
            self._start(configuration, running)
            took = time.monotonic() - began
            print(f"Scribeline is up: {configuration.client['SCRIBELINE_URL']} ({took:.0f} s)")
            return configuration

    def down(self) -> None:
        """End what was started here, services before servers; the data stays."""
        with self.state.locked():
            if not self.supervisor.is_running():
                ended = processes.end_leftovers(self.state.directory)
                print(f"Ended what was left: {', '.join(ended)}" if ended else "Scribeline is not running.")
                return
            names = list(self.supervisor.states())
            servers = [name for name in names if name in SERVERS]
            self.supervisor.remove([name for name in names if name not in (*servers, "epmd")])
            self.supervisor.remove(servers)
            self.supervisor.remove(["epmd"])
            self.supervisor.shut_down()
            processes.end_leftovers(self.state.directory)
            print("Scribeline is down; its data is kept.")

    def scale(self, service: str, number: str) -> None:
        """Start or stop instances of a service; those that stay are not touched. Raises CannotRun."""
        count = checked_scale(service, number)
        with self.state.locked():
            if not self.supervisor.is_running():
                raise CannotRun("Scribeline is not running: make up")
            wanted = self._instances(service, count, self._configure(running=True))
            keep = {one.program.name for one in wanted}
            numbered = [name for name in self.supervisor.states() if _service_of(name) == service]
            self.supervisor.remove([name for name in numbered if name not in keep])
            self.state.keep_scale(service, count)
            self._start_services(wanted)
            print(f"{service}: {count} running")

    def _configure(self, running: bool) -> Configuration:
        given = callers_settings(self.state.own)
        if not running:
            for name in processes.end_leftovers(self.state.directory):
                print(f"Ended {name}, left behind by an earlier run.")
            self.state.forget_taken_ports()
            self.state.keep_settings(given)
        elif given != self.state.settings:
            differing = sorted(name for name, _ in given.items() ^ self.state.settings.items())
            print(
                f"What runs keeps its settings; make down up changes {', '.join(dict.fromkeys(differing))}."
            )
        configuration = configure(self.state.settings, self.state)
        port = int(configuration.settings["SCRIBELINE_HTTP_PORT"])
        if not running and not is_free(port):
            raise CannotRun(f"Port {port} of SCRIBELINE_HTTP_PORT is taken by another program.")
        self.state.keep_own(configuration.own)
        return configuration

    def _is_complete(self, configuration: Configuration) -> bool:
        """Whether every program runs and every service says that it is ready."""
        services = self._services(configuration)
        wanted = [program.name for server in _servers(configuration) for program in server.programs()]
        wanted += [one.program.name for one in services]
        states = self.supervisor.states()
        try:
            for one in services:
                ready.get(one.ready_url)
        except ready.NOT_YET:
            return False
        return all(name in states and states[name]["statename"] in RUNNING for name in wanted)

    def _start(self, configuration: Configuration, running: bool) -> None:
        if configuration.rabbitmq is not None:
            packages.ensure_rabbitmq(self.state.log / "install.log")
        self._pull_weights(configuration)
        for server in _servers(configuration):
            server.prepare()
        if not running:
            self.supervisor.start()
        self._start_servers(configuration)
        self._run([sys.executable, "-m", "scribeline.storage.migrate"], configuration)
        self.state.write_env(configuration.client)
        self._start_services(self._services(configuration))

    def _pull_weights(self, configuration: Configuration) -> None:
        """The default model's weights: nothing when they are there."""
        model = configuration.settings.get("SCRIBELINE_DEFAULT_MODEL", "base")
        pulled = subprocess.run(
            [command("scribeline"), "models", "pull", model],
            cwd=ROOT,
            env={**os.environ, **configuration.settings},
            check=False,
        )
        if pulled.returncode != 0:
            raise CannotRun(f"The weights of the model {model} are missing, see above.")

    def _start_servers(self, configuration: Configuration) -> None:
        """All at once, except that the broker needs its port mapper first."""
        mq, store = configuration.rabbitmq, configuration.objectstore
        if mq is not None:
            self.supervisor.add(mq.programs()[0])
            self._wait("epmd", partial(ready.connect, "127.0.0.1", mq.epmd_port), SERVER_SECONDS)
        for server in _servers(configuration):
            for program in server.programs():
                self.supervisor.add(program)
        self._wait("postgres", partial(ready.select_one, configuration.database_url), SERVER_SECONDS)
        self._wait("rabbitmq", partial(ready.log_in, configuration.amqp_url), SERVER_SECONDS)
        if store is not None:
            self._wait("objectstore", store.make_bucket, SERVER_SECONDS)

    def _services(self, configuration: Configuration) -> list[Service]:
        scale = self.state.scale
        return [
            one
            for service in MODULES
            for one in self._instances(service, scale.get(service, 1), configuration)
        ]

    def _instances(self, service: str, count: int, configuration: Configuration) -> list[Service]:
        numbers = range(1, count + 1)
        return [instance(service, number, configuration.settings, self.state) for number in numbers]

    def _start_services(self, services: Iterable[Service]) -> None:
        services = list(services)
        for one in services:
            self.supervisor.add(one.program)
        for one in services:
            self._wait(one.program.name, partial(ready.get, one.ready_url), SERVICE_SECONDS)

    def _wait(self, name: str, probe: Callable[[], object], seconds: float) -> None:
        """Until it answers. Raises CannotRun with the end of its log when it does not or keeps ending."""
        began, ends = time.monotonic(), set[int]()

        def has_hope() -> bool:
            info = self.supervisor.states().get(name)
            if info is None:
                return True  # given by URL: not ours to watch
            ends.add(info["stop"])
            return info["statename"] != "FATAL" and len(ends) <= CRASHES

        try:
            ready.until(probe, seconds, alive=has_hope)
        except ready.NotReady as error:
            log = self.state.log / f"{name}.log"
            raise CannotRun(f"{name} did not get ready: {error}\n{tail(log)}") from error
        print(f"  {name:<14} ready ({time.monotonic() - began:.1f} s)", flush=True)

    def _run(self, argv: list[str], configuration: Configuration) -> None:
        done = subprocess.run(
            argv,
            cwd=ROOT,
            env={**inherited(), **configuration.settings},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            said = "\n".join(f"    {line}" for line in (done.stdout + done.stderr).splitlines()[-TAIL:])
            raise CannotRun(f"{' '.join(argv[1:])} failed:\n{said}")


def tail(log: Path) -> str:
    """The last lines of a log, indented."""
    if not log.exists():
        return f"    {log} is not there"
    lines = log.read_text(errors="replace").splitlines()[-TAIL:]
    return "\n".join([f"  the end of {log}:", *(f"    {line}" for line in lines)])


def _servers(configuration: Configuration) -> list[Server]:
    parts = (configuration.rabbitmq, configuration.postgres, configuration.objectstore)
    return [part for part in parts if part is not None]


def _service_of(name: str) -> str:
    service, _, number = name.rpartition("-")
    return service if number.isdigit() else name

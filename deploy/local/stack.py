"""Starting, scaling and ending the stack. What runs keeps running, with the settings it was started with."""

import time

from deploy.local import processes
from deploy.local.configuration import Configuration, callers_settings, configure
from deploy.local.ports import is_free
from deploy.local.program import CannotRun
from deploy.local.services import MODULES, checked_scale, checked_service
from deploy.local.startup import Startup
from deploy.local.state import State
from deploy.local.supervisor import Supervisor

SERVERS = ("rabbitmq", "postgres", "objectstore")


class Stack:
    def __init__(self, state: State) -> None:
        self._state = state
        state.make()
        self._supervisor = Supervisor(state)

    def up(self) -> Configuration:
        """Start what does not run, in order, each part ready before the next. Raises CannotRun."""
        self._state.check_paths()
        with self._state.locked():
            began = time.monotonic()
            running = self._supervisor.is_running()
            configuration = self._configure(running)
            startup = Startup(self._state, self._supervisor, configuration)
            url = configuration.client["SCRIBELINE_URL"]
            if running and startup.is_done():
                print(f"Scribeline is up already: {url}", flush=True)
            else:
                startup.run()
                print(f"Scribeline is up: {url} ({time.monotonic() - began:.0f} s)", flush=True)
            return configuration

    def down(self) -> None:
        """End what was started here, services before servers; the data stays."""
        with self._state.locked():
            if not self._supervisor.is_running():
                ended = processes.end_leftovers(self._state.directory)
                print(f"Ended what was left: {', '.join(ended)}" if ended else "Scribeline is not running.")
                return
            names = list(self._supervisor.states())
            self._supervisor.remove([name for name in names if name not in (*SERVERS, "epmd")])
            self._supervisor.remove(SERVERS)
            self._supervisor.remove(["epmd"])
            self._supervisor.shut_down()
            processes.end_leftovers(self._state.directory)
            print("Scribeline is down; its data is kept.")

    def scale(self, service: str, number: str) -> None:
        """Start or stop instances of a service; those that stay are not touched. Raises CannotRun."""
        count = checked_scale(service, number)
        with self._state.locked():
            startup = self._startup()
            wanted = startup.instances(service, count)
            keep = {one.program.name for one in wanted}
            known = [name for name in self._supervisor.states() if _service_of(name) == service]
            self._supervisor.remove([name for name in known if name not in keep])
            self._state.keep_scale(service, count)
            startup.start_services(wanted)
            print(f"{service}: {count} running")

    def restart(self, service: str = "") -> None:
        """Every instance of a service, or of all, anew: the next one ends when the one before is ready again.

        Each ends the work in hand. Raises CannotRun, before anything is ended where a server does not run.
        """
        services = [checked_service(service)] if service else list(MODULES)
        with self._state.locked():
            startup = self._startup()
            startup.check_servers()
            for one in [one for one in startup.services() if _service_of(one.program.name) in services]:
                self._supervisor.remove([one.program.name])
                startup.start_services([one])

    def _startup(self) -> Startup:
        """Of what runs. Raises CannotRun when nothing does."""
        if not self._supervisor.is_running():
            raise CannotRun("Scribeline is not running: make up")
        return Startup(self._state, self._supervisor, self._configure(running=True))

    def _configure(self, running: bool) -> Configuration:
        given = callers_settings(self._state.own)
        if not running:
            for name in processes.end_leftovers(self._state.directory):
                print(f"Ended {name}, left behind by an earlier run.")
            self._state.forget_taken_ports()
            self._state.keep_settings(given)
        elif given != self._state.settings:
            differing = sorted({name for name, _ in given.items() ^ self._state.settings.items()})
            print(f"What runs keeps its settings; make down up changes {', '.join(differing)}.")
        configuration = configure(self._state.settings, self._state)
        port = int(configuration.settings["SCRIBELINE_HTTP_PORT"])
        if not running and not is_free(port):
            raise CannotRun(f"Port {port} of SCRIBELINE_HTTP_PORT is taken by another program.")
        self._state.keep_own(configuration.own)
        return configuration


def _service_of(name: str) -> str:
    service, _, number = name.rpartition("-")
    return service if number.isdigit() else name

"""The process manager: one `supervisord` that starts again what dies (supervisord.org).

Its control port is on the loopback interface behind a password, because the path of a unix socket is
limited to 107 bytes. Each program is a section of its own file: adding one touches no other.
"""

import json
import os
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import Faults

from deploy.local import processes
from deploy.local.program import CannotRun, Program
from deploy.local.state import State

LAUNCH = Path(__file__).with_name("launch.py")
RUNNING = ("STARTING", "RUNNING")
ENDED = ("STOPPED", "FATAL")
"""Not EXITED: what exited is started again at once."""
WAITING = (*ENDED, "BACKOFF")
"""Does not run, and would not at once."""
STARTS = 1_000_000
"""What cannot start is tried for ever: after 1 s, 2 s, 3 s, ... (supervisord's own backoff)."""
NOT_THERE = (OSError, HTTPException, xmlrpc.client.Error)
MAIN = """\
[supervisord]
logfile={log}/supervisord.log
logfile_maxbytes=10MB
logfile_backups=1
pidfile={run}/supervisord.pid
childlogdir={log}
umask=077
minfds=1024
{user}
[inet_http_server]
port=127.0.0.1:{port}
username=scribeline
password={password}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[include]
files=programs/*.conf
"""
SECTION = """\
[program:{name}]
command={command}
autostart=false
autorestart=true
startsecs=2
startretries={starts}
stopsignal={signal}
stopwaitsecs={seconds}
killasgroup=true
redirect_stderr=true
stdout_logfile={log}/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""


class Supervisor:
    def __init__(self, state: State) -> None:
        self._state = state
        self._programs = state.run / "programs"
        self._password = state.secret("supervisor")

    def _call(self, method: str, *arguments: object) -> Any:
        port = self._state.port("supervisor")
        with xmlrpc.client.ServerProxy(f"http://scribeline:{self._password}@127.0.0.1:{port}/RPC2") as proxy:
            return getattr(proxy.supervisor, method)(*arguments)

    def is_running(self) -> bool:
        try:
            return bool(self._call("getState")["statename"] == "RUNNING")
        except NOT_THERE:
            return False

    def start(self) -> None:
        """Start the manager with nothing to run yet. Raises CannotRun with what it said."""
        self._programs.mkdir(exist_ok=True)
        for old in self._programs.iterdir():
            old.unlink()
        configuration = self._state.run / "supervisord.conf"
        self._state.write_private(configuration, self._main())
        done = subprocess.run(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)],
            cwd=self._state.directory,
            capture_output=True,
            text=True,
            check=False,
            env=dict(os.environ) | {processes.MARK: str(self._state.directory)},
        )
        deadline = time.monotonic() + 30
        while not self.is_running():
            if done.returncode != 0 or time.monotonic() > deadline:
                said = (done.stderr or done.stdout).strip().splitlines()
                raise CannotRun(f"supervisord did not start: {said[-1] if said else 'it said nothing'}")
            time.sleep(0.05)

    def add(self, program: Program) -> None:
        """Make a program known and start it, unless it is known and runs already.

        One that waits for its next try is made known anew: it starts now, and its waits are short again.
        """
        known = self.states().get(program.name)
        if known is not None and known["statename"] in WAITING:
            self.remove([program.name])
            known = None
        if known is None:
            self._write(program)
            self._call("reloadConfig")
            self._call("addProcessGroup", program.name)
            self._ask("startProcess", program.name, unless=Faults.ALREADY_STARTED)

    def remove(self, names: Sequence[str]) -> None:
        """Stop programs gracefully, all at once, and forget them. Those that are not known are no error."""
        known = [name for name in names if name in self.states()]
        while running := [name for name in known if self.states()[name]["statename"] not in ENDED]:
            for name in running:
                self._ask("stopProcess", name, unless=Faults.NOT_RUNNING)
            time.sleep(0.1)
        for name in known:
            (self._programs / f"{name}.conf").unlink(missing_ok=True)
            (self._programs / f"{name}.json").unlink(missing_ok=True)
            (self._state.run / f"{name}.pid").unlink(missing_ok=True)
            self._call("removeProcessGroup", name)

    def states(self) -> dict[str, dict[str, Any]]:
        """Name -> what supervisord knows: `statename`, `pid`, `start`, `stop`, `description`."""
        return {info["name"]: info for info in self._call("getAllProcessInfo")}

    def shut_down(self) -> None:
        """End the manager itself, with whatever still runs below it."""
        pid = processes.read_pid(self._state.run / "supervisord.pid")
        self._call("shutdown")
        deadline = time.monotonic() + 60
        while pid is not None and processes.is_alive(pid) and time.monotonic() < deadline:
            time.sleep(0.05)

    def _ask(self, method: str, name: str, unless: int) -> None:
        """Start or stop without waiting; that it was so already is no error."""
        try:
            self._call(method, name, False)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != unless:
                raise

    def _main(self) -> str:
        return MAIN.format(
            log=_escaped(self._state.log),
            run=_escaped(self._state.run),
            port=self._state.port("supervisor"),
            password=self._password,
            # Said aloud, or supervisord warns that it runs as root.
            user="user=root\n" if os.geteuid() == 0 else "",
        )

    def _write(self, program: Program) -> None:
        specification = self._programs / f"{program.name}.json"
        mark = {processes.MARK: str(self._state.directory)}
        self._state.write_private(
            specification,
            json.dumps(
                {
                    "argv": program.argv,
                    "environment": {**program.environment, **mark},
                    "directory": str(program.directory),
                    "pid_file": str(self._state.run / f"{program.name}.pid"),
                    "stop_signal": program.stop_signal,
                }
            ),
        )
        command = shlex.join([sys.executable, "-I", str(LAUNCH), str(specification)])
        section = SECTION.format(
            name=program.name,
            command=_escaped(command),
            signal=program.stop_signal,
            seconds=program.stop_seconds,
            starts=STARTS,
            log=_escaped(self._state.log),
        )
        self._state.write_private(self._programs / f"{program.name}.conf", section)


def _escaped(value: object) -> str:
    """supervisord expands `%(name)s` in its values."""
    return str(value).replace("%", "%%")

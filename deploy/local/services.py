"""The services: how each is started, and how one can tell that it is ready."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.program import CannotRun, Program
from deploy.local.state import ROOT, State

MODULES = {
    "gateway": "gateway.main",
    "transcriber": "transcriber.main",
    "analyzer": "analyzer.main",
    "result-writer": "result_writer.main",
    "notifier": "notifier.main",
}
SCALABLE = ("transcriber", "analyzer", "result-writer", "notifier")
"""The gateway has one address, so there is one of it; put a load balancer before more."""
MOST = 32
KEPT = ("PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR", "XDG_CACHE_HOME", "LD_LIBRARY_PATH", "SSL_CERT_FILE")
KEPT_PREFIXES = ("LC_", "HF_", "CUDA_", "NVIDIA_", "OMP_", "CT2_", "PIP_", "SSL_", "REQUESTS_")


@dataclass(frozen=True)
class Service:
    """One instance of a service: `transcriber`, `transcriber-2`, ..."""

    program: Program
    ready_url: str


def instance(service: str, number: int, settings: Mapping[str, str], state: State) -> Service:
    """Its program, with a health port (or the API's) of its own. `number` counts from 1."""
    name = service if number == 1 else f"{service}-{number}"
    if service == "gateway":
        host, port = settings["SCRIBELINE_HTTP_HOST"], int(settings["SCRIBELINE_HTTP_PORT"])
        place = {}
    else:
        host, port = "127.0.0.1", state.port(name)
        place = {"SCRIBELINE_HEALTH_HOST": host, "SCRIBELINE_HEALTH_PORT": str(port)}
    program = Program(
        name=name,
        argv=(sys.executable, "-m", MODULES[service]),
        environment={**inherited(), **settings, **place, "PYTHONUNBUFFERED": "1"},
        directory=ROOT,
    )
    return Service(program, f"http://{reachable(host)}:{port}/readyz")


def inherited() -> dict[str, str]:
    """What a service takes from the caller's environment beside its settings."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in KEPT or name.startswith(KEPT_PREFIXES) or name.lower().endswith("_proxy")
    }


def reachable(host: str) -> str:
    """The address at which this machine reaches a server that listens on `host`."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - a comparison, nothing is bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def checked_service(service: str) -> str:
    """The name of one. Raises CannotRun when it is none."""
    if service not in MODULES:
        raise CannotRun(f"SERVICE must be one of {', '.join(MODULES)}, not {service!r}.")
    return service


def checked_scale(service: str, number: str) -> int:
    """How many. Raises CannotRun when there cannot be so many."""
    if service not in SCALABLE:
        raise CannotRun(f"SERVICE must be one of {', '.join(SCALABLE)}, not {service!r}.")
    if not number.isdecimal() or not 1 <= int(number) <= MOST:
        raise CannotRun(f"N must be a number from 1 to {MOST}, not {number!r}.")
    return int(number)


def command(name: str) -> str:
    """A command of the virtual environment that runs us."""
    return str(Path(sys.executable).parent / name)

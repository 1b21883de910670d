"""Make `.venv` and put exactly what `requirements.lock` says into it: what `make setup` runs.

Run by whatever `python3` there is, before anything is installed: standard library only.
"""

from __future__ import annotations  # an older Python must get as far as the sentence that says so

import ast
import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

OLDEST = (3, 11)
CANDIDATES = ("python3", "python3.13", "python3.12", "python3.11", "python3.14")
UV = "uv==0.13.8"
ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STAMP = VENV / ".set-up"
LOCK = ROOT / ".venv.lock"
"""Beside it, because `make clean` and `venv --clear` take away what is inside."""
TOOLS = VENV / ".uv"
"""uv lives apart: it would take itself out of the environment that it brings in line with the lock."""


def main() -> None:
    if sys.version_info < OLDEST:
        _start_again_with_newer()
    try:
        lock = LOCK.open("w")
    except OSError as error:
        sys.exit(f"{ROOT} cannot be written: {error.strerror}.")
    with lock:
        if not _another_did_it(lock.fileno()):
            _set_up()


def _another_did_it(lock: int) -> bool:
    """Take the lock. True when it was held by another, who has finished the set-up meanwhile."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        began = time.time()
        print("Another make is setting up .venv; waiting for it ...", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
        return STAMP.exists() and STAMP.stat().st_mtime >= began
    return False


def _set_up() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        _install_venv()
    if not _is_usable(TOOLS):
        _run([sys.executable, "-m", "venv", "--clear", str(TOOLS)], "The virtual environment cannot be made.")
    uv = TOOLS / "bin" / "uv"
    environment = _environment()
    if not uv.exists():
        pip = [_python(TOOLS), "-m", "pip", "install", "-q", "--disable-pip-version-check", UV]
        _run(pip, "uv cannot be installed: is the package registry reachable?")
    if not _is_usable(VENV):
        make = [str(uv), "venv", "-q", "--allow-existing", "--python", sys.executable, str(VENV)]
        _run(make, "The virtual environment cannot be made.", environment)
    sync = [str(uv), "pip", "sync", "-q", "requirements.lock", "members.txt"]
    print("Installing the locked packages into .venv ...", flush=True)
    _run(sync, "The packages cannot be installed: is the package registry reachable?", environment)
    STAMP.touch()


def _start_again_with_newer() -> None:
    for name in CANDIDATES:
        found = shutil.which(name)
        if found and _version(found) >= OLDEST:
            os.execv(found, [found, str(Path(__file__).resolve())])  # noqa: S606 - no shell is wanted
    have = ".".join(map(str, sys.version_info[:2]))
    sys.exit(f"Python 3.11 or newer is needed and python3 is {have}: install one, it is found by its name.")


def _version(python: str) -> tuple[int, ...]:
    ask = [python, "-c", "import sys; print(*sys.version_info[:2])"]
    said = subprocess.run(ask, capture_output=True, text=True, check=False).stdout.split()
    return tuple(map(int, said))


def _install_venv() -> None:
    """Debian's python3 comes without; root installs it, others are told to."""
    if os.geteuid() == 0 and shutil.which("apt-get") and sys.executable.startswith("/usr/bin/"):
        install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "python3-venv"]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        if subprocess.run(install, env=environment, check=False).returncode != 0:
            subprocess.run(["apt-get", "update", "-q"], check=False)
            _run(install, "The package python3-venv cannot be installed.", environment)
    else:
        sys.exit(
            "Python's module venv is missing: install the package python3-venv "
            "(as root: apt-get install python3-venv)."
        )


def _is_usable(environment: Path) -> bool:
    python = Path(_python(environment))
    return python.exists() and (environment / "pyvenv.cfg").exists() and _version(str(python)) >= OLDEST


def _python(environment: Path) -> str:
    return str(environment / "bin" / "python")


def _environment() -> dict[str, str]:
    """uv asks the registry that pip is configured for, unless it has a configuration of its own."""
    configured = _pip_configuration()
    environment = {
        **os.environ,
        "VIRTUAL_ENV": str(VENV),
        "UV_SYSTEM_CERTS": "1",
        "UV_PYTHON_DOWNLOADS": "never",
    }
    if not os.environ.keys() & {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} and "index-url" in configured:
        environment["UV_DEFAULT_INDEX"] = configured["index-url"]
    if "trusted-host" in configured:
        environment.setdefault("UV_INSECURE_HOST", " ".join(configured["trusted-host"].split()))
    if "cert" in configured:
        environment.setdefault("SSL_CERT_FILE", configured["cert"])
    return environment


def _pip_configuration() -> dict[str, str]:
    """Option -> value, as `pip install` would see it: files first, then the environment."""
    listing = subprocess.run(
        [_python(TOOLS), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    values = {}
    for section in ("global.", "install.", ":env:."):
        for line in listing.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(section):
                values[name[len(section) :]] = str(ast.literal_eval(value))
    return values


def _run(command: list[str], otherwise: str, environment: dict[str, str] | None = None) -> None:
    """Run it here and show what it says; end with the sentence `otherwise` when it fails."""
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode != 0:
        sys.exit(otherwise)


if __name__ == "__main__":
    main()

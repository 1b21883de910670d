"""Processes that were started here, found again by pid and known as ours before they are touched."""

import json
import os
import signal
import time
from pathlib import Path

MARK = "SCRIBELINE_STATE_DIR"
"""In the environment of all that is started here, with the state directory as value."""
END_SECONDS = 45


def read_pid(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None


def is_alive(pid: int) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def is_ours(pid: int, state_directory: Path) -> bool:
    """Started by this state directory: pids are used again, so a pid file alone proves nothing.

    PostgreSQL overwrites its environment with its title, but runs inside its data.
    """
    process = Path(f"/proc/{pid}")
    try:
        marked = f"{MARK}={state_directory}".encode() in (process / "environ").read_bytes().split(b"\0")
        return marked or (process / "cwd").readlink().is_relative_to(state_directory / "data")
    except OSError:
        return False


def end_leftovers(state_directory: Path) -> list[str]:
    """End what an earlier manager left behind when it was killed; returns the names."""
    run = state_directory / "run"
    ended = []
    # The manager first: it would start again what ends.
    for file in sorted(run.glob("*.pid"), key=lambda file: file.stem != "supervisord"):
        pid = read_pid(file)
        if pid is not None and is_alive(pid) and is_ours(pid, state_directory):
            _end(pid, _stop_signal(run / "programs" / f"{file.stem}.json"))
            ended.append(file.stem)
        file.unlink(missing_ok=True)
    return ended


def _stop_signal(specification: Path) -> signal.Signals:
    if not specification.exists():
        return signal.SIGTERM
    name = json.loads(specification.read_text())["stop_signal"]
    return signal.Signals[f"SIG{name}"]


def _end(pid: int, how: signal.Signals) -> None:
    os.kill(pid, how)
    deadline = time.monotonic() + END_SECONDS
    while is_alive(pid):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            deadline = float("inf")
        time.sleep(0.05)

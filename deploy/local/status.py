"""What runs, for `make status`."""

import time
from typing import Any

from deploy.local.state import State
from deploy.local.supervisor import Supervisor

NOT_RUNNING = 3
"""Exit code of a status command for what does not run (LSB)."""


def report(state: State) -> int:
    """Print one line a program; 0 when all of them run, else 3."""
    if not state.run.exists() or not Supervisor(state).is_running():
        print("Scribeline is not running.")
        return NOT_RUNNING
    programs = Supervisor(state).states()
    for name, info in programs.items():
        print(f"{name:<16} {info['statename'].lower():<10} {info['pid'] or '-':>8}  {_since(info)}")
    return 0 if all(info["statename"] == "RUNNING" for info in programs.values()) else NOT_RUNNING


def _since(info: dict[str, Any]) -> str:
    if info["statename"] != "RUNNING":
        return str(info["spawnerr"] or info["description"])
    minutes, seconds = divmod(int(time.time()) - int(info["start"]), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"

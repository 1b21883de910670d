"""A pip to download with: not every environment has one (uv makes them without)."""

import importlib.util
import shutil
import sys
from pathlib import Path

from scribeline.weights.child import SourceFailed, python, run
from scribeline.weights.place import fresh
from scribeline.weights.progress import Progress


def find_pip(work: Path, progress: Progress) -> list[str]:
    """The command that runs pip: this environment's own, one in a throw-away environment, or uv's.

    Raises `SourceFailed` if there is none.
    """
    if importlib.util.find_spec("pip"):
        return python("pip")
    if importlib.util.find_spec("ensurepip"):
        return _throw_away(work, progress)
    if uv := shutil.which("uv"):
        return [uv, "tool", "run", "pip"]
    if importlib.util.find_spec("uv"):
        return [*python("uv"), "tool", "run", "pip"]
    raise SourceFailed("there is no pip to download with")


def _throw_away(work: Path, progress: Progress) -> list[str]:
    progress("preparing pip")
    folder = fresh(work / "pip")
    run([sys.executable, "-m", "venv", str(folder)], watch=folder, on_bytes=lambda _: None)
    return [str(folder / "bin" / "python"), "-m", "pip"]

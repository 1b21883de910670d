"""Prometheus and promtool: the machine's own, or out of Debian's package, kept in the cache.

Nothing is installed and nothing starts by itself: `apt-get download` and `dpkg -x` need no rights.
"""

import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from deploy.local.program import CannotRun
from scribeline.weights import default_models_dir

PROGRAMS = ("prometheus", "promtool")
PACKAGE = "prometheus"


def programs() -> Path:
    """The folder with both. Raises CannotRun with what is missing, in one sentence."""
    own = {Path(found).parent for name in PROGRAMS if (found := shutil.which(name)) is not None}
    if len(own) == 1 and _complete(folder := own.pop()):
        return folder
    kept = default_models_dir().parent / PACKAGE
    if not _complete(kept / "usr" / "bin"):
        _extract(kept)
    return kept / "usr" / "bin"


def _complete(folder: Path) -> bool:
    return all((folder / name).exists() for name in PROGRAMS)


def _extract(kept: Path) -> None:
    """Beside its place first: of several processes at once, each may do it, and the first one's stays."""
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise CannotRun(f"Prometheus is missing, and so is {tool} to fetch Debian's package of it.")
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix=f"{PACKAGE}-") as made:
        _run("apt-get", "-q", "download", PACKAGE, within=Path(made))
        for package in Path(made).glob("*.deb"):
            _run("dpkg", "-x", str(package), "tree", within=Path(made))
        tree = Path(made) / "tree"
        if not _complete(tree / "usr" / "bin"):
            raise CannotRun(f"Debian's package {PACKAGE} does not hold {' and '.join(PROGRAMS)}.")
        with suppress(OSError):  # another one was first
            tree.rename(kept)


def _run(*argv: str, within: Path) -> None:
    done = subprocess.run(
        argv, cwd=within, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.startswith(("E:", "dpkg"))]
        raise CannotRun(
            f"Prometheus could not be fetched from Debian: {' '.join(said[-1:]) or done.returncode}"
        )

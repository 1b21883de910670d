"""Trees of Debian's packages, of any of its releases, from the mirror that this machine's apt knows.

Nothing of a tree is installed. `within` starts a program with the tree's /usr in the place of the machine's,
in a mount namespace of its own, so that every other path, /proc and /dev are the machine's.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from deploy.local.program import CannotRun

MIRROR = ("--format=$(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Label: Debian")
CHECKS = ("Acquire::Check-Valid-Until", "Acquire::Check-Date")
"""Settings of the machine's own apt that hold for its mirror, whoever asks it."""


def within(tree: Path) -> tuple[str, ...]:
    """What to put before a command for it to see the tree's /usr. The command's process stays the first."""
    return "unshare", "--mount", "sh", "-c", 'mount --bind "$0" /usr && exec "$@"', str(tree / "usr")


def check() -> None:
    """Trees can be made and used here. Raises CannotRun with what is missing, in one sentence."""
    if os.geteuid() != 0:
        raise CannotRun("Only root can make a tree of Debian's packages and start programs in it.")
    for program in ("mmdebstrap", "unshare", "apt-get"):
        if shutil.which(program) is None:
            raise CannotRun(
                f"{program} is missing: install mmdebstrap and util-linux from Debian's packages."
            )
    if run("unshare", "--mount", "mount", "--bind", "/usr", "/usr").returncode != 0:
        raise CannotRun("A tree needs a mount namespace, which this machine does not allow.")


def make(suite: str, packages: Sequence[str], target: Path, *options: str) -> None:
    """A tree (or an archive, where the target ends in `.tar`) of a release's packages; whole or not at all.

    Raises CannotRun with what apt said.
    """
    mirrors = run("apt-get", "indextargets", *MIRROR).stdout.split()
    if not mirrors:
        raise CannotRun("This machine's apt knows no mirror of Debian, where the trees come from.")
    checks = [f"--aptopt={line}" for line in run("apt-config", "dump", *CHECKS).stdout.splitlines()]
    half = target.with_name(f"half-{target.name}")
    _remove(half)
    half.parent.mkdir(parents=True, exist_ok=True)
    wanted = f"--include={','.join(packages)}"
    done = run("mmdebstrap", "--quiet", wanted, *checks, *options, suite, str(half), mirrors[0])
    if done.returncode != 0:
        _remove(half)
        said = [line for line in done.stderr.splitlines() if line.startswith("E:")]
        raise CannotRun(f"Debian {suite} could not be extracted: {' '.join(said[:1]) or done.returncode}.")
    half.rename(target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)

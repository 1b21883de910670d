"""RabbitMQ of other Debian releases, for `make test-brokers`: trees of Debian's packages, kept in the cache.

Nothing of a tree is installed. Its /usr takes the place of the machine's in a mount namespace of the broker's
own, so that every other path, /proc and /dev are the machine's, and the node is started as any other.
`python -m tests.support.broker_trees 4.3` makes a tree, or says in one sentence what it lacks.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.local.program import CannotRun, Program
from deploy.local.rabbitmq import RabbitMQ
from scribeline.weights import default_models_dir

CHOICE = "SCRIBELINE_TEST_BROKER"
SUITES = {"4.0": "trixie", "4.3": "sid"}
PACKAGES = "rabbitmq-server,libc-bin,dash,coreutils,sed,grep,gawk,procps"
SERVERS = "usr/lib/rabbitmq/lib/rabbitmq_server-*"
MIRROR = ("--format=$(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Label: Debian")
CHECKS = ("Acquire::Check-Valid-Until", "Acquire::Check-Date")
"""Settings of the machine's own apt that hold for its mirror, whoever asks it."""


@dataclass(frozen=True)
class TreeRabbitMQ(RabbitMQ):
    """A node of a tree. The machine's own RabbitMQ is there too, and gives way to it."""

    tree: Path

    def programs(self) -> tuple[Program, ...]:
        return tuple(replace(one, argv=(*within(self.tree), *one.argv)) for one in super().programs())


def chosen() -> str | None:
    """The version that this run of the tests is for; None for the machine's own. Raises CannotRun."""
    version = os.environ.get(CHOICE) or None
    if version is not None and version not in SUITES:
        raise CannotRun(f"{CHOICE}={version}: there are {' and '.join(SUITES)}.")
    return version


def within(tree: Path) -> tuple[str, ...]:
    """What to put before a command for it to see the tree's /usr. The command's process stays the first."""
    return "unshare", "--mount", "sh", "-c", 'mount --bind "$0" /usr && exec "$@"', str(tree / "usr")


def ensure(version: str) -> Path:
    """The tree, made if it is missing. Raises CannotRun with what is missing, in one sentence."""
    _able()
    tree = default_models_dir().parent / "brokers" / version
    if not tree.exists():
        made = tree.with_suffix(".part")
        shutil.rmtree(made, ignore_errors=True)
        made.parent.mkdir(parents=True, exist_ok=True)
        _extract(SUITES[version], made)
        _check(made, version)
        made.rename(tree)
    _check(tree, version)
    return tree


def _able() -> None:
    if os.geteuid() != 0:
        raise CannotRun("Only root can start a broker out of a tree: run make test-brokers as root.")
    for program in ("mmdebstrap", "unshare", "apt-get"):
        if shutil.which(program) is None:
            raise CannotRun(
                f"{program} is missing: install mmdebstrap and util-linux from Debian's packages."
            )
    if _run("unshare", "--mount", "mount", "--bind", "/usr", "/usr").returncode != 0:
        raise CannotRun("A tree's broker needs a mount namespace, which this machine does not allow.")


def _extract(suite: str, tree: Path) -> None:
    mirrors = _run("apt-get", "indextargets", *MIRROR).stdout.split()
    if not mirrors:
        raise CannotRun("This machine's apt knows no mirror of Debian, where the trees come from.")
    checks = [f"--aptopt={line}" for line in _run("apt-config", "dump", *CHECKS).stdout.splitlines()]
    options = ["--quiet", "--variant=extract", f"--include={PACKAGES}", *checks]
    done = _run("mmdebstrap", *options, suite, str(tree), mirrors[0])
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.startswith("E:")]
        raise CannotRun(f"Debian {suite} could not be extracted: {' '.join(said[:1]) or done.returncode}.")


def _check(tree: Path, version: str) -> None:
    """It is the version it was asked for, and its Erlang starts."""
    found = [re.sub(r".*-", "", folder.name) for folder in tree.glob(SERVERS)]
    if not any(one.startswith(f"{version}.") for one in found):
        raise CannotRun(f"Debian {SUITES[version]} has RabbitMQ {', '.join(found) or 'none'}, not {version}.")
    if _run(*within(tree), "erl", "-noshell", "-eval", "halt().").returncode != 0:
        raise CannotRun(f"Erlang does not start out of {tree}: remove it, and it is made again.")


def _run(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    try:
        sys.stdout.write(f"RabbitMQ {sys.argv[1]} is in {ensure(sys.argv[1])}\n")
    except CannotRun as reason:
        sys.exit(str(reason))

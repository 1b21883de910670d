"""RabbitMQ of other Debian releases, for `make test-brokers`: trees of Debian's packages, kept in the cache.

Nothing of a tree is installed: `deploy/verify/debian.py` tells how its programs are started, and the node is
started as any other.
`python -m tests.support.broker_trees 4.3` makes a tree, or says in one sentence what it lacks.
"""

import os
import re
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.local.program import CannotRun, Program
from deploy.local.rabbitmq import RabbitMQ
from deploy.verify import debian
from deploy.verify.debian import within
from scribeline.weights import default_models_dir

CHOICE = "SCRIBELINE_TEST_BROKER"
SUITES = {"4.0": "trixie", "4.3": "sid"}
PACKAGES = ("rabbitmq-server", "libc-bin", "dash", "coreutils", "sed", "grep", "gawk", "procps")
SERVERS = "usr/lib/rabbitmq/lib/rabbitmq_server-*"


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


def ensure(version: str) -> Path:
    """The tree, made if it is missing. Raises CannotRun with what is missing, in one sentence."""
    debian.check()
    tree = default_models_dir().parent / "brokers" / version
    if not tree.exists():
        made = tree.with_name(f"{version}.part")
        shutil.rmtree(made, ignore_errors=True)
        debian.make(SUITES[version], PACKAGES, made, "--variant=extract")
        _check(made, version)
        made.rename(tree)
    _check(tree, version)
    return tree


def _check(tree: Path, version: str) -> None:
    """It is the version it was asked for, and its Erlang starts."""
    found = [re.sub(r".*-", "", folder.name) for folder in tree.glob(SERVERS)]
    if not any(one.startswith(f"{version}.") for one in found):
        raise CannotRun(f"Debian {SUITES[version]} has RabbitMQ {', '.join(found) or 'none'}, not {version}.")
    if debian.run(*within(tree), "erl", "-noshell", "-eval", "halt().").returncode != 0:
        raise CannotRun(f"Erlang does not start out of {tree}: remove it, and it is made again.")


if __name__ == "__main__":
    try:
        sys.stdout.write(f"RabbitMQ {sys.argv[1]} is in {ensure(sys.argv[1])}\n")
    except CannotRun as reason:
        sys.exit(str(reason))

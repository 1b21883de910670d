"""A Docker engine out of a tree of Debian trixie's packages: with own data and sockets, gone afterwards.

While it builds it has the machine's network and makes none (`building`); while containers run it lies in a
network namespace, where it makes bridges and rules of iptables that nobody else sees (`composing`).
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.images.client import Client
from deploy.local.program import CannotRun
from deploy.verify import debian

SUITE = "trixie"
PACKAGES = (
    *("docker.io", "docker-cli", "docker-buildx", "docker-compose", "iptables", "iproute2", "mount"),
    *("libc-bin", "dash", "coreutils", "sed", "grep", "procps", "git", "ca-certificates"),
)
LINKS = ("iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore")
"""Names that a package's installation would make; a tree was only unpacked."""
NO_NETWORKS = (
    "--bridge=none",
    "--iptables=false",
    "--ip6tables=false",
    "--ip-forward=false",
    "--ip-masq=false",
)
START_SECONDS = 60
END_SECONDS = 60
CGROUP = "scribeline-verify"

START = """
mount -t tmpfs tmpfs /run
if [ "$0" = composing ]; then ip link set lo up; fi
exec dockerd "$@"
"""


@dataclass(frozen=True)
class Engine:
    tree: Path
    scratch: Path
    """Where its data is; a short path, because sockets lie in it."""

    @property
    def client(self) -> Client:
        """`docker`, with compose and buildx, of the same tree."""
        where = (f"DOCKER_HOST=unix://{self.scratch}/docker.sock", f"DOCKER_CONFIG={self.scratch}/config")
        return Client(("env", *where, *debian.within(self.tree), "docker"), ("--network", "host", "--quiet"))

    @contextmanager
    def building(self) -> Iterator[Client]:
        with self._running("building", *NO_NETWORKS) as client:
            yield client

    @contextmanager
    def composing(self) -> Iterator[Client]:
        """To be called in a network namespace of our own: `unshare --net`."""
        with self._running("composing") as client:
            yield client

    @contextmanager
    def _running(self, purpose: str, *options: str) -> Iterator[Client]:
        places = (
            f"--data-root={self.scratch}/data",
            f"--exec-root={self.scratch}/exec",
            f"--host=unix://{self.scratch}/docker.sock",
            f"--pidfile={self.scratch}/docker.pid",
            f"--cgroup-parent=/{CGROUP}",
        )
        argv = [*debian.within(self.tree), "sh", "-ec", START, purpose, *places, *options]
        with (self.scratch / f"{purpose}.log").open("wb") as log:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self._wait(process, purpose)
            yield self.client
        finally:
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _wait(self, process: subprocess.Popen[bytes], purpose: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                said = (self.scratch / f"{purpose}.log").read_text(errors="replace").splitlines()
                raise CannotRun(f"The engine does not start here: {said[-1] if said else 'it says nothing'}")
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            self.client.ask("version")
        except CannotRun:
            return False
        return True

    def remove(self) -> None:
        """Its data and its control groups, when it has ended."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        for group in Path("/sys/fs/cgroup").glob(f"**/{CGROUP}"):
            for folder, _, _ in os.walk(group, topdown=False):
                Path(folder).rmdir()


def tree(cache: Path) -> Path:
    """The engine's tree, made if it is missing. Raises CannotRun."""
    place = cache / "engine"
    if not place.exists():
        debian.make(SUITE, PACKAGES, place, "--variant=extract")
    for name in LINKS:
        link = place / "usr" / "sbin" / name
        link.unlink(missing_ok=True)
        link.symlink_to("xtables-legacy-multi")
    return place

"""RabbitMQ from the distribution's packages, installed where we may, leaving no system broker behind."""

import os
import shutil
import subprocess
from pathlib import Path

from deploy.local import rabbitmq
from deploy.local.program import CannotRun

INSTALL = """
set -eu
umask 022
policy=/usr/sbin/policy-rc.d
kept=$policy.before-scribeline
had_epmd=$(command -v epmd || true)
# While this says 101, packages start no service (Debian's invoke-rc.d(8)).
if [ -e "$policy" ] || [ -L "$policy" ]; then mv "$policy" "$kept"; fi
restore() { rm -f "$policy"; if [ -e "$kept" ] || [ -L "$kept" ]; then mv "$kept" "$policy"; fi; }
trap restore EXIT
trap 'exit 1' HUP INT TERM
printf '#!/bin/sh\\nexit 101\\n' > "$policy"
chmod 755 "$policy"
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 rabbitmq-server; }
install || { apt-get update -q; install; }
# Nor may it start with the machine: the node we run is our own.
update-rc.d rabbitmq-server disable || true
if [ -z "$had_epmd" ] && command -v systemctl > /dev/null; then
    systemctl disable epmd.service epmd.socket || true
fi
"""


class NotInstalled(CannotRun):
    """The package is missing, and only an administrator may install it here."""


def ensure_rabbitmq(log: Path) -> None:
    """Install RabbitMQ unless it is there.

    Raises NotInstalled with what to do where we may not, CannotRun when installing it failed.
    """
    if rabbitmq.is_installed():
        return
    root = _as_root()
    if root is None or shutil.which("apt-get") is None:
        raise NotInstalled(rabbitmq.MISSING)
    print("Installing RabbitMQ from the system's packages ...", flush=True)
    with log.open("wb") as output:
        done = subprocess.run(
            [*root, "sh", "-c", INSTALL],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0 or not rabbitmq.is_installed():
        said = [line for line in log.read_text(errors="replace").splitlines() if line.startswith("E:")]
        why = said[-1].removeprefix("E: ") if said else f"see {log}"
        raise CannotRun(f"RabbitMQ could not be installed ({why}); {rabbitmq.MISSING}")


def _as_root() -> tuple[str, ...] | None:
    """What to put before a command to run it as root; None when we may not."""
    if os.geteuid() == 0:
        return ()
    if shutil.which("sudo") is None:
        return None
    allowed = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    return ("sudo", "-n") if allowed else None

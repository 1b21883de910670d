"""The program that renders overlays: the machine's own kustomize or kubectl, else out of Debian's package."""

import json
import shutil
import subprocess

from deploy.local import debian

OLDEST = 5
"""Kustomize's major version that knows `labels` with `includeTemplates`, and components as we use them."""
SUITE = "trixie"
"""The first release of Debian that has kustomize; its program runs on older ones."""


def command() -> tuple[str, ...]:
    """What to put before the folder of an overlay. Raises CannotRun with what is missing."""
    if shutil.which("kustomize"):
        return "kustomize", "build"
    if shutil.which("kubectl") and _kubectls_version() >= OLDEST:
        return "kubectl", "kustomize"
    return str(debian.programs("kustomize", "kustomize", suite=SUITE) / "kustomize"), "build"


def _kubectls_version() -> int:
    """Major version of the kustomize within kubectl; 0 where it does not say."""
    argv = ("kubectl", "version", "--client", "--output=json")
    said = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    try:
        return int(json.loads(said.stdout)["kustomizeVersion"].lstrip("v").split(".")[0])
    except (ValueError, KeyError):
        return 0

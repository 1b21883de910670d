"""The program that renders overlays: the machine's own kustomize or kubectl, else Debian's, kept in .venv.

Debian has kustomize since release 13. Nothing of the package is installed: it is one program, taken out.
"""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from deploy.local.program import CannotRun
from deploy.local.state import ROOT

KEPT = ROOT / ".venv" / ".kustomize"
OLDEST = 5
"""Kustomize's major version that knows `labels` with `includeTemplates`, and components as we use them."""
SUITE, PACKAGE = "trixie", "kustomize"
MIRROR = ("--format=$(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Label: Debian")
KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def command(kept: Path = KEPT) -> tuple[str, ...]:
    """What to put before the folder of an overlay. Raises CannotRun with what is missing."""
    if shutil.which("kustomize"):
        return "kustomize", "build"
    if shutil.which("kubectl") and _kubectls_version() >= OLDEST:
        return "kubectl", "kustomize"
    program = kept / "usr" / "bin" / "kustomize"
    if not program.exists():
        _take_from_debian(kept)
    return str(program), "build"


def _kubectls_version() -> int:
    """Major version of the kustomize within kubectl; 0 where it does not say."""
    said = _run("kubectl", "version", "--client", "--output=json")
    try:
        return int(json.loads(said.stdout)["kustomizeVersion"].lstrip("v").split(".")[0])
    except (ValueError, KeyError):
        return 0


def _take_from_debian(kept: Path) -> None:
    missing = "Overlays are rendered by kustomize 5 or kubectl 1.27, which are not on this machine"
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None or not KEYS.exists():
        raise CannotRun(f"{missing}, and Debian's packages are not known to it.")
    mirrors = _run("apt-get", "indextargets", *MIRROR).stdout.split()
    if not mirrors:
        raise CannotRun(f"{missing}, and its apt knows no mirror of Debian.")
    work = kept.with_suffix(".part")
    shutil.rmtree(work, ignore_errors=True)
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (work / folder).mkdir(parents=True)
    apt = _apt(work, mirrors[0])
    for step in ("update", "download"):
        done = _run(*apt, step, *([PACKAGE] if step == "download" else []), folder=work)
        if done.returncode != 0:
            raise CannotRun(f"{missing}, and Debian {SUITE} could not be asked: {done.stderr.strip()[-200:]}")
    (package,) = work.glob("*.deb")
    if _run("dpkg-deb", "-x", str(package), str(work / "tree")).returncode != 0:
        raise CannotRun(f"{missing}, and {package.name} cannot be taken apart.")
    (work / "tree").rename(kept)
    shutil.rmtree(work)


def _apt(work: Path, mirror: str) -> list[str]:
    """apt with lists of its own, so that any user may run it and the machine's stay as they are."""
    (work / "sources.list").write_text(f"deb [signed-by={KEYS}] {mirror} {SUITE} main\n")
    options = {
        "Dir::State": work / "state",
        "Dir::Cache": work / "cache",
        "Dir::Etc::SourceList": work / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "",
    }
    return ["apt-get", "-qq", *(word for key, value in options.items() for word in ("-o", f"{key}={value}"))]


def _run(*argv: str, folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
    quiet: Sequence[str] = argv
    return subprocess.run(
        quiet, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )

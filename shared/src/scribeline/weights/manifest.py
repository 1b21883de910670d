"""What was checked in a model's folder, and whether it is still so."""

import contextlib
import hashlib
from pathlib import Path

from pydantic import ValidationError

from scribeline.contracts.base import Frozen
from scribeline.weights.names import COMPANIONS, WEIGHTS

MANIFEST = "manifest.json"


class Damaged(Exception):
    """The folder is not a usable model. The text says why, and follows a colon."""


class FileRecord(Frozen):
    sha256: str
    bytes: int
    mtime_ns: int


class Manifest(Frozen):
    source: str
    """Where the files came from, for people."""
    files: dict[str, FileRecord]


def model_files(folder: Path) -> list[str]:
    """Names of the model's own files that stand in the folder. Raises `Damaged` if one is missing."""
    if not folder.is_dir():
        raise Damaged("there is no such folder")
    present = [name for name in (WEIGHTS, *COMPANIONS) if (folder / name).is_file()]
    for name in (WEIGHTS, "config.json", "tokenizer.json"):
        if name not in present:
            raise Damaged(f"{name} is missing")
    if not any(name.startswith("vocabulary.") for name in present):
        raise Damaged("vocabulary.txt or vocabulary.json is missing")
    return present


def read_manifest(folder: Path) -> Manifest | None:
    """None when there is none that can be read."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError):
        return None


def check(folder: Path, *, expected: str | None, thorough: bool = False, source: str = "by hand") -> None:
    """Is the folder a whole, unchanged model? Raises `Damaged`.

    Size and modification time of each file are compared with the manifest; only where they differ,
    or there is no manifest yet, or `thorough`, the files are hashed (~0.4 s per 100 MB).
    `expected` is the sha256 of `model.bin`, where one is known.
    """
    names = model_files(folder)
    known = read_manifest(folder)
    if known and not thorough and _untouched(folder, known) and _is(known.files[WEIGHTS].sha256, expected):
        return
    found = {name: _record(folder / name) for name in names}
    if not _is(found[WEIGHTS].sha256, expected):
        raise Damaged(f"{WEIGHTS} is not the published file (its sha256 differs)")
    for name, record in known.files.items() if known else ():
        if name not in found or found[name].sha256 != record.sha256:
            raise Damaged(f"{name} has changed since it was pulled")
    _write(folder, Manifest(source=known.source if known else source, files=found))


def _untouched(folder: Path, known: Manifest) -> bool:
    if WEIGHTS not in known.files:
        return False
    try:
        stats = {name: (folder / name).stat() for name in known.files}
    except OSError:
        return False
    return all(
        (stat.st_size, stat.st_mtime_ns) == (known.files[name].bytes, known.files[name].mtime_ns)
        for name, stat in stats.items()
    )


def _is(sha256: str, expected: str | None) -> bool:
    return expected is None or sha256 == expected


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _record(path: Path) -> FileRecord:
    stat = path.stat()
    return FileRecord(sha256=sha256_of(path), bytes=stat.st_size, mtime_ns=stat.st_mtime_ns)


def _write(folder: Path, manifest: Manifest) -> None:
    # A read-only models folder (a mounted volume) is fine: it is then hashed at each start.
    with contextlib.suppress(OSError):
        partial = folder / f".{MANIFEST}"
        partial.write_text(manifest.model_dump_json(indent=2))
        partial.replace(folder / MANIFEST)

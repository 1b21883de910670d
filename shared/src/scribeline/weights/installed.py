"""What is installed."""

from dataclasses import dataclass
from pathlib import Path

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.weights.manifest import Damaged, check, read_manifest
from scribeline.weights.names import check_name, official_sha256


@dataclass(frozen=True)
class Installed:
    """A model's folder. `trouble` says what is wrong with it, None when it is whole."""

    name: str
    path: Path
    bytes: int
    source: str | None
    trouble: str | None


def locate(name: str, models_dir: Path, *, thorough: bool = False) -> Path:
    """The model's folder, checked (`thorough`: by hashing all of it).

    Raises `Fail(MODEL_UNAVAILABLE)` if it is not there or damaged, `Fail(INVALID_PARAMETER)` for what is
    no name.
    """
    folder = models_dir / check_name(name)
    try:
        check(folder, expected=official_sha256(name), thorough=thorough)
    except Damaged as why:
        state = f"is damaged: {why}" if folder.is_dir() else "is not installed"
        raise Fail(
            Code.MODEL_UNAVAILABLE, f"The model '{name}' {state}. Run: scribeline models pull {name}"
        ) from None
    except OSError as error:
        raise Fail(
            Code.MODEL_UNAVAILABLE, f"The model '{name}' cannot be read: {error.strerror}: {folder}"
        ) from None
    return folder


def installed(models_dir: Path, *, thorough: bool = False) -> list[Installed]:
    """Every model in the folder, by name."""
    if not models_dir.is_dir():
        return []
    folders = sorted(path for path in models_dir.iterdir() if path.is_dir() and path.name[0] != ".")
    return [_describe(folder, thorough=thorough) for folder in folders]


def _describe(folder: Path, *, thorough: bool) -> Installed:
    trouble = None
    try:
        locate(folder.name, folder.parent, thorough=thorough)
    except Fail as failure:
        trouble = failure.message
    manifest = read_manifest(folder)
    return Installed(
        name=folder.name,
        path=folder,
        bytes=sum(path.stat().st_size for path in folder.iterdir() if path.is_file()),
        source=manifest.source if manifest else None,
        trouble=trouble,
    )

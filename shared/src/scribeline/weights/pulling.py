"""Get a model: from a local directory, else the hub, else the mirror."""

import errno
import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.weights.child import SourceFailed
from scribeline.weights.hub import from_hub
from scribeline.weights.installed import locate
from scribeline.weights.mirror import from_mirror
from scribeline.weights.names import check_name
from scribeline.weights.place import DiskFull, Found, place
from scribeline.weights.progress import Progress, silent

Source = Callable[[str, Path, Progress], Found]
SOURCES: tuple[tuple[str, Source], ...] = (("the model hub", from_hub), ("the mirror", from_mirror))
"""Asked in this order."""


def ensure(name: str, models_dir: Path, *, progress: Progress = silent) -> Path:
    """The model's folder, pulled if it is not there or damaged. Raises `Fail` like `pull`."""
    try:
        return locate(name, models_dir)
    except Fail as failure:
        if failure.code is not Code.MODEL_UNAVAILABLE:
            raise
    return pull(name, models_dir, progress=progress)


def pull(
    name: str,
    models_dir: Path,
    *,
    source: Path | None = None,
    progress: Progress = silent,
    sources: tuple[tuple[str, Source], ...] = SOURCES,
) -> Path:
    """Make `models_dir/name` a whole, checked model and return it; at once if it is one.

    `source` is a directory with the files: they are taken whatever is installed, and nothing else is asked.
    An interrupted pull goes on where it was. Several processes may pull: one works, the others wait.
    Raises `Fail(MODEL_UNAVAILABLE)` with a sentence that says what was tried and what to do.
    """
    target = models_dir / check_name(name)
    work = models_dir / ".partial" / name
    try:
        work.mkdir(parents=True, exist_ok=True)
        with _alone(models_dir / ".partial" / f"{name}.lock", progress):
            if source is None and (found := _installed(name, models_dir)):
                return found
            work.mkdir(parents=True, exist_ok=True)
            if source is not None:
                _from_directory(name, source, target, work)
            else:
                _from_first(sources, target, work, progress)
            shutil.rmtree(work, ignore_errors=True)
    except DiskFull as why:
        raise Fail(Code.MODEL_UNAVAILABLE, f"There is no room for the model '{name}': {why}.") from None
    except OSError as error:
        raise Fail(Code.MODEL_UNAVAILABLE, f"The model '{name}' cannot be stored: {_why(error)}.") from None
    return target


@contextmanager
def _alone(lock: Path, progress: Progress) -> Iterator[None]:
    """One process at a time. The kernel frees the lock of a process that dies."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another process that pulls this model")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _installed(name: str, models_dir: Path) -> Path | None:
    try:
        return locate(name, models_dir)
    except Fail:
        return None


def _from_directory(name: str, source: Path, target: Path, work: Path) -> None:
    try:
        place(Found(source, f"the directory {source.absolute()}"), target, work)
    except SourceFailed as why:
        raise Fail(Code.MODEL_UNAVAILABLE, f"{source} does not hold the model '{name}': {why}.") from None


def _from_first(
    sources: tuple[tuple[str, Source], ...], target: Path, work: Path, progress: Progress
) -> None:
    tried = []
    for title, source in sources:
        try:
            place(source(target.name, work, progress), target, work)
        except SourceFailed as why:
            tried.append(f"{title}: {why}")
            progress(f"{title} has nothing: {why}")
        else:
            return
    raise Fail(
        Code.MODEL_UNAVAILABLE,
        f"The model '{target.name}' could not be downloaded ({'; '.join(tried)}). "
        f"Where you have its files, run: scribeline models pull {target.name} --from DIR",
    )


def _why(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "the disk is full"
    return f"{(error.strerror or str(error)).lower()}: {error.filename or ''}".rstrip(": ")

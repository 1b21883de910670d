"""Progress on standard error: bars on a terminal, a line per change elsewhere."""

import os
from collections.abc import Callable, Sequence
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

from scribeline_cli.exits import Exit
from scribeline_cli.screen import err, plain, say
from scribeline_cli.views import Job


def _name_column() -> TextColumn:
    return TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, max_width=24))


class JobBars:
    """A bar per job, with what it is doing."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        console = err()
        self._progress = Progress(
            _name_column(),
            BarColumn(bar_width=20),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.fields[step]}", markup=False, table_column=Column(no_wrap=True, ratio=1)),
            console=console,
            disable=not console.is_terminal,
            expand=True,
        )
        self._tasks = {job.id: self._add(job) for job in jobs}
        self._told: dict[str, str] = {}

    def _add(self, job: Job) -> TaskID:
        return self._progress.add_task(
            plain(job.name), total=100, completed=round(job.progress), step=_step(job)
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._progress.stop()

    def show(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            done = 100.0 if job.exit_code is Exit.OK else job.progress
            self._progress.update(self._tasks[job.id], completed=done, step=_step(job))
            if self._progress.disable and self._told.get(job.id) != job.status:
                self._told[job.id] = job.status
                say(f"{job.name}: {_step(job)}")


def _step(job: Job) -> str:
    """The status, and what it is busy with if that says more."""
    if job.exit_code is Exit.FAILED and job.error:
        return plain(f"failed: {job.error}")
    if job.exit_code is not None or not job.step:
        return plain(job.status)
    return plain(job.step if job.status in job.step.lower() else f"{job.status}: {job.step}")


class ByteBar:
    """One bar that counts bytes, for an upload or a download."""

    def __init__(self, what: str) -> None:
        console = err()
        self._progress = Progress(
            _name_column(),
            BarColumn(bar_width=20),
            DownloadColumn(),
            TimeRemainingColumn(compact=True),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._progress.add_task(plain(what), total=None, visible=False)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._progress.stop()

    def show(self, done: int, total: int | None) -> None:
        """Nothing is shown while the total is unknown."""
        self._progress.update(self._task, completed=done, total=total, visible=total is not None)

    def say(self, sentence: str) -> None:
        """One line above the bar."""
        self._progress.console.print(Text(plain(sentence), style="dim"), soft_wrap=True)


class CountedFile(FileIO):
    """A file that tells how far it was read, as (bytes read, bytes of it)."""

    def __init__(self, path: Path, told: Callable[[int, int], None]) -> None:
        super().__init__(path, "rb")
        self._size = os.fstat(self.fileno()).st_size
        self._told = told

    def read(self, size: int | None = -1, /) -> bytes:
        block = super().read(-1 if size is None else size)
        self._told(self.tell(), self._size)
        return block or b""

"""Upload recordings one after the other, and wait for what becomes of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scribeline_cli.bars import ByteBar, CountedFile
from scribeline_cli.client import Client
from scribeline_cli.exits import Exit, Stop
from scribeline_cli.formats import Format, Task
from scribeline_cli.results import print_result
from scribeline_cli.screen import complain, say, write
from scribeline_cli.views import Job
from scribeline_cli.waiting import verdict, wait_for


@dataclass(frozen=True)
class Options:
    """What is asked of the jobs; what is empty is left to the server."""

    language: str | None
    model: str | None
    prompt: str | None
    task: Task | None
    metadata: dict[str, str]
    tags: list[str]
    word_timestamps: bool
    analyze: bool

    def fields(self) -> dict[str, str | list[str]]:
        """As form fields."""
        return {
            **{
                key: value for key in ("language", "model", "prompt", "task") if (value := getattr(self, key))
            },
            **({"metadata": json.dumps(self.metadata)} if self.metadata else {}),
            **({"tags": self.tags} if self.tags else {}),
            **({"word_timestamps": "true"} if self.word_timestamps else {}),
            **({} if self.analyze else {"analyze": "false"}),
        }


def upload_all(
    client: Client, files: Sequence[Path], options: Options, *, quiet: bool
) -> tuple[list[Job], Exit]:
    """The jobs, and `REFUSED` if a file among them was. Unless `quiet`, ids go to standard output.

    Raises `Stop` where the next file would fare no better.
    """
    jobs = []
    refused = Exit.OK
    for file in files:
        try:
            job = _upload(client, file, options)
        except Stop as stop:
            if stop.exit_code is not Exit.REFUSED:
                raise
            complain(f"{file.name}: {stop.sentence}", stop.code)
            refused = stop.exit_code
        else:
            jobs.append(job)
            _announce(job, file, quiet=quiet)
    return jobs, refused


def finish(client: Client, jobs: Sequence[Job], rendering: Format | None, timeout: float) -> Exit:
    """Wait, print the results in the files' order, and say how the command ends."""
    if not jobs:
        return Exit.OK
    ended = wait_for(client, jobs, timeout=timeout)
    for job in ended:
        print_result(client, job, rendering)
    return verdict(ended)


def _upload(client: Client, file: Path, options: Options) -> Job:
    name = file.name.encode(errors="replace").decode()
    try:
        with ByteBar(name) as bar, CountedFile(file, bar.show) as counted:
            raw = client.upload("/v1/jobs", name, counted, options.fields())
    except OSError as error:
        raise Stop(Exit.USAGE, f"{file} cannot be read: {error.strerror}.") from None
    return Job.of({"filename": name, **raw})


def _announce(job: Job, file: Path, *, quiet: bool) -> None:
    if quiet:
        say(f"{file.name} is job {job.id}")
    else:
        write(job.id)

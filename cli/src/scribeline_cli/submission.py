"""Submit recordings one after the other, and wait for what becomes of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scribeline_cli.bars import ByteBar, CountedFile
from scribeline_cli.client import Client
from scribeline_cli.exits import Exit, Stop
from scribeline_cli.formats import Channels, Format, Task
from scribeline_cli.results import print_result
from scribeline_cli.screen import complain, say, write
from scribeline_cli.views import Job
from scribeline_cli.waiting import verdict, wait_for


@dataclass(frozen=True)
class Options:
    """What is asked of the jobs; what is empty is left to the server."""

    language: str | None = None
    languages: str | None = None
    model: str | None = None
    prompt: str | None = None
    hotwords: str | None = None
    replacements: str | None = None
    task: Task | None = None
    channels: Channels | None = None
    start: str | None = None
    end: str | None = None
    recorded_at: str | None = None
    continues: str | None = None
    delete_after: str | None = None
    word_timestamps: bool = False
    analyze: bool = True
    analysis_template: str | None = None
    analysis_prompt: str | None = None
    analysis_schema: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    webhook_url: str | None = None
    webhook_events: list[str] = field(default_factory=list)

    def fields(self) -> dict[str, str | list[str]]:
        """As form fields."""
        given = {name: value for name, value in vars(self).items() if value and name != "analyze"}
        return {name: _field(value) for name, value in given.items()} | (
            {} if self.analyze else {"analyze": "false"}
        )


def _field(value: str | bool | dict[str, str] | list[str]) -> str | list[str]:
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return json.dumps(value)
    return value


Source = Path | str
"""A file, or the address that the server fetches a recording from."""


def submit_all(
    client: Client, sources: Sequence[Source], options: Options, *, quiet: bool, parts: bool = False
) -> tuple[list[Job], Exit]:
    """The jobs, and `REFUSED` if a recording was. Unless `quiet`, ids go to standard output.

    Raises `Stop` where the next file would fare no better.
    """
    jobs = []
    refused = Exit.OK
    for source in sources:
        try:
            job = _submit(client, source, options, parts=parts)
        except Stop as stop:
            if stop.exit_code is not Exit.REFUSED:
                raise
            complain(f"{_name(source)}: {stop.sentence}", stop.code)
            refused = stop.exit_code
        else:
            jobs.append(job)
            _announce(job, source, quiet=quiet)
    return jobs, refused


def finish(client: Client, jobs: Sequence[Job], rendering: Format | None, timeout: float) -> Exit:
    """Wait, print the results in the order given, and say how the command ends."""
    if not jobs:
        return Exit.OK
    ended = wait_for(client, jobs, timeout=timeout)
    for job in ended:
        print_result(client, job, rendering)
    return verdict(ended)


def _submit(client: Client, source: Source, options: Options, *, parts: bool) -> Job:
    if isinstance(source, Path):
        return _upload(client, source, options, parts=parts)
    return Job.of(client.fetched(source, options.fields()))


def _name(source: Source) -> str:
    """An address without its query, which may hold a secret."""
    return source.name if isinstance(source, Path) else source.partition("?")[0]


def _upload(client: Client, file: Path, options: Options, *, parts: bool) -> Job:
    send = client.upload_in_parts if parts else client.upload
    name = file.name.encode(errors="replace").decode()
    try:
        with ByteBar(name) as bar, CountedFile(file, bar.show) as counted:
            raw = send(name, counted, options.fields())
    except OSError as error:
        raise Stop(Exit.USAGE, f"{file} cannot be read: {error.strerror}.") from None
    return Job.of({"filename": name, **raw})


def _announce(job: Job, source: Source, *, quiet: bool) -> None:
    if quiet:
        say(f"{_name(source)} is job {job.id}")
    else:
        write(job.id)

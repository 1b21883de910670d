"""`scribeline submit`: upload recordings, and wait for them if asked."""

from pathlib import Path
from typing import Annotated

import typer

from scribeline_cli.formats import Format, Task
from scribeline_cli.session import client_of

DAY = 86_400


def submit(  # noqa: PLR0913 - each argument is an option of the command
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True)],
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Wait, then print transcript and analysis.")] = False,
    rendering: Annotated[
        Format | None, typer.Option("--format", help="With --wait: print only the transcript, as this.")
    ] = None,
    timeout: Annotated[
        int, typer.Option(min=0, metavar="SECONDS", help="With --wait: at most so long.")
    ] = DAY,
    meta: Annotated[
        list[str] | None, typer.Option(metavar="K=V", help="Echoed in answers and events.")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(metavar="TAG", help="May be given several times.")] = None,
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help="Spoken language, such as en; else detected.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="Transcription model; else the server's default.")
    ] = None,
    prompt: Annotated[str | None, typer.Option(metavar="TEXT", help="Names and words to expect.")] = None,
    task: Annotated[Task | None, typer.Option(help="Translation is into English.")] = None,
    words: Annotated[bool, typer.Option("--words", help="Give the time of every word.")] = False,
    analyze: Annotated[bool, typer.Option("--analyze/--no-analyze", help="Also make a report.")] = True,
) -> None:
    """Upload recordings. Prints their job ids, or with --wait what was said.

    All files are submitted first, then waited for. A file that the server refuses does not stop the others.
    """
    from scribeline_cli import submission  # noqa: PLC0415 - keeps --help quick

    if rendering and not wait:
        raise typer.BadParameter("needs --wait", param_hint="--format")
    options = submission.Options(
        language=language,
        model=model,
        prompt=prompt,
        task=task,
        metadata=_pairs(meta or []),
        tags=tag or [],
        word_timestamps=words,
        analyze=analyze,
    )
    client = client_of(context)
    jobs, refused = submission.upload_all(client, files, options, quiet=wait)
    ended = submission.finish(client, jobs, rendering, timeout) if wait else None
    raise typer.Exit(ended or refused)


def _pairs(given: list[str]) -> dict[str, str]:
    pairs = {}
    for pair in given:
        key, separator, value = pair.partition("=")
        if not key or not separator:
            raise typer.BadParameter(f"{pair!r} is not K=V", param_hint="--meta")
        pairs[key] = value
    return pairs

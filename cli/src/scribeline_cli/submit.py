"""`scribeline submit`: hand in recordings, and wait for them if asked."""

import os
from pathlib import Path
from typing import Annotated

import typer

from scribeline_cli.event_types import types_of
from scribeline_cli.formats import Channels, Format, Task
from scribeline_cli.session import client_of
from scribeline_cli.text_files import content, text_file

DAY = 86_400
RECORDING = "FILE|URL"


def submit(  # noqa: PLR0913 - each argument is an option of the command
    context: typer.Context,
    recordings: Annotated[list[str], typer.Argument(metavar=RECORDING, show_default=False)],
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Wait, then print transcript and analysis.")] = False,
    rendering: Annotated[
        Format | None, typer.Option("--format", help="With --wait: print only the transcript, as this.")
    ] = None,
    timeout: Annotated[
        int, typer.Option(min=0, metavar="SECONDS", help="With --wait: at most so long.")
    ] = DAY,
    parts: Annotated[
        bool, typer.Option("--parts", help="Large files: straight to the object store, part by part.")
    ] = False,
    meta: Annotated[
        list[str] | None, typer.Option(metavar="K=V", help="Echoed in answers and events.")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(metavar="TAG", help="May be given several times.")] = None,
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help="Spoken language, such as en; else detected.")
    ] = None,
    languages: Annotated[
        str | None, typer.Option(metavar="CODES", help="Those that may be detected, such as en,de.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="Transcription model; else the server's default.")
    ] = None,
    prompt: Annotated[str | None, typer.Option(metavar="TEXT", help="Names and words to expect.")] = None,
    hotwords: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Words to listen for, in all of it.")
    ] = None,
    replacements: Annotated[Path | None, text_file('Spellings, as JSON: {"find": "replace"}.')] = None,
    task: Annotated[Task | None, typer.Option(help="Translation is into English.")] = None,
    channels: Annotated[Channels | None, typer.Option(help="split: a speaker on each channel.")] = None,
    start: Annotated[str | None, typer.Option(metavar="TIME", help="Hear it from here: 90 or 1:30.")] = None,
    end: Annotated[str | None, typer.Option(metavar="TIME", help="Hear it up to here.")] = None,
    recorded_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When it was recorded: 2026-11-21T14:30+01:00.")
    ] = None,
    continues: Annotated[
        str | None, typer.Option(metavar="JOB", help="It goes on from that job's recording.")
    ] = None,
    delete_after: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Delete it so long after its end: P30D, PT12H.")
    ] = None,
    webhook_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Told when it has ended; see webhooks callback-secret.")
    ] = None,
    webhook_event: Annotated[
        list[str] | None, typer.Option(metavar="TYPE", help="Tell it of these events instead.")
    ] = None,
    words: Annotated[bool, typer.Option("--words", help="Give the time of every word.")] = False,
    analyze: Annotated[bool, typer.Option("--analyze/--no-analyze", help="Also make a report.")] = True,
    template: Annotated[
        str | None, typer.Option(metavar="NAME", help="Ask this template instead; see templates list.")
    ] = None,
    ask: Annotated[str | None, typer.Option(metavar="TEXT", help="Ask this instead of the report.")] = None,
    ask_file: Annotated[Path | None, text_file("The same, from a file.")] = None,
    schema_file: Annotated[Path | None, text_file("JSON Schema of the answer.")] = None,
) -> None:
    """Submit recordings: files to upload, or addresses (http://, https://) that the server fetches from.

    Prints their job ids, or with --wait what was said. All are submitted first, then waited for. One that the
    server refuses does not stop the others.
    """
    from scribeline_cli import submission  # noqa: PLC0415 - keeps --help quick

    if rendering and not wait:
        raise typer.BadParameter("needs --wait", param_hint="--format")
    if webhook_event and not webhook_url:
        raise typer.BadParameter("needs --webhook-url", param_hint="--webhook-event")
    if ask and ask_file:
        raise typer.BadParameter("is given beside --ask", param_hint="--ask-file")
    options = submission.Options(
        language=language,
        languages=languages,
        model=model,
        prompt=prompt,
        hotwords=hotwords,
        replacements=content(replacements),
        task=task,
        channels=channels,
        start=start,
        end=end,
        recorded_at=recorded_at,
        continues=continues,
        delete_after=delete_after,
        word_timestamps=words,
        analyze=analyze,
        analysis_template=template,
        analysis_prompt=ask or content(ask_file),
        analysis_schema=content(schema_file),
        metadata=_pairs(meta or []),
        tags=tag or [],
        webhook_url=webhook_url,
        webhook_events=types_of(webhook_event),
    )
    sources = [_source(given) for given in recordings]
    client = client_of(context)
    jobs, refused = submission.submit_all(client, sources, options, quiet=wait, parts=parts)
    ended = submission.finish(client, jobs, rendering, timeout) if wait else None
    raise typer.Exit(ended or refused)


def _source(given: str) -> Path | str:
    if given.lower().startswith(("http://", "https://")):
        return given
    path = Path(given)
    if not path.exists():
        raise typer.BadParameter(f"{given!r} does not exist", param_hint=RECORDING)
    if path.is_dir() or not os.access(path, os.R_OK):
        raise typer.BadParameter(f"{given!r} is no file that can be read", param_hint=RECORDING)
    return path


def _pairs(given: list[str]) -> dict[str, str]:
    pairs = {}
    for pair in given:
        key, separator, value = pair.partition("=")
        if not key or not separator:
            raise typer.BadParameter(f"{pair!r} is not K=V", param_hint="--meta")
        pairs[key] = value
    return pairs

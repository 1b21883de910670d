"""`scribeline jobs rerun` and `jobs runs`."""

import json
from typing import Annotated, Any, Literal

import typer

from scribeline_cli import many
from scribeline_cli.screen import say, write_json
from scribeline_cli.session import client_of, path
from scribeline_cli.views import items, text

SET = "NAME=VALUE"


def rerun(  # noqa: PLR0913 - each argument is an option of the command
    context: typer.Context,
    job_ids: many.Ids = None,
    *,
    stage: Annotated[
        Literal["transcription", "analysis"] | None,
        typer.Option(help="Where to begin; else at the recording."),
    ] = None,
    language: Annotated[str | None, typer.Option(metavar="CODE", help="Spoken language.")] = None,
    model: Annotated[str | None, typer.Option(metavar="NAME", help="Transcription model.")] = None,
    words: Annotated[bool | None, typer.Option("--words/--no-words", help="The time of every word.")] = None,
    template: Annotated[str | None, typer.Option(metavar="NAME", help="Ask this template.")] = None,
    ask: Annotated[str | None, typer.Option(metavar="TEXT", help="Ask this instead of the report.")] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar=SET, help="Any other option, by its name in the API; null: the default."
        ),
    ] = None,
    status: many.Status = None,
    tag: many.Tag = None,
    owner: many.Owner = None,
    metadata: many.Metadata = None,
    everything: many.All = False,
    dry_run: many.DryRun = False,
    yes: many.Yes = False,
) -> None:
    """Run jobs again: all of them, or only their analysis. What is not given is as before."""
    given: dict[str, Any] = {
        "stage": stage,
        "language": language,
        "model": model,
        "word_timestamps": words,
        "analysis_template": template,
        "analysis_prompt": ask,
    }
    body = {name: value for name, value in given.items() if value is not None}
    body |= options_of(option or [], "--set")
    asked = {"status": status, "tag": tag, "owner": owner, "metadata": metadata}
    named = many.filter_of(job_ids, asked, everything=everything, dry_run=dry_run, yes=yes)
    if named is not None:
        many.change(client_of(context), "rerun", named, dry_run=dry_run, options=body)
    for job_id in job_ids or []:
        job = client_of(context).post(path("jobs", job_id, "rerun"), body)
        say(f"{job_id} runs again: run {text(job, 'run')}.")


def list_runs(
    context: typer.Context,
    job_id: Annotated[str, typer.Argument(metavar="JOB")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the server's answer.")] = False,
) -> None:
    """Print the runs of a job; `transcript --run N` prints what was said in one."""
    found = client_of(context).get(path("jobs", job_id, "runs"))
    if as_json:
        write_json(found)
        return
    from scribeline_cli.tables import print_runs  # noqa: PLC0415 - keeps --help quick

    print_runs(items(found, "runs"))


def options_of(given: list[str], hint: str = SET) -> dict[str, Any]:
    """Values are JSON, or texts as they stand."""
    values: dict[str, Any] = {}
    for pair in given:
        name, separator, value = pair.partition("=")
        if not name or not separator:
            raise typer.BadParameter(f"{pair!r} is not {SET}", param_hint=hint)
        try:
            values[name] = json.loads(value)
        except ValueError:
            values[name] = value
    return values

"""`scribeline transcript` and `scribeline analysis`: read one result of one job."""

from typing import Annotated

import typer

from scribeline_cli.formats import Captions, Format
from scribeline_cli.screen import out, write, write_json
from scribeline_cli.session import client_of, path
from scribeline_cli.views import Job

JobId = Annotated[str, typer.Argument(metavar="JOB")]
Run = Annotated[int | None, typer.Option(metavar="N", help="Of this run; else of the current one.")]


def transcript(  # noqa: PLR0913 - each argument is an option of the command
    context: typer.Context,
    job_id: JobId,
    *,
    rendering: Annotated[Format | None, typer.Option("--format", help="Else laid out for reading.")] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="What is there so far, or of a job that failed.")
    ] = False,
    run: Run = None,
    max_chars: Annotated[
        int | None, typer.Option(metavar="N", help="Captions: columns of a line, 10 to 200; 42 reads well.")
    ] = None,
    max_lines: Annotated[
        int | None, typer.Option(metavar="N", help="Captions: lines, 1 to 10, with --max-chars; often 2.")
    ] = None,
    max_seconds: Annotated[
        float | None, typer.Option(metavar="S", help="Captions: how long one stays, 0.5 to 60; often 7.")
    ] = None,
    words: Annotated[
        bool, typer.Option("--words", help="Captions in vtt: the time of each word in them.")
    ] = False,
) -> None:
    """Print what was said. Captions (srt, vtt) are one a segment, unless they are limited."""
    captions = Captions(max_chars, max_lines, max_seconds, words).query()
    if captions and rendering is None:
        raise typer.BadParameter("options of captions need it: srt or vtt", param_hint="--format")
    client = client_of(context)
    where, asked = path("jobs", job_id, "transcript"), {"partial": str(partial).lower(), **captions}
    if run is not None:
        asked["run"] = str(run)
    if rendering:
        write(client.rendering(where, format=rendering.value, **asked))
        return
    from scribeline_cli.report import print_transcript  # noqa: PLC0415 - keeps --help quick

    said = client.get(where, format="json", **asked)
    print_transcript(out(), Job.of(client.get(path("jobs", job_id))).name, said)


def analysis(
    context: typer.Context,
    job_id: JobId,
    *,
    run: Run = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the server's answer.")] = False,
) -> None:
    """Print the report, or the answer to the job's own question, with where in the recording it was said."""
    asked = {} if run is None else {"run": str(run)}
    found = client_of(context).get(path("jobs", job_id, "analysis"), **asked)
    if as_json:
        write_json(found)
        return
    from scribeline_cli.report import print_analysis  # noqa: PLC0415 - keeps --help quick

    print_analysis(out(), found)

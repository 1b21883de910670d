"""`scribeline jobs`: list, show, watch, cancel, retry, rerun, runs, trace, resume, delete."""

from typing import TYPE_CHECKING, Annotated

import typer

from scribeline_cli import many, runs, trace
from scribeline_cli.exits import Exit
from scribeline_cli.formats import Format
from scribeline_cli.screen import say, write, write_json
from scribeline_cli.session import client_of, path
from scribeline_cli.submit import DAY
from scribeline_cli.views import Job, number

if TYPE_CHECKING:
    from scribeline_cli.client import Client

app = typer.Typer(help="See what became of recordings.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print the server's answer.")]
Rendering = Annotated[Format | None, typer.Option("--format", help="Print only the transcript, as this.")]


@app.command("list")
def list_jobs(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, help="Most jobs to print.")] = 20,
    status: Annotated[list[str] | None, typer.Option(help="In this state; more than once: in any.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="With this tag; more than once: with all.")] = None,
    owner: Annotated[str | None, typer.Option(metavar="NAME", help="Of this user.")] = None,
    metadata: Annotated[str | None, typer.Option(metavar="JSON", help="Whose metadata hold this.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the newest jobs, of those that have everything that is named."""
    asked = {"status": status, "tag": tag, "owner": owner, "metadata": metadata}
    query = {name: value for name, value in asked.items() if value}
    found = list(client_of(context).jobs(limit, **query))
    if as_json:
        write_json(found)
        return
    from scribeline_cli.tables import print_jobs  # noqa: PLC0415 - keeps --help quick

    print_jobs([Job.of(raw) for raw in found])


@app.command()
def show(
    context: typer.Context,
    job_id: Annotated[str, typer.Argument(metavar="JOB")],
    *,
    rendering: Rendering = None,
    as_json: AsJson = False,
) -> None:
    """Print a job, and its transcript and analysis when they are there."""
    from scribeline_cli import results, tables  # noqa: PLC0415 - keeps --help quick

    client = client_of(context)
    if rendering:
        write(client.rendering(path("jobs", job_id, "transcript"), format=rendering.value))
        return
    job = _get(client, job_id)
    if as_json:
        write_json(job.raw)
        return
    tables.print_job(job)
    if job.exit_code is Exit.OK:
        results.print_result(client, job, None)


@app.command()
def watch(
    context: typer.Context,
    job_ids: Annotated[list[str], typer.Argument(metavar="JOB")],
    *,
    rendering: Rendering = None,
    timeout: Annotated[int, typer.Option(min=0, metavar="SECONDS", help="At most so long.")] = DAY,
) -> None:
    """Wait for jobs, then print what was said. Ends like `submit --wait`."""
    from scribeline_cli import submission  # noqa: PLC0415 - keeps --help quick

    client = client_of(context)
    jobs = [_get(client, job_id) for job_id in dict.fromkeys(job_ids)]
    raise typer.Exit(submission.finish(client, jobs, rendering, timeout))


app.command("cancel")(
    many.command(
        "cancel", "{} is being cancelled.", "Cancel jobs that are under way; what was transcribed stays."
    )
)
app.command("retry")(
    many.command(
        "retry",
        "What failed in {} is tried again.",
        "Try again what failed; what was done is taken over.",
    )
)
app.command()(runs.rerun)
app.command("runs")(runs.list_runs)
app.command()(trace.trace)


@app.command()
def resume(
    context: typer.Context,
    job_ids: Annotated[list[str] | None, typer.Argument(metavar="[JOB]...")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Every job that is under way.")] = False,
) -> None:
    """Send units again that the broker lost, for operators."""
    if bool(job_ids) == everything:
        raise typer.BadParameter("name jobs, or say --all")
    asked: list[dict[str, object]] = [{"job": job_id} for job_id in job_ids or []] or [{"all": True}]
    client = client_of(context)
    done = sum(int(number(client.post("/v1/admin/resume", each), "jobs") or 0) for each in asked)
    say(f"Units of {done} jobs are sent again.")


app.command("delete")(
    many.command("delete", "{} is deleted.", "Delete jobs with recordings, transcripts and all.")
)


def _get(client: "Client", job_id: str) -> Job:
    return Job.of({"id": job_id, **client.get(path("jobs", job_id))})

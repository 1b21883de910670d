"""Fetch and print what became of a job."""

from scribeline_cli.client import Client
from scribeline_cli.exits import Exit, Stop
from scribeline_cli.formats import Format
from scribeline_cli.report import print_analysis, print_transcript
from scribeline_cli.screen import complain, out, say, write
from scribeline_cli.session import path
from scribeline_cli.views import Job, items, text


def print_result(client: Client, job: Job, rendering: Format | None) -> None:
    """The transcript, and without a `rendering` also the analysis. Of a job that failed, why."""
    if job.exit_code is not Exit.OK:
        if job.exit_code is Exit.FAILED:
            complain(f"{job.name}: {job.error or 'the job failed'}")
        else:
            say(f"{job.name}: {job.status}")
        return
    transcript = path("jobs", job.id, "transcript")
    if rendering:
        write(client.rendering(transcript, format=rendering.value))
        return
    console = out()
    print_transcript(console, job.name, client.get(transcript, format="json"))
    if _has_analysis(job):
        _print_analysis(client, job)


def _print_analysis(client: Client, job: Job) -> None:
    try:
        print_analysis(out(), client.get(path("jobs", job.id, "analysis")))
    except Stop as stop:
        if stop.exit_code in (Exit.UNREACHABLE, Exit.NOT_ALLOWED):
            raise
        say(f"No analysis: {stop.sentence}")


def _has_analysis(job: Job) -> bool:
    """An analysis that failed is worth asking for: the answer says why."""
    stages = {text(stage, "name"): text(stage, "status") for stage in items(job.raw, "stages")}
    return stages.get("analysis") != "skipped"

"""Jobs that are named by what they have, for `jobs cancel`, `retry`, `rerun` and `delete`."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from scribeline_cli.screen import say, write
from scribeline_cli.session import client_of, path

if TYPE_CHECKING:
    from scribeline_cli.client import Client

Ids = Annotated[list[str] | None, typer.Argument(metavar="[JOB]...")]
Status = Annotated[
    list[str] | None, typer.Option(help="Those in this state instead; more than once: in any.")
]
Tag = Annotated[list[str] | None, typer.Option(help="Those with this tag; more than once: with all.")]
Owner = Annotated[str | None, typer.Option(metavar="NAME", help="Those of this user.")]
Metadata = Annotated[str | None, typer.Option(metavar="JSON", help="Those whose metadata hold this.")]
All = Annotated[bool, typer.Option("--all", help="Every job.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only print which of them it would be.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it to all that these options name.")]

DONE = {"cancel": "cancelled", "delete": "deleted", "retry": "tried again", "rerun": "run again"}


def command(action: Literal["cancel", "retry", "delete"], told: str, about: str) -> Callable[..., None]:
    """That command, of jobs one by one or by what they have."""

    def change_jobs(  # noqa: PLR0913 - each argument is an option of the command
        context: typer.Context,
        job_ids: Ids = None,
        *,
        status: Status = None,
        tag: Tag = None,
        owner: Owner = None,
        metadata: Metadata = None,
        everything: All = False,
        dry_run: DryRun = False,
        yes: Yes = False,
    ) -> None:
        asked = {"status": status, "tag": tag, "owner": owner, "metadata": metadata}
        named = filter_of(job_ids, asked, everything=everything, dry_run=dry_run, yes=yes)
        client = client_of(context)
        if named is not None:
            change(client, action, named, dry_run=dry_run)
        for job_id in job_ids or []:
            if action == "delete":
                client.delete(path("jobs", job_id))
            else:
                client.post(path("jobs", job_id, action), {})
            say(told.format(job_id))

    change_jobs.__doc__ = about
    return change_jobs


def filter_of(
    job_ids: list[str] | None,
    asked: dict[str, Any],
    *,
    everything: bool,
    dry_run: bool,
    yes: bool,
) -> dict[str, Any] | None:
    """What the jobs must have; None when they are named one by one. Raises `BadParameter` unless it is clear
    which are meant."""
    named = {name: value for name, value in asked.items() if value is not None and value != []}
    if "metadata" in named:
        named["metadata"] = _object(named["metadata"])
    if bool(job_ids) + bool(named) + everything != 1:
        raise typer.BadParameter("name jobs, or what they have, or say --all")
    if job_ids and (dry_run or yes):
        raise typer.BadParameter("--dry-run and --yes are for jobs that are not named one by one")
    if not job_ids and not (dry_run or yes):
        raise typer.BadParameter("look first with --dry-run, or say --yes")
    return None if job_ids else named


def change(
    client: "Client",
    action: Literal["cancel", "delete", "retry", "rerun"],
    named: dict[str, Any],
    *,
    dry_run: bool,
    options: dict[str, Any] | None = None,
) -> None:
    """Print how many it was done to. A dry run prints the first of them to standard output."""
    done = client.bulk(action, named, dry_run=dry_run, options=options)
    if dry_run:
        for job_id in done.jobs:
            write(str(job_id))
    jobs = "1 job" if done.changed == 1 else f"{done.changed} jobs"
    would_be = "would be" if dry_run else "is" if done.changed == 1 else "are"
    say(f"{jobs} {would_be} {DONE[action]}.")
    for why, number in done.skipped.items():
        say(f"{number} left alone: {why}")


def _object(given: str) -> dict[str, Any]:
    try:
        value = json.loads(given)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise typer.BadParameter(f"{given!r} is no JSON object", param_hint="--metadata")
    return value

"""`scribeline queues`: what waits in each, pauses, and dead letters seen, tried again or thrown away."""

from typing import Annotated, Any

import typer

from scribeline_cli.exits import Exit
from scribeline_cli.screen import say, write_json
from scribeline_cli.session import client_of, path
from scribeline_cli.views import child, items, text

app = typer.Typer(help="What waits in each queue, and dead letters.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print the server's answer.")]
Queue = Annotated[str, typer.Argument(metavar="QUEUE")]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Of letters.")]
Job = Annotated[str | None, typer.Option(metavar="ID", help="Those of this job.")]
Tenant = Annotated[str | None, typer.Option(metavar="NAME", help="Those of this tenant.")]
All = Annotated[bool, typer.Option("--all", help="Every letter of the queue.")]


@app.command("list")
def list_queues(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Print what waits in each queue, and who takes it."""
    answer = client_of(context).get("/v1/admin/queues")
    found = items(answer, "queues")
    if why := text(answer, "broker"):
        say(f"The broker does not tell what it has: {why}")
    if as_json:
        write_json(found)
        return
    from scribeline_cli.tables import print_table  # noqa: PLC0415 - keeps --help quick

    columns = {
        "name": "QUEUE", "ready": "READY", "unacked": "UNACKED", "consumers": "CONSUMERS", "dead": "DEAD",
        "waiting": "WAITING", "released": "UNDER WAY", "oldest_seconds": "OLDEST (S)", "paused_at": "PAUSED",
    }  # fmt: skip
    print_table(tuple(columns.values()), [tuple(text(queue, name) for name in columns) for queue in found])


@app.command()
def pause(context: typer.Context, queue: Queue) -> None:
    """Send no more work to a queue; what was sent to it is still done."""
    client_of(context).post(path("admin", "queues", queue, "pause"), {})
    say(f"{queue} is paused: new work waits in the database until `scribeline queues resume {queue}`.")


@app.command()
def resume(context: typer.Context, queue: Queue) -> None:
    """Send work to a paused queue again."""
    client_of(context).post(path("admin", "queues", queue, "resume"), {})
    say(f"{queue} is sent work again.")


@app.command()
def dead(
    context: typer.Context,
    queue: Queue,
    *,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most letters.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Print a queue's dead letters, the oldest first; it changes nothing."""
    answer = client_of(context).get(path("admin", "queues", queue, "dead"), limit=limit)
    found = items(answer, "letters")
    if as_json:
        write_json(found)
        return
    from scribeline_cli.tables import print_table  # noqa: PLC0415 - keeps --help quick

    print_table(
        ("LETTER", "DIED", "ATTEMPTS", "JOB", "UNIT", "REASON"),
        [
            (
                text(letter, "id"),
                text(letter, "died_at"),
                text(letter, "attempts"),
                text(letter, "job"),
                _unit(child(letter, "unit")),
                text(letter, "reason"),
            )
            for letter in found
        ],
    )


@app.command()
def show(context: typer.Context, queue: Queue, letter: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Print one dead letter, with its message."""
    write_json(client_of(context).get(path("admin", "queues", queue, "dead", letter)))


@app.command()
def redrive(
    context: typer.Context,
    queue: Queue,
    ids: Ids = None,
    *,
    job: Job = None,
    tenant: Tenant = None,
    everything: All = False,
) -> None:
    """Try dead letters again: what failed in their jobs runs once more."""
    done = _sort_out(context, queue, "redrive", _chosen(ids, job, tenant, everything=everything))
    if not any(done.get(what) for what in ("redriven", "discarded", "kept")):
        say("No such letter: it is not there, or another one is just looking at it.")
        raise typer.Exit(Exit.NOT_FOUND)
    say(f"{text(done, 'redriven')} tried again.")
    say(f"{text(done, 'discarded')} had nothing to repair, or are repaired with another one.")
    for kept in items(done, "kept"):
        say(f"{text(kept, 'id')} stays: {text(kept, 'reason')}")


@app.command()
def discard(
    context: typer.Context,
    queue: Queue,
    ids: Ids = None,
    *,
    job: Job = None,
    tenant: Tenant = None,
    everything: All = False,
) -> None:
    """Throw dead letters away; what failed stays failed."""
    done = _sort_out(context, queue, "discard", _chosen(ids, job, tenant, everything=everything))
    say(f"{text(done, 'discarded')} thrown away.")
    if not done.get("discarded"):
        raise typer.Exit(Exit.NOT_FOUND)


def _chosen(
    ids: list[str] | None, job: str | None, tenant: str | None, *, everything: bool
) -> dict[str, Any]:
    given: dict[str, Any] = {"ids": ids, "job": job, "tenant": tenant, "all": everything}
    chosen = {name: value for name, value in given.items() if value}
    if not chosen:
        raise typer.BadParameter("name letters, --job or --tenant, or say --all")
    return chosen


def _sort_out(context: typer.Context, queue: str, what: str, chosen: dict[str, Any]) -> dict[str, Any]:
    return client_of(context).post(path("admin", "queues", queue, "dead", what), chosen)


def _unit(unit: dict[str, Any]) -> str:
    return "/".join(text(unit, part) for part in ("stage", "index", "run")) if unit else ""

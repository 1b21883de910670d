"""`scribeline webhooks`: addresses that are told of events."""

from datetime import timedelta
from typing import Annotated, Any, Literal

import typer

from scribeline_cli import deliveries
from scribeline_cli.event_types import Types, told_types, types_of
from scribeline_cli.moments import duration
from scribeline_cli.pings import ping
from scribeline_cli.screen import say, write, write_json
from scribeline_cli.session import client_of, path
from scribeline_cli.views import items, text

app = typer.Typer(help="Addresses that are told of events.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print the server's answer.")]
Id = Annotated[str, typer.Argument(metavar="WEBHOOK")]
Content = Annotated[
    Literal["full", "refs"] | None, typer.Option(help="refs: nothing of what was said, but where to get it.")
]
Description = Annotated[str | None, typer.Option(metavar="TEXT", help="What it is for.")]
Overlap = Annotated[
    timedelta | None,
    typer.Option(
        parser=duration, metavar="DURATION", help="The old one signs as well for so long; else 24h."
    ),
]


@app.command("list")
def list_webhooks(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Print all webhooks."""
    found = items(client_of(context).get("/v1/webhooks"), "webhooks")
    if as_json:
        write_json(found)
        return
    from scribeline_cli.tables import print_table  # noqa: PLC0415 - keeps --help quick

    rows = [tuple(text(each, name) for name in ("id", "status", "url")) for each in found]
    print_table(("WEBHOOK", "STATUS", "URL"), rows)


@app.command()
def create(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL")],
    *,
    types: Types = None,
    content: Content = None,
    description: Description = None,
    as_json: AsJson = False,
) -> None:
    """Have an address told of events, and print the secret that signs them this once."""
    asked = {"url": url, "types": types_of(types), "content": content, "description": description}
    made = client_of(context).post("/v1/webhooks", {name: value for name, value in asked.items() if value})
    _tell_secret(
        made, f"Webhook {text(made, 'id')}: keep its secret, it is not shown again.", as_json=as_json
    )


@app.command()
def show(context: typer.Context, webhook_id: Id, *, as_json: AsJson = False) -> None:
    """Print a webhook, and whether it arrives."""
    found = client_of(context).get(path("webhooks", webhook_id))
    if as_json:
        write_json(found)
        return
    from scribeline_cli.tables import print_facts  # noqa: PLC0415 - keeps --help quick

    print_facts(
        {
            "webhook": text(found, "id"),
            "url": text(found, "url"),
            "for": text(found, "description"),
            "status": text(found, "status"),
            "because": text(found, "reason"),
            "types": told_types(found),
            "content": text(found, "content"),
            "owner": text(found, "owner"),
            "created": text(found, "created_at"),
            "succeeded": text(found, "succeeded_at"),
            "failing since": text(found, "failing_since"),
            "old secret": text(found, "previous_secret_until"),
        }
    )


@app.command("set")
def put(
    context: typer.Context,
    webhook_id: Id,
    *,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Another address.")] = None,
    types: Types = None,
    all_types: Annotated[bool, typer.Option("--all-types", help="All events, whatever their type.")] = False,
    content: Content = None,
    description: Description = None,
) -> None:
    """Change what is named of a webhook; all else stays."""
    if types and all_types:
        raise typer.BadParameter("is given beside --type", param_hint="--all-types")
    named = [] if all_types else types_of(types) or None
    asked = {"url": url, "types": named, "content": content, "description": description}
    changes = {name: value for name, value in asked.items() if value is not None}
    if not changes:
        raise typer.BadParameter("name what to change: --url, --type, --content or --description")
    client_of(context).patch(path("webhooks", webhook_id), changes)
    say(f"Webhook {webhook_id} is changed.")


@app.command()
def enable(context: typer.Context, webhook_id: Id) -> None:
    """Send to a webhook again that was paused or disabled."""
    _turn(context, webhook_id, "active")
    say(f"Webhook {webhook_id} is active: what comes is sent to it, and what was held while it was paused.")


@app.command()
def disable(context: typer.Context, webhook_id: Id) -> None:
    """Send nothing to a webhook any more."""
    _turn(context, webhook_id, "disabled")
    say(f"Webhook {webhook_id} is disabled: nothing is sent to it.")


@app.command()
def delete(context: typer.Context, webhook_id: Id) -> None:
    """Delete a webhook with the log of what was sent to it."""
    client_of(context).delete(path("webhooks", webhook_id))
    say(f"Webhook {webhook_id} is deleted.")


@app.command()
def rotate(
    context: typer.Context, webhook_id: Id, *, overlap: Overlap = None, as_json: AsJson = False
) -> None:
    """Print a new secret this once, in place of the old one."""
    made = client_of(context).post(path("webhooks", webhook_id, "rotate"), _overlap(overlap))
    _tell_secret(made, f"The new secret of webhook {webhook_id}: it is not shown again.", as_json=as_json)


@app.command("callback-secret")
def callback_secret(
    context: typer.Context,
    *,
    new: Annotated[bool, typer.Option("--rotate", help="Make a new one.")] = False,
    overlap: Overlap = None,
    as_json: AsJson = False,
) -> None:
    """Print the secret that signs what is sent to the webhook_url of jobs."""
    if overlap is not None and not new:
        raise typer.BadParameter("is for --rotate", param_hint="--overlap")
    client = client_of(context)
    where = path("callback-secret")
    found = client.post(f"{where}/rotate", _overlap(overlap)) if new else client.get(where)
    _tell_secret(found, "It signs the callbacks of all jobs of your tenant.", as_json=as_json)


app.command("test")(ping)
app.command("deliveries")(deliveries.list_of_webhook)
app.command("replay")(deliveries.replay_webhook)


def _turn(context: typer.Context, webhook_id: str, status: str) -> None:
    client_of(context).patch(path("webhooks", webhook_id), {"status": status})


def _overlap(given: timedelta | None) -> dict[str, Any]:
    return {} if given is None else {"overlap_seconds": int(given.total_seconds())}


def _tell_secret(made: dict[str, Any], explanation: str, *, as_json: bool) -> None:
    """The secret is alone on standard output."""
    if as_json:
        write_json(made)
        return
    say(explanation)
    if until := text(made, "previous_secret_until"):
        say(f"Until {until} the one before signs as well.")
    write(text(made, "secret"))

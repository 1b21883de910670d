"""`scribeline deliveries`: what was sent to webhooks, what they answered, and sending it again."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from scribeline_cli.event_types import Types, types_of
from scribeline_cli.moments import SINCE, Until, clock_time, day_or_time
from scribeline_cli.screen import out, say, write_json
from scribeline_cli.session import client_of, path
from scribeline_cli.views import items, number, text

if TYPE_CHECKING:
    from scribeline_cli.client import Client


class State(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


app = typer.Typer(help="What was sent to webhooks, and what they answered.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print the server's answer.")]
Id = Annotated[str, typer.Argument(metavar="DELIVERY")]
WebhookId = Annotated[str, typer.Argument(metavar="WEBHOOK")]
Limit = Annotated[int, typer.Option(min=1, help="Most deliveries to print.")]
Status = Annotated[list[State] | None, typer.Option(help="In this state; more than once: in any.")]


@app.command("list")
def list_deliveries(
    context: typer.Context,
    *,
    webhook: Annotated[str | None, typer.Option(metavar="ID", help="Those to this webhook.")] = None,
    job: Annotated[str | None, typer.Option(metavar="ID", help="Those of this job.")] = None,
    status: Status = None,
    types: Types = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Print what was sent and is to be sent, the newest first."""
    asked = {"webhook": webhook, "job": job, "status": status, "type": types_of(types)}
    _print(client_of(context), asked, limit, as_json=as_json)


def list_of_webhook(
    context: typer.Context,
    webhook_id: WebhookId,
    *,
    status: Status = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Print what was sent and is to be sent to a webhook, the newest first."""
    _print(client_of(context), {"webhook": webhook_id, "status": status}, limit, as_json=as_json)


@app.command()
def show(context: typer.Context, delivery_id: Id, *, as_json: AsJson = False) -> None:
    """Print a delivery, each try, and what was answered to the last one."""
    found = client_of(context).get(path("deliveries", delivery_id))
    if as_json:
        write_json(found)
        return
    from scribeline_cli import layout, tables  # noqa: PLC0415 - keeps --help quick

    tables.print_facts(
        {
            "delivery": text(found, "id"),
            "webhook": text(found, "webhook"),
            "event": text(found, "event"),
            "type": text(found, "type"),
            "job": text(found, "job"),
            "status": text(found, "status"),
            "because": text(found, "reason"),
            "attempts": text(found, "attempts"),
            "replays": text(found, "replays"),
            "next try": text(found, "next_attempt_at"),
            "created": text(found, "created_at"),
            "ended": text(found, "ended_at"),
        }
    )
    tries = items(found, "tries")
    if not tries:
        return
    tables.print_table(("TRIED", "ANSWER", "SECONDS", "WHY NOT"), [_try(each) for each in tries])
    if body := text(tries[-1], "body").strip():
        layout.heading(out(), "The last answer begins")
        layout.paragraph(out(), body)


@app.command()
def replay(context: typer.Context, delivery_id: Id) -> None:
    """Send a delivery again, with the same webhook-id."""
    client_of(context).post(path("deliveries", delivery_id, "replay"), {})
    say(f"Delivery {delivery_id} is sent again.")


def replay_webhook(
    context: typer.Context,
    webhook_id: WebhookId,
    *,
    since: Annotated[datetime, SINCE],
    until: Until = None,
    types: Types = None,
    status: Annotated[
        Literal["failed", "delivered", "cancelled", "any"] | None,
        typer.Option(help="What was so before; else any, and what was never sent to it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send a webhook again what happened in a time, of the last days that events are kept."""
    asked = {
        "since": since.isoformat(),
        "until": until and until.isoformat(),
        "types": types_of(types),
        "status": status,
    }
    body = {name: value for name, value in asked.items() if value}
    done = client_of(context).post(path("webhooks", webhook_id, "replay"), body)
    if as_json:
        write_json(done)
        return
    count = text(done, "deliveries")
    say(f"{count} {'delivery is' if count == '1' else 'deliveries are'} sent again.")


def _print(client: "Client", asked: dict[str, Any], limit: int, *, as_json: bool) -> None:
    query = {name: value for name, value in asked.items() if value}
    found = list(client.deliveries(limit, **query))
    if as_json:
        write_json(found)
        return
    from scribeline_cli.tables import print_table  # noqa: PLC0415 - keeps --help quick

    when = day_or_time if out().is_terminal else str
    rows = [
        (when(text(each, "created_at")), text(each, "id"), text(each, "status"), text(each, "type"))
        for each in found
    ]
    print_table(("WHEN", "DELIVERY", "STATUS", "TYPE"), rows)


def _try(each: dict[str, Any]) -> tuple[str, ...]:
    answered, seconds = text(each, "status") or "-", number(each, "seconds") or 0.0
    when = clock_time if out().is_terminal else str
    return when(text(each, "at")), answered, f"{seconds:.2f}", text(each, "error")

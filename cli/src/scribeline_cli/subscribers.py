"""`scribeline subscribers`: services that take events from the broker. Needs a key with the scope `admin`."""

from typing import Annotated, Any

import typer

from scribeline_cli.event_types import Types, told_types, types_of
from scribeline_cli.screen import say, write, write_json
from scribeline_cli.session import client_of, path
from scribeline_cli.views import items, text

app = typer.Typer(
    help="Services that take events from the broker (needs a key with scope admin).", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="Print the server's answer.")]
NOT_READY = "given nothing: make it again, or remove it"
Name = Annotated[str, typer.Argument(metavar="NAME")]


@app.command()
def create(
    context: typer.Context,
    name: Name,
    *,
    tenant: Annotated[str | None, typer.Option(metavar="NAME", help="Whose events it is given.")] = None,
    all_tenants: Annotated[bool, typer.Option("--all-tenants", help="Those of all, now and later.")] = False,
    types: Types = None,
    max_length: Annotated[
        int | None, typer.Option(min=1, metavar="MESSAGES", help="Of more that wait, the oldest are dropped.")
    ] = None,
    max_bytes: Annotated[int | None, typer.Option(min=1, metavar="BYTES", help="As well.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a queue and a user of the broker for a service, and print where it connects to this once."""
    if (tenant is None) != all_tenants:
        raise typer.BadParameter("give --tenant, or --all-tenants")
    asked = {
        "name": name,
        "tenant": tenant,
        "all_tenants": all_tenants,
        "types": types_of(types),
        "max_length": max_length,
        "max_bytes": max_bytes,
    }
    body = {key: value for key, value in asked.items() if value}
    _tell(client_of(context).post("/v1/admin/subscribers", body), as_json=as_json)


@app.command("list")
def list_subscribers(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Print all subscribers, and what waits for each."""
    found = items(client_of(context).get("/v1/admin/subscribers"), "subscribers")
    if as_json:
        write_json(found)
        return
    from scribeline_cli.tables import print_table  # noqa: PLC0415 - keeps --help quick

    print_table(
        ("SUBSCRIBER", "TENANT", "WAITING", "CONSUMERS", "TYPES"),
        [
            (
                text(each, "name"),
                _tenant(each),
                text(each, "messages") or "-",
                text(each, "consumers") or "-",
                told_types(each) if each.get("ready", True) else NOT_READY,
            )
            for each in found
        ],
    )


@app.command()
def show(context: typer.Context, name: Name, *, as_json: AsJson = False) -> None:
    """Print a subscriber, its queue and what waits there."""
    found = client_of(context).get(path("admin", "subscribers", name))
    if as_json:
        write_json(found)
        return
    from scribeline_cli.tables import print_facts  # noqa: PLC0415 - keeps --help quick

    print_facts(
        {
            "subscriber": text(found, "name"),
            "tenant": _tenant(found),
            "status": "" if found.get("ready", True) else NOT_READY,
            "types": told_types(found),
            "queue": text(found, "queue"),
            "log": text(found, "log"),
            "waiting": text(found, "messages"),
            "consumers": text(found, "consumers"),
            "most messages": text(found, "max_length"),
            "most bytes": text(found, "max_bytes"),
        }
    )


@app.command()
def rotate(context: typer.Context, name: Name, *, as_json: AsJson = False) -> None:
    """Print a new address with a new password this once; the old one ends at once."""
    _tell(client_of(context).post(path("admin", "subscribers", name, "rotate"), {}), as_json=as_json)


@app.command()
def remove(context: typer.Context, name: Name) -> None:
    """Remove a subscriber, its queue and all that waits there."""
    client_of(context).delete(path("admin", "subscribers", name))
    say(f"Subscriber {name} is removed.")


def _tenant(found: dict[str, Any]) -> str:
    return text(found, "tenant") or "(all)"


def _tell(made: dict[str, Any], *, as_json: bool) -> None:
    """Its address is alone on standard output."""
    if as_json:
        write_json(made)
        return
    say(f"Subscriber {text(made, 'name')} takes events from the queue {text(made, 'queue')}.")
    say("Keep its address, which holds its password: it is not shown again.")
    write(text(made, "url"))

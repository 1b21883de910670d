"""`scribeline keys`: make, list and revoke API keys. Needs a key with the scope `admin`."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from scribeline_cli.screen import say, write, write_json
from scribeline_cli.session import client_of, path
from scribeline_cli.views import items, text

app = typer.Typer(help="API keys (needs a key with scope admin).", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print the server's answer.")]


@app.command()
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What it is for.")],
    *,
    scope: Annotated[list[str] | None, typer.Option(help="jobs:write, jobs:read, admin or act_as.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Whose jobs it reaches; else yours.")] = None,
    owner: Annotated[str | None, typer.Option(help="Narrow it to one user's jobs.")] = None,
    days: Annotated[float | None, typer.Option(min=0, help="Expires after so many days; else never.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key. It is printed this once."""
    expires = None if days is None else (datetime.now(UTC) + timedelta(days=days)).isoformat()
    asked = {"name": name, "scopes": scope, "tenant": tenant, "owner": owner, "expires_at": expires}
    made = client_of(context).post("/v1/keys", {key: value for key, value in asked.items() if value})
    if as_json:
        write_json(made)
        return
    say(f"Key {text(made, 'id')}: keep it, it is not shown again.")
    write(text(made, "key"))


@app.command("list")
def list_keys(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Print all keys, without the keys themselves."""
    found = items(client_of(context).get("/v1/keys"), "keys")
    if as_json:
        write_json(found)
        return
    from scribeline_cli.tables import print_table  # noqa: PLC0415 - keeps --help quick

    print_table(
        ("KEY", "EXPIRES", "TENANT", "NAME", "SCOPES"),
        [
            (
                text(key, "id"),
                _expiry(text(key, "revoked_at"), text(key, "expires_at")),
                text(key, "tenant"),
                text(key, "name"),
                " ".join(map(str, key.get("scopes") or [])),
            )
            for key in found
        ],
    )


def _expiry(revoked_at: str, expires_at: str) -> str:
    if revoked_at:
        return "revoked"
    return expires_at[:10] or "never"


@app.command()
def revoke(context: typer.Context, key_id: Annotated[str, typer.Argument(metavar="KEY_ID")]) -> None:
    """Make a key invalid for ever."""
    client_of(context).delete(path("keys", key_id))
    say(f"Key {key_id} is revoked.")

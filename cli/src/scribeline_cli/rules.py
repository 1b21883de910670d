"""`scribeline rules`: which findings of an analysis become events of their own."""

from typing import Annotated, Any

import typer

from scribeline_cli.screen import write, write_json
from scribeline_cli.session import client_of
from scribeline_cli.views import child

app = typer.Typer(help="Which findings of an analysis become events.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print the server's answer.")]


@app.command()
def show(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Print your tenant's rules."""
    _print(client_of(context).get("/v1/rules"), as_json=as_json)


@app.command("set")
def put(
    context: typer.Context,
    *,
    action_items: Annotated[bool, typer.Option("--action-items", help="Tell of every action item.")] = False,
    owner: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Tell only of this one's items; repeatable.")
    ] = None,
    negative: Annotated[
        float | None,
        typer.Option(metavar="SCORE", help="Tell of recordings with at most this score, -1 to 0."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Replace your tenant's rules; what is not given here is no longer told of."""
    rules: dict[str, Any] = {}
    if action_items or owner:
        rules["action_item_found"] = {"owners": owner or []}
    if negative is not None:
        rules["sentiment_negative"] = {"at_most": negative}
    _print(client_of(context).put("/v1/rules", rules), as_json=as_json)


def _print(rules: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        write_json(rules)
        return
    items, mood = child(rules, "action_item_found"), child(rules, "sentiment_negative")
    whose = ", ".join(map(str, items.get("owners") or [])) or "everybody"
    write(f"action items:       {f'of {whose}' if items else 'not told of'}\n")
    score = mood.get("at_most")
    write(f"negative sentiment: {f'at most {score}' if mood else 'not told of'}\n")

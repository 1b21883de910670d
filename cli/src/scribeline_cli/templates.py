"""`scribeline templates`: what an analysis can be asked, by name."""

from pathlib import Path
from typing import Annotated

import typer

from scribeline_cli.screen import say, write, write_json
from scribeline_cli.session import client_of, path
from scribeline_cli.text_files import content, json_content, text_file
from scribeline_cli.views import child, items, text

app = typer.Typer(help="What an analysis can be asked, by name.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print the server's answer.")]
Name = Annotated[str, typer.Argument(metavar="NAME")]


@app.command("list")
def list_templates(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Print those that come with the server, and your tenant's own."""
    found = items(client_of(context).get("/v1/templates"), "templates")
    if as_json:
        write_json(found)
        return
    from scribeline_cli.tables import print_table  # noqa: PLC0415 - keeps --help quick

    rows = [
        (text(t, "name"), "built in" if t.get("built_in") else "own", text(t, "description")) for t in found
    ]
    print_table(("TEMPLATE", "WHOSE", "FOR"), rows)


@app.command()
def show(context: typer.Context, name: Name, *, as_json: AsJson = False) -> None:
    """Print a template's question and the schema of its answer."""
    found = client_of(context).get(path("templates", name))
    if as_json:
        write_json(found)
        return
    for part in filter(None, (text(found, "description"), text(found, "prompt"))):
        write(f"{part}\n")
    if schema := child(found, "analysis_schema"):
        write_json(schema)


@app.command()
def put(
    context: typer.Context,
    name: Name,
    *,
    description: Annotated[str, typer.Option(metavar="TEXT", help="What it is for.")] = "",
    ask: Annotated[str | None, typer.Option(metavar="TEXT", help="The question.")] = None,
    ask_file: Annotated[Path | None, text_file("The question, from a file.")] = None,
    schema_file: Annotated[Path | None, text_file("JSON Schema of the answer.")] = None,
) -> None:
    """Make a template, or replace it."""
    if ask and ask_file:
        raise typer.BadParameter("is given beside --ask", param_hint="--ask-file")
    given = {
        "description": description,
        "prompt": ask or content(ask_file),
        "analysis_schema": json_content(schema_file),
    }
    made = client_of(context).put(path("templates", name), given)
    say(f"Template {text(made, 'name')} is stored: use it with submit --template {text(made, 'name')}.")


@app.command()
def rm(context: typer.Context, name: Name) -> None:
    """Delete a template; jobs that took it keep it."""
    client_of(context).delete(path("templates", name))
    say(f"Template {name} is deleted.")

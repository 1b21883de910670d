"""Types of events on the command line."""

from typing import Annotated, Any

import typer

Types = Annotated[
    list[str] | None,
    typer.Option(
        "--type", "--types", metavar="TYPE", help="Only such events, as job.completed; may be given again."
    ),
]


def types_of(given: list[str] | None) -> list[str]:
    """One by one, or several with commas between them. Raises BadParameter where one is empty, as a shell's
    variable that is not set: no types would be all."""
    named = [each.replace(",", " ").split() for each in given or []]
    if not all(named):
        raise typer.BadParameter("is empty: without it, all events are told", param_hint="--type")
    return [name for names in named for name in names]


def told_types(found: dict[str, Any]) -> str:
    """Those of a webhook or a subscriber; one that names none is told of all."""
    types = found.get("types")
    return " ".join(map(str, types)) if isinstance(types, list) and types else "all"

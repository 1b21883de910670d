"""`scribeline status`: how the installation is. Needs a key with the scope `admin`."""

from typing import Annotated, Any

import typer

from scribeline_cli.exits import Exit
from scribeline_cli.screen import write_json
from scribeline_cli.session import client_of
from scribeline_cli.views import child, items, number, text


def status(
    context: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the server's answer.")] = False,
) -> None:
    """Print what is away, what waits and what died. Ends with 1 if anything is wrong (scope admin)."""
    found = client_of(context).get("/v1/admin/status")
    if as_json:
        write_json(found)
    else:
        from scribeline_cli.tables import print_table  # noqa: PLC0415 - keeps --help quick

        print_table(("PART", "STATUS", "WAITING", "TAKERS", "TOLD"), _rows(found))
    raise typer.Exit(Exit.OK if text(found, "status") == "ok" else Exit.FAILED)


def _rows(found: dict[str, Any]) -> list[tuple[str, ...]]:
    checks = child(found, "checks")
    parts = [(name.replace("_", " "), child(checks, name)) for name in checks]
    queues = [(text(queue, "name"), queue) for queue in items(found, "queues")]
    return [
        (
            name,
            text(part, "status"),
            _count(part, "messages"),
            _count(part, "consumers"),
            text(part, "detail"),
        )
        for name, part in [*parts, ("outbox", child(found, "outbox")), *queues]
    ]


def _count(part: dict[str, Any], key: str) -> str:
    value = number(part, key)
    return "-" if value is None else f"{value:.0f}"

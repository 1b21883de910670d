"""`scribeline usage`: what was used by day, and what is left."""

from typing import Annotated, Any

import typer

from scribeline_cli.screen import write_json
from scribeline_cli.session import client_of, path
from scribeline_cli.views import child, clock, items, number, text

DAY = "YYYY-MM-DD"
LIMITS = {
    "audio_minutes_per_month": "minutes of audio this month",
    "bytes_per_month": "bytes this month",
    "jobs_in_flight": "jobs under way",
}


def usage(
    context: typer.Context,
    *,
    first: Annotated[
        str | None, typer.Option("--from", metavar=DAY, help="First day; else of the month.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar=DAY, help="Last day; else today.")] = None,
    tenant: Annotated[str | None, typer.Option(metavar="NAME", help="Of this tenant, for operators.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the server's answer.")] = False,
) -> None:
    """Print what was used on each day (UTC), in all, and what is left of the limits."""
    asked = {name: value for name, value in (("from", first), ("to", last)) if value}
    where = path("usage") if tenant is None else path("admin", "tenants", tenant, "usage")
    found = client_of(context).get(where, **asked)
    if as_json:
        write_json(found)
        return
    from scribeline_cli.tables import print_table  # noqa: PLC0415 - keeps --help quick

    counted = [*items(found, "days"), {**child(found, "total"), "day": "total"}]
    rows = [
        (
            text(each, "day"),
            text(each, "jobs"),
            text(each, "bytes"),
            clock(number(each, "audio_seconds")),
            text(each, "prompt_tokens"),
            text(each, "completion_tokens"),
        )
        for each in counted
    ]
    print_table(("DAY", "JOBS", "BYTES", "AUDIO", "TOKENS READ", "TOKENS WRITTEN"), rows)
    print_table(("LIMIT", "USED", "ALLOWED", "LEFT"), [_limit(found, name) for name in LIMITS])


def _limit(found: dict[str, Any], name: str) -> tuple[str, ...]:
    limit = child(child(found, "limits"), name)
    return LIMITS[name], *(_figure(number(limit, part)) for part in ("used", "allowed", "left"))


def _figure(value: float | None) -> str:
    """A dash is without bound."""
    return "-" if value is None else f"{value:.1f}".removesuffix(".0")

"""`scribeline tenants`: who there is, and what each may use. Needs a key with the scope `admin`."""

from typing import Annotated, Any

import typer

from scribeline_cli.runs import SET, options_of
from scribeline_cli.screen import say, write_json
from scribeline_cli.session import client_of, path
from scribeline_cli.views import items, text

app = typer.Typer(help="Tenants and their limits (needs a key with scope admin).", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print the server's answer.")]
Name = Annotated[str, typer.Argument(metavar="NAME")]
Settings = Annotated[
    list[str] | None,
    typer.Argument(
        metavar=f"[{SET}]...",
        help="Such as retention_days=30, jobs_in_flight=100, audio_minutes_per_month=6000, bytes_per_month, "
        "models_allowed='[\"base\"]', requests_per_second, requests_burst; null: the default.",
    ),
]
COLUMNS = {
    "name": "TENANT", "retention_days": "DAYS KEPT", "jobs_in_flight": "JOBS",
    "audio_minutes_per_month": "MINUTES A MONTH", "bytes_per_month": "BYTES A MONTH",
    "models_allowed": "MODELS",
}  # fmt: skip


@app.command("list")
def list_tenants(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Print all tenants, and what each may use."""
    found = items(client_of(context).get("/v1/admin/tenants"), "tenants")
    if as_json:
        write_json(found)
        return
    from scribeline_cli.tables import print_table  # noqa: PLC0415 - keeps --help quick

    rows = [tuple(_shown(tenant, name) for name in COLUMNS) for tenant in found]
    print_table(tuple(COLUMNS.values()), rows)


@app.command()
def show(context: typer.Context, name: Name, *, as_json: AsJson = False) -> None:
    """Print a tenant's settings; a dash is the server's default."""
    found = client_of(context).get(path("admin", "tenants", name))
    if as_json:
        write_json(found)
        return
    from scribeline_cli.tables import print_table  # noqa: PLC0415 - keeps --help quick

    print_table(("SETTING", "VALUE"), [(setting, _shown(found, setting)) for setting in found])


@app.command()
def create(context: typer.Context, name: Name, settings: Settings = None) -> None:
    """Make a tenant. Its keys: scribeline keys create NAME --tenant TENANT."""
    body = {"name": name, **options_of(settings or [])}
    client_of(context).post("/v1/admin/tenants", body)
    say(f"Tenant {name} is made.")


@app.command("set")
def put(context: typer.Context, name: Name, settings: Settings = None) -> None:
    """Change what is named of a tenant's settings; all else stays."""
    if not settings:
        raise typer.BadParameter("name at least one", param_hint=SET)
    client_of(context).patch(path("admin", "tenants", name), options_of(settings))
    say(f"Tenant {name} is changed.")


def _shown(tenant: dict[str, Any], setting: str) -> str:
    value = tenant.get(setting)
    return " ".join(map(str, value)) if isinstance(value, list) else text(tenant, setting) or "-"

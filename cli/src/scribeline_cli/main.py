"""The command line: global options, the groups, and every expected trouble as one sentence."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline_cli import (
    deliveries,
    events,
    jobs,
    keys,
    models,
    queues,
    rules,
    subscribers,
    templates,
    tenants,
    webhooks,
)
from scribeline_cli.exits import Exit, Stop, documentation
from scribeline_cli.reading import analysis, transcript
from scribeline_cli.screen import complain
from scribeline_cli.search import search
from scribeline_cli.session import Session
from scribeline_cli.status import status
from scribeline_cli.submit import submit
from scribeline_cli.usage import usage

ADDRESS = (
    "The server's address and the API key come from the options, else the environment, else the file "
    ".scribeline/env of the current directory, which the local stack writes."
)


class Careful(TyperGroup):
    """Ends with an exit code of our own, and never with a traceback for what can be expected."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Stop as stop:
            complain(stop.sentence, stop.code)
            raise typer.Exit(stop.exit_code) from None
        except Fail as failure:
            complain(failure.message, failure.code)
            usage = failure.code is Code.INVALID_PARAMETER
            raise typer.Exit(Exit.USAGE if usage else Exit.FAILED) from None
        except KeyboardInterrupt:
            raise typer.Exit(Exit.INTERRUPTED) from None


app = typer.Typer(
    cls=Careful,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog=f"{ADDRESS}\n\n{documentation()}",
)
app.command()(submit)
app.command()(transcript)
app.command()(analysis)
app.command()(search)
app.command()(usage)
app.command()(status)
app.add_typer(jobs.app, name="jobs")
app.add_typer(templates.app, name="templates")
app.add_typer(rules.app, name="rules")
app.add_typer(models.app, name="models")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(keys.app, name="keys")
app.add_typer(tenants.app, name="tenants")
app.add_typer(queues.app, name="queues")
app.add_typer(events.app, name="events")
app.add_typer(subscribers.app, name="subscribers")


@app.callback()
def main(
    context: typer.Context,
    url: Annotated[str | None, typer.Option(envvar="SCRIBELINE_URL", help="The server's address.")] = None,
    api_key: Annotated[str | None, typer.Option(envvar="SCRIBELINE_API_KEY", help="The API key.")] = None,
) -> None:
    """Drop in audio, get a transcript and an analysis."""
    context.obj = Session(url, api_key, transport=context.obj)

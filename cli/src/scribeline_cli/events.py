"""`scribeline events`: what was announced, and again for who missed it. Reads the broker: for operators."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from scribeline.contracts.catalogue import PUBLIC
from scribeline_cli.broker_address import AmqpPrefix, AmqpUrl, find_broker
from scribeline_cli.exits import Exit, Stop
from scribeline_cli.moments import Since, Until
from scribeline_cli.screen import err, out, plain, say, write

if TYPE_CHECKING:
    from scribeline_cli.event_log import Found

app = typer.Typer(help="What was announced, on the broker (for operators).", no_args_is_help=True)

Types = Annotated[
    list[str] | None, typer.Option("--type", metavar="TYPE", help="Only these, such as job.completed.")
]
Tenant = Annotated[str | None, typer.Option(metavar="NAME", help="Only those of this tenant.")]
TYPE_WIDTH = 22


@app.command()
def tail(
    *,
    since: Since = None,
    types: Types = None,
    tenant: Tenant = None,
    follow: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Go on until Ctrl-C, or end where the log ends.")
    ] = True,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="End after so many.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each whole event, one a line.")] = False,
    amqp_url: AmqpUrl = None,
    amqp_prefix: AmqpPrefix = None,
) -> None:
    """Print events as they are announced, and those of the last days with --since."""
    event_log = _event_log()
    broker = find_broker(amqp_url, amqp_prefix)
    wanted = event_log.Wanted(_known(types), tenant, since)
    show = Shown(as_json=as_json)

    def away(reason: str) -> None:
        say(f"The broker is away ({reason}); waiting for it.")

    async def run() -> None:
        found = event_log.followed(broker, wanted, away) if follow else event_log.kept(broker, wanted)
        await _each(found, show, limit)

    with event_log.told():
        asyncio.run(run())


async def _each(found: "AsyncGenerator[Found, None]", show: "Shown", limit: int | None) -> None:
    async with aclosing(found):
        async for each in found:
            show(each)
            if limit is not None and show.count >= limit:
                return


class Shown:
    """Events as they come: aligned on a terminal, tab-separated elsewhere, or as they are."""

    def __init__(self, *, as_json: bool) -> None:
        self.count = 0
        self._as_json = as_json
        self._day = ""
        self._on_terminal = out().is_terminal

    def __call__(self, found: "Found") -> None:
        self.count += 1
        if self._as_json:
            write(found.body.decode("utf-8", "replace"))
            return
        event = found.event
        fields = event.type, str(event.subject), event.tenant, str(event.id)
        if not self._on_terminal:
            write("\t".join((event.time.isoformat(), *map(plain, fields))))
            return
        self._say_day(event.time.astimezone(UTC))
        time, (type_, subject, tenant, _) = f"{event.time.astimezone(UTC):%H:%M:%S}", map(plain, fields)
        out().print(f"{time}  {type_:<{TYPE_WIDTH}}  {subject}  {tenant}", soft_wrap=True)

    def _say_day(self, time: datetime) -> None:
        day = f"{time:%Y-%m-%d} (UTC)"
        if day != self._day:
            self._day = day
            out().print(day, style="dim")


@app.command()
def replay(  # noqa: PLR0913 - each is an option
    context: typer.Context,
    *,
    to_queue: Annotated[str, typer.Option(metavar="NAME", help="A subscriber, or a queue's full name.")],
    since: Since = None,
    until: Until = None,
    types: Types = None,
    tenant: Tenant = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    amqp_url: AmqpUrl = None,
    amqp_prefix: AmqpPrefix = None,
) -> None:
    """Put events of the last days into a subscriber's queue again, under the ids they had.

    They are put there in full, also where SCRIBELINE_PUBLIC_EVENTS is refs. Of a subscriber named without
    --tenant, the server tells its types and how many messages its queue holds: no others are put there, and
    not more. Otherwise name them with --type, and mind that a full queue drops its oldest.
    """
    if since is None:
        raise typer.BadParameter("say from when on", param_hint="--since")
    event_log = _event_log()
    from scribeline_cli import event_replay  # noqa: PLC0415 - needs the extra `events`
    from scribeline_cli.event_target import find_target  # noqa: PLC0415 - keeps --help quick

    broker = find_broker(amqp_url, amqp_prefix)
    target = find_target(context, broker, to_queue, tenant)
    chosen = _known(types) or target.types
    wanted = event_log.Wanted(chosen, target.tenant, since, until or datetime.now(UTC))
    if target.max_length is None:
        say("How many messages the queue holds is not known: of more, it may drop its oldest.")
    with event_log.told(), err().status(f"Reading since {since:%Y-%m-%d %H:%M} UTC ...") as status:

        def progress(count: int) -> None:
            status.update(f"{count} events ...")

        done = asyncio.run(event_replay.replay(broker, wanted, target, progress, dry=dry_run))
    for type_, count in sorted(done.items()):
        say(f"{count:7} {type_}")
    verb = "would be put" if dry_run else "are put"
    say(f"{done.total()} events of {target.tenant or 'all tenants'} {verb} into {target.queue}, in full.")


def _known(types: list[str] | None) -> frozenset[str]:
    for type_ in types or ():
        if type_ not in PUBLIC:
            raise typer.BadParameter(
                f"there is no event {type_!r}, but {', '.join(PUBLIC)}", param_hint="--type"
            )
    return frozenset(types or ())


def _event_log() -> ModuleType:
    try:
        from scribeline_cli import event_log  # noqa: PLC0415 - needs the extra `events`
    except ModuleNotFoundError:
        raise Stop(Exit.USAGE, "This needs aio-pika: install scribeline-cli[events].") from None
    return event_log

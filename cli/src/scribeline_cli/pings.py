"""`scribeline webhooks test`: does it arrive?"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from scribeline_cli.exits import Exit, Stop
from scribeline_cli.screen import complain, say, write_json
from scribeline_cli.session import client_of, path
from scribeline_cli.views import items, number, text

if TYPE_CHECKING:
    from scribeline_cli.client import Client
    from scribeline_cli.waiting import Clock

PATIENCE = 30
"""Seconds: as long as most receivers are given to answer, and somewhat more."""


def ping(
    context: typer.Context,
    webhook_id: Annotated[str, typer.Argument(metavar="WEBHOOK")],
    *,
    timeout: Annotated[int, typer.Option(min=0, metavar="SECONDS", help="Wait at most so long.")] = PATIENCE,
    as_json: Annotated[bool, typer.Option("--json", help="Print the delivery.")] = False,
) -> None:
    """Send a webhook a ping, and tell whether it arrived."""
    from scribeline_cli.waiting import Clock  # noqa: PLC0415 - keeps --help quick

    client = client_of(context)
    sent = client.post(path("webhooks", webhook_id, "test"), {})
    tried = _tried(client, sent, timeout, Clock())
    if as_json:
        write_json(tried)
    else:
        _tell(tried)
    raise typer.Exit(Exit.OK if text(tried, "status") == "delivered" else Exit.FAILED)


def _tried(client: "Client", delivery: dict[str, Any], timeout: float, clock: "Clock") -> dict[str, Any]:
    """The delivery once it was sent, or is not to be. Raises `Stop(TIMEOUT)` after `timeout` s."""
    from scribeline_cli.waiting import next_pause  # noqa: PLC0415 - keeps --help quick

    deadline, pause = clock.now() + timeout, 0.1
    where = path("deliveries", text(delivery, "id"))
    while text(delivery, "status") == "pending" and not items(delivery, "tries"):
        if clock.now() >= deadline:
            raise Stop(
                Exit.TIMEOUT,
                f"Not tried within {timeout:g} s: look later with scribeline deliveries show "
                f"{text(delivery, 'id')}; scribeline status tells whether the notifier is there.",
            )
        clock.sleep(min(pause, deadline - clock.now()))
        pause = next_pause(pause, changed=False)
        delivery = client.get(where)
    return delivery


def _tell(delivery: dict[str, Any]) -> None:
    last = (items(delivery, "tries") or [{}])[-1]
    status = text(last, "status")
    if text(delivery, "status") == "delivered":
        say(f"It arrived: answered {status} after {number(last, 'seconds') or 0:.2f} s.")
        return
    why = text(last, "error") or text(delivery, "reason") or text(delivery, "status")
    complain(f"It did not arrive: {f'{status}, {why}' if status and status not in why else why}")
    if body := text(last, "body").strip():
        say(f"The answer begins: {body}")
    if again := text(delivery, "next_attempt_at"):
        say(f"It is tried again at {again}.")

"""`scribeline jobs trace`: what happened to a job, and when, as a waterfall."""

from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scribeline_cli.screen import out, plain, write_json
from scribeline_cli.session import client_of, path
from scribeline_cli.views import child, clock, items, number, text

if TYPE_CHECKING:
    from scribeline_cli.client import Client
    from scribeline_cli.waterfall import Waterfall

PAGE = 1000
NOTHING = "nothing of it under way"
MOST_DELIVERIES = 8


def trace(
    context: typer.Context,
    job_id: Annotated[str, typer.Argument(metavar="JOB")],
    *,
    run: Annotated[int | None, typer.Option(min=1, help="Which run; else the current one.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the server's answer, with all units.")
    ] = False,
) -> None:
    """Draw what happened to a job, and when: waits, work, attempts, errors, announcements."""
    told = _whole(client_of(context), job_id, {} if run is None else {"run": run})
    if as_json:
        write_json(told)
        return
    _draw(told)


def _whole(client: "Client", job_id: str, query: dict[str, int]) -> dict[str, Any]:
    """With the units of all pages."""
    asked: dict[str, int | str] = {**query, "limit": PAGE}
    told = client.get(path("jobs", job_id, "timeline"), **asked)
    units, page = items(told, "units"), told
    while (cursor := text(page, "next")) and items(page, "units"):
        page = client.get(path("jobs", job_id, "timeline"), **asked, cursor=cursor)
        units += items(page, "units")
    return {**told, "units": units, "next": None}


def _draw(told: dict[str, Any]) -> None:
    from scribeline_cli.spans import Unit, moment  # noqa: PLC0415 - keeps --help quick
    from scribeline_cli.waterfall import Waterfall  # noqa: PLC0415 - keeps --help quick

    now = moment(told, "at") or 0.0
    units = [Unit.of(raw, now) for raw in items(told, "units")]
    start = moment(told, "accepted_at") or min((s.start for u in units for s in u.spans), default=now)
    end = moment(told, "finished_at") or max([now, *(unit.end for unit in units)])
    console = out()
    _head(told, end - start)
    picture = Waterfall(console, start, max(end, start + 1e-3))
    picture.axis()
    picture.points("accepted", [_point(start)], text(told, "accepted_by"))
    for stage, group in groupby(units, key=lambda unit: unit.stage):
        picture.stage(stage, list(group))
    _moments(picture, told)
    picture.legend()
    _foot(told, units, start, end)


def _point(at: float, style: str = "default") -> Any:
    from scribeline_cli.waterfall import Point  # noqa: PLC0415 - keeps --help quick

    return Point(at, style)


def _moments(picture: "Waterfall", told: dict[str, Any]) -> None:
    from scribeline_cli.spans import moment  # noqa: PLC0415 - keeps --help quick

    for join in items(told, "joins"):
        if (at := moment(join, "at")) is not None:
            picture.points(text(join, "kind"), [_point(at, "cyan")], f"of {text(join, 'units')}")
    announced = items(told, "announcements")
    unsent = sum(each.get("sent") is False for each in announced)
    points = [_point(at, "cyan") for each in announced if (at := moment(each, "at")) is not None]
    if points:
        picture.points("announced", points, f"{unsent} not sent yet" if unsent else f"{len(points)}")
    deliveries = items(told, "deliveries")
    for delivery in deliveries[:MOST_DELIVERIES]:
        tries = [
            _point(at, "red" if text(each, "error") else "green")
            for each in items(delivery, "tries")
            if (at := moment(each, "at")) is not None
        ]
        note = f"{text(delivery, 'status')}, try {len(tries)}" if len(tries) > 1 else text(delivery, "status")
        picture.points(f"hook {text(delivery, 'type').rpartition('.')[2]}", tries, note)
    if len(deliveries) > MOST_DELIVERIES:
        picture.points("hooks", [], f"{len(deliveries) - MOST_DELIVERIES} more")


def _head(told: dict[str, Any], seconds: float) -> None:
    from scribeline_cli.layout import title  # noqa: PLC0415 - keeps --help quick
    from scribeline_cli.tables import print_facts  # noqa: PLC0415 - keeps --help quick
    from scribeline_cli.waterfall import span_of  # noqa: PLC0415 - keeps --help quick

    run, runs = text(told, "run"), text(told, "runs")
    title(out(), text(told, "job"), f"run {run} of {runs}" if runs != "1" else "")
    open_ = "" if text(told, "finished_at") else " so far"
    error = child(told, "error")
    print_facts(
        {
            "status": text(told, "status"),
            "took": f"{span_of(seconds)}{open_}, for {clock(number(told, 'duration'))} of audio"
            if number(told, "duration") is not None
            else f"{span_of(seconds)}{open_}",
            "accepted": text(told, "accepted_at"),
            "trace": text(told, "trace_id"),
            "error": ": ".join(filter(None, (text(error, "code"), text(error, "message")))),
        }
    )
    out().print()


def _foot(told: dict[str, Any], units: list[Any], start: float, end: float) -> None:
    from scribeline_cli.layout import faint, heading, rows  # noqa: PLC0415 - keeps --help quick
    from scribeline_cli.spans import spent  # noqa: PLC0415 - keeps --help quick
    from scribeline_cli.waterfall import MEANINGS, span_of  # noqa: PLC0415 - keeps --help quick

    console = out()
    whole = max(end - start, 1e-3)
    shares = sorted(spent(units, start, end).items(), key=lambda each: -each[1])
    parts = [
        (
            f"{seconds / whole:4.0%}",
            f"{span_of(seconds):>6}  {MEANINGS[phase] if phase is not None else NOTHING}",
        )
        for phase, seconds in shares
        if seconds / whole >= 0.01
    ]
    if parts:
        console.print()
        heading(console, "Where the time went")
        rows(console, parts)
    for unit in [unit for unit in units if unit.error][:5]:
        console.print(plain(f"{unit.name} failed: {unit.error}"), style="red", soft_wrap=True)
    if number(told, "unsent"):
        faint(console, f"{text(told, 'unsent')} messages of this job are still to be sent to the broker.")
    missing = told.get("missing")
    for sentence in missing if isinstance(missing, list) else []:
        faint(console, str(sentence))

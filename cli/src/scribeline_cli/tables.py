"""Lists and single things, as tables on a terminal and tab-separated lines elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from scribeline_cli.screen import out, plain, write
from scribeline_cli.views import Job, child, clock, items, number, text

GAP = 2
COLOURS = {
    "completed": "green",
    "active": "green",
    "delivered": "green",
    "failed": "red",
    "disabled": "red",
    "cancelled": "yellow",
    "paused": "yellow",
    "ok": "green",
    "degraded": "yellow",
    "down": "red",
}


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """The last column takes what room is left. Without a terminal: no heading, a tab between fields."""
    console = out()
    safe = [[plain(cell) for cell in row] for row in rows]
    if not console.is_terminal:
        for row in safe:
            write("\t".join(row))
        return
    table = Table(box=None, header_style="bold", padding=(0, GAP, 0, 0))
    widest = [max(map(len, cells)) for cells in zip(columns, *safe, strict=True)]
    room = console.width - sum(width + GAP for width in widest[:-1]) - GAP
    for column in columns[:-1]:
        table.add_column(column, no_wrap=True)
    table.add_column(columns[-1], no_wrap=True, overflow="ellipsis", max_width=max(room, len(columns[-1])))
    for row in safe:
        table.add_row(*(Text(cell, style=COLOURS.get(cell, "")) for cell in row))
    console.print(table)


def print_jobs(jobs: Sequence[Job]) -> None:
    rows = [
        (job.id, job.status, f"{job.progress:.0f}%", clock(number(job.raw, "duration")), job.name)
        for job in jobs
    ]
    print_table(("JOB", "STATUS", "DONE", "LENGTH", "FILE"), rows)


def print_runs(runs: Sequence[dict[str, Any]]) -> None:
    rows = [
        (
            text(run, "run"),
            text(run, "status"),
            text(child(run, "options"), "language") or "-",
            text(child(run, "options"), "model") or "-",
            text(run, "input_run") or "-",
            text(run, "created_at"),
        )
        for run in runs
    ]
    print_table(("RUN", "STATUS", "LANGUAGE", "MODEL", "FROM", "CREATED"), rows)


def print_job(job: Job) -> None:
    raw = job.raw
    print_facts({
        "job": job.id,
        "file": text(raw, "filename"),
        "status": job.status,
        "progress": f"{job.progress:.0f}%",
        "now": text(raw, "message"),
        "error": job.error,
        **{text(stage, "name"): _stage(stage) for stage in items(raw, "stages")},
        "length": clock(number(raw, "duration")),
        "language": text(raw, "language"),
        "tags": ", ".join(map(str, raw.get("tags") or [])),
        "metadata": ", ".join(f"{key}={value}" for key, value in child(raw, "metadata").items()),
        "webhook": text(raw, "webhook_url"),
        "created": text(raw, "created_at"),
        "finished": text(raw, "finished_at"),
    })  # fmt: skip


def print_facts(facts: Mapping[str, str]) -> None:
    """Name and value, a line each; what is not known is left out."""
    console = out()
    for name, value in facts.items():
        if value and value != "-":
            label = Text(f"{plain(name):<14}", style="dim")
            console.print(
                label.append(plain(value), style=COLOURS.get(value, "default") + " not dim"), soft_wrap=True
            )


def _stage(stage: dict[str, Any]) -> str:
    total = number(stage, "units_total") or 0
    done = number(stage, "units_done") or 0
    failed = number(stage, "units_failed") or 0
    error = child(stage, "error")
    return "".join(
        (
            text(stage, "status"),
            f", {done:.0f} of {total:.0f} units" if total > 1 else "",
            f", {failed:.0f} failed" if failed else "",
            f": {text(error, 'message')}" if error else "",
        )
    )

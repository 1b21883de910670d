"""`scribeline jobs trace`: what a timeline looks like at eighty columns."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scribeline_cli.exits import Exit
from scribeline_cli.spans import Phase, Unit, at_once, spent
from scribeline_cli.waterfall import span_of, telling
from tests.support.command_line import Run, command_line
from tests.support.fake_gateway import JOB, FakeGateway
from tests.support.timelines import BEGAN, at, ten_hours, timeline, unit

START = BEGAN.timestamp()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    with command_line(tmp_path, monkeypatch) as it:
        yield it


def traced(run: Run, *pages: dict[str, Any]) -> str:
    result = run(FakeGateway(**{f"GET /v1/jobs/{JOB}/timeline": list(pages)}), "jobs", "trace", JOB)
    assert result.exit_code == Exit.OK, result.output
    assert max(map(len, result.stdout.splitlines())) <= 80
    return result.stdout


def bar(printed: str, name: str) -> str:
    """What is drawn in the line of that name."""
    line = next(line for line in printed.splitlines() if line.strip().startswith(f"{name} "))
    return line[14:59]


def units(*told: dict[str, Any], now: float = 100.0) -> list[Unit]:
    return [Unit.of(raw, START + now) for raw in told]


def test_waits_and_work_are_drawn_in_the_order_and_length_of_what_happened(run: Run) -> None:
    printed = traced(
        run, timeline(unit("short", created=0, released=1, began=2, took=2), ended=4.0, duration=11.0)
    )
    assert re.fullmatch(r"·{11,12}░{11,12}█{21,23}▏?", bar(printed, "short/0"))
    assert "4.0s, for 00:11 of audio" in printed
    assert re.search(r"50%\s+2\.0s\s+at work", printed)


def test_a_unit_that_was_put_off_and_tried_again_says_so(run: Run) -> None:
    late = unit("short", released=0, put_off=1, began=9, took=1, attempts=3)
    printed = traced(run, timeline(late, ended=10.0))
    assert re.fullmatch(r"░{4,5}╳{35,37}█{4,5}▏?", bar(printed, "short/0"))
    assert "1.0s try 3" in printed
    assert re.search(r"80%\s+8\.0s\s+put off, to be tried again", printed)


def test_a_failure_is_told_with_its_reason(run: Run) -> None:
    died = {"code": "unit_died", "message": "Again\x1b[2J and again.", "retryable": True}
    printed = traced(run, timeline(unit("short", began=1, took=1, status="failed", error=died), ended=2.0))
    assert "short/0 failed: unit_died: Again\\x1b[2J and again." in printed
    assert "failed 1.0s" in printed


def test_a_job_that_is_under_way_is_drawn_up_to_now(run: Run) -> None:
    waits = unit("chunk", 1, created=5, released=None, status="waiting")
    sent = unit("chunk", 0, created=5, released=5, status="released")
    printed = traced(run, timeline(unit("plan", began=0, took=5), sent, waits, now=10.0, unsent=2))
    assert bar(printed, "chunk/0").strip() == "▒" * len(bar(printed, "chunk/1").strip())
    assert set(bar(printed, "chunk/1").strip()) == {"·"}
    assert "0 of 2 done" in printed
    assert "10.0s so far" in printed
    assert "2 messages of this job are still to be sent" in printed


def test_ten_hours_fit_on_a_screen_and_show_what_stands_out(run: Run) -> None:
    told = ten_hours()
    printed = traced(run, told)
    assert len(printed.splitlines()) < 45
    assert "failed 1 of 600" in printed
    assert "failed 20.0s try 5" in bar_and_note(printed, "chunk/76")
    assert "21.0s try 3" in bar_and_note(printed, "chunk/300")
    assert "of 600" in printed


def bar_and_note(printed: str, name: str) -> str:
    return next(line for line in printed.splitlines() if line.strip().startswith(f"{name} "))


def test_all_pages_are_read_and_json_has_all_units(run: Run) -> None:
    first = timeline(unit("plan", began=0, took=1), ended=3.0, next="plan-0")
    second = timeline(unit("chunk", began=1, took=1), ended=3.0)
    gateway = FakeGateway(**{f"GET /v1/jobs/{JOB}/timeline": [first, second]})
    result = run(gateway, "jobs", "trace", JOB, "--run", "2", "--json")
    assert [each["stage"] for each in json.loads(result.stdout)["units"]] == ["plan", "chunk"]
    assert gateway.asked("GET") == [
        f"/v1/jobs/{JOB}/timeline?run=2&limit=1000",
        f"/v1/jobs/{JOB}/timeline?run=2&limit=1000&cursor=plan-0",
    ]


def test_what_was_taken_over_takes_no_time(run: Run) -> None:
    old = unit("plan", created=-500, released=-500, began=-500, took=90, taken_over=True)
    printed = traced(run, timeline(old, unit("chunk", 1, began=1, took=1), run=2, runs=2, ended=2.0))
    assert bar_and_note(printed, "plan").endswith("taken over")
    assert "run 2 of 2" in printed
    assert "90" not in printed


def test_a_delivery_that_took_until_after_the_job_stands_at_the_edge(run: Run) -> None:
    tries = [
        {"at": at(2), "seconds": 1.0, "status": 500, "error": "500"},
        {"at": at(900), "seconds": 1.0, "status": 200, "error": None},
    ]
    delivery = {
        "id": JOB, "webhook": JOB, "event": JOB, "type": "job.completed", "status": "delivered",
        "created_at": at(2), "ended_at": at(901), "next_attempt_at": None, "tries": tries,
    }  # fmt: skip
    printed = traced(run, timeline(unit("short", began=0, took=2), ended=2.0, deliveries=[delivery]))
    assert bar(printed, "hook completed").endswith(">")
    assert "delivered, try 2" in printed


def test_an_answer_without_what_is_drawn_is_no_traceback(run: Run) -> None:
    assert "accepted" in traced(run, {"job": JOB, "units": [{}, {"created_at": "soon"}], "missing": 7})


def test_where_the_time_went_is_decided_by_whoever_is_furthest() -> None:
    found = units(
        unit("chunk", 0, released=0, began=4, took=4),
        unit("chunk", 1, released=0, put_off=2, began=10, took=1),
    )
    told = {phase: round(seconds, 3) for phase, seconds in spent(found, START, START + 12).items()}
    assert told == {Phase.QUEUE: 2, Phase.PUT_OFF: 4, Phase.WORK: 5, None: 1}
    assert at_once(found) == 1


def test_of_many_units_those_that_explain_something_are_chosen() -> None:
    told = units(
        *(unit("chunk", n, began=n, took=1) for n in range(50)),
        unit("chunk", 50, began=3, took=9),
        unit("chunk", 51, began=90, took=1),
        unit("chunk", 52, began=2, took=1, status="failed"),
    )
    assert [each.index for each in telling(told)] == [50, 51, 52]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "40ms"), (3.24, "3.2s"), (125, "2m05s"), (4200, "1h10m"), (266_400, "3d02h")],
)
def test_durations_are_said_as_people_do(seconds: float, said: str) -> None:
    assert span_of(seconds) == said

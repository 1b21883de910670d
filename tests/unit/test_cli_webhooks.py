"""Webhooks and deliveries from the command line: what is asked, what is printed, and how it ends."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from rich.console import Console

from gateway.options.fields import parse_options
from gateway.options.json_fields import fields_of
from scribeline_cli import deliveries, tables
from scribeline_cli.exits import Exit
from scribeline_cli.moments import clock_time, day_or_time
from tests.support.command_line import Run, command_line
from tests.support.fake_gateway import FakeGateway, job, problem
from tests.support.gateway import settings
from tests.support.hooks import DELIVERY, JOB, WEBHOOK, delivery, try_, webhook

SECRET = "whsec_c2VjcmV0"
ONE = f"/v1/webhooks/{WEBHOOK}"
LOG = "/v1/deliveries"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    with command_line(tmp_path, monkeypatch) as it:
        yield it


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, columns: int = 80) -> Console:
    screen = Console(force_terminal=True, color_system=None, width=columns, markup=False, record=True)
    for module in (tables, deliveries):
        monkeypatch.setattr(module, "out", lambda: screen)
    return screen


def sent(gateway: FakeGateway) -> Any:
    return json.loads(gateway.requests[-1].content)


def test_a_new_webhooks_secret_is_all_that_goes_to_standard_output(run: Run) -> None:
    gateway = FakeGateway(**{"POST /v1/webhooks": webhook(secret=SECRET)})
    result = run(
        gateway, "webhooks", "create", "https://crm.example/hook", "--type", "job.completed",
        "--types", "job.failed,job.cancelled", "--content", "refs", "--description", "The CRM",
    )  # fmt: skip
    assert (result.exit_code, result.stdout) == (Exit.OK, f"{SECRET}\n")
    assert result.stderr == f"Webhook {WEBHOOK}: keep its secret, it is not shown again.\n"
    assert sent(gateway) == {
        "url": "https://crm.example/hook", "types": ["job.completed", "job.failed", "job.cancelled"],
        "content": "refs", "description": "The CRM",
    }  # fmt: skip


def test_what_is_not_named_is_left_to_the_server(run: Run) -> None:
    gateway = FakeGateway(**{"POST /v1/webhooks": webhook(secret=SECRET)})
    result = run(gateway, "webhooks", "create", "https://crm.example", "--json")
    assert sent(gateway) == {"url": "https://crm.example"}
    assert json.loads(result.stdout) == webhook(secret=SECRET)
    assert result.stderr == ""


def test_webhooks_are_listed_and_shown(run: Run) -> None:
    paused = webhook(status="paused", reason="No answer.", types=["job.failed", "job.completed"])
    gateway = FakeGateway(**{"GET /v1/webhooks": {"webhooks": [paused]}, f"GET {ONE}": paused})
    listed = run(gateway, "webhooks", "list")
    assert listed.stdout == f"{WEBHOOK}\tpaused\thttps://crm.example/hook\n"
    assert json.loads(run(gateway, "webhooks", "list", "--json").stdout) == [paused]
    shown = run(gateway, "webhooks", "show", WEBHOOK).stdout
    facts = dict(line.split(None, 1) for line in shown.splitlines())
    assert facts["status"] == "paused"
    assert facts["because"] == "No answer."
    assert facts["types"] == "job.failed job.completed"
    assert "owner" not in facts
    assert json.loads(run(gateway, "webhooks", "show", WEBHOOK, "--json").stdout) == paused


@pytest.mark.parametrize(
    ("arguments", "change"),
    [
        (["set", WEBHOOK, "--url", "https://b.example"], {"url": "https://b.example"}),
        (["set", WEBHOOK, "--type", "job.failed"], {"types": ["job.failed"]}),
        (["set", WEBHOOK, "--all-types", "--description", ""], {"types": [], "description": ""}),
        (["set", WEBHOOK, "--content", "full"], {"content": "full"}),
        (["enable", WEBHOOK], {"status": "active"}),
        (["disable", WEBHOOK], {"status": "disabled"}),
    ],
)
def test_only_what_is_named_is_changed(run: Run, arguments: list[str], change: dict[str, Any]) -> None:
    gateway = FakeGateway(**{f"PATCH {ONE}": webhook()})
    result = run(gateway, "webhooks", *arguments)
    assert (result.exit_code, result.stdout) == (Exit.OK, "")
    assert result.stderr.startswith(f"Webhook {WEBHOOK} is ")
    assert sent(gateway) == change


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["set", WEBHOOK], "name what to change"),
        (["set", WEBHOOK, "--all-types", "--type", "job.failed"], "--all-types"),
        (["set", WEBHOOK, "--content", "none"], "--content"),
        (["callback-secret", "--overlap", "1h"], "--rotate"),
        (["rotate", WEBHOOK, "--overlap", "soon"], "no duration such as 30m, 24h or 0s"),
        (["rotate", WEBHOOK, "--overlap", "9" * 30 + "d"], "no duration"),
        (["replay", WEBHOOK], "--since"),
        (["replay", WEBHOOK, "--since", "soon"], "no time such as 2h"),
        (["deliveries", WEBHOOK, "--status", "lost"], "--status"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_asked(run: Run, arguments: list[str], why: str) -> None:
    gateway = FakeGateway()
    result = run(gateway, "webhooks", *arguments)
    assert result.exit_code == Exit.USAGE
    assert why in " ".join(result.stderr.replace("│", " ").split())
    assert gateway.requests == []


def test_a_webhook_is_deleted(run: Run) -> None:
    gateway = FakeGateway(**{f"DELETE {ONE}": httpx2.Response(204)})
    result = run(gateway, "webhooks", "delete", WEBHOOK)
    assert (result.exit_code, result.stderr) == (Exit.OK, f"Webhook {WEBHOOK} is deleted.\n")


def test_a_new_secret_is_all_that_goes_to_standard_output(run: Run) -> None:
    new = {"secret": SECRET, "previous_secret_until": "2026-11-23T10:00:00Z"}
    callback = {"GET /v1/callback-secret": {**new, "previous_secret_until": None}}
    rotated = {f"POST {ONE}/rotate": webhook(**new), "POST /v1/callback-secret/rotate": new}
    gateway = FakeGateway(**callback, **rotated)
    for arguments, body in (
        (["rotate", WEBHOOK], {}),
        (["rotate", WEBHOOK, "--overlap", "1h30m"], {"overlap_seconds": 5400}),
        (["rotate", WEBHOOK, "--overlap", "0s"], {"overlap_seconds": 0}),
        (["callback-secret", "--rotate", "--overlap", "7d"], {"overlap_seconds": 604_800}),
    ):
        result = run(gateway, "webhooks", *arguments)
        assert (result.exit_code, result.stdout) == (Exit.OK, f"{SECRET}\n")
        assert "Until 2026-11-23T10:00:00Z the one before signs as well." in result.stderr
        assert sent(gateway) == body
    shown = run(gateway, "webhooks", "callback-secret")
    assert shown.stdout == f"{SECRET}\n"
    assert "Until" not in shown.stderr
    assert json.loads(run(gateway, "webhooks", "callback-secret", "--json").stdout)["secret"] == SECRET


def pinged(*then: Any) -> FakeGateway:
    ping = delivery(type="webhook.ping", job=None)
    return FakeGateway(
        **{f"GET {ONE}": webhook(), f"POST {ONE}/test": ping, f"GET {LOG}/{DELIVERY}": [ping, *then]}
    )


def test_a_ping_that_arrives_is_told(run: Run) -> None:
    done = delivery(status="delivered", attempts=1, tries=[try_(204)])
    gateway = pinged(done)
    result = run(gateway, "webhooks", "test", WEBHOOK)
    assert (result.exit_code, result.stdout) == (Exit.OK, "")
    assert result.stderr == "It arrived: answered 204 after 0.25 s.\n"
    assert gateway.asked("GET") == [f"{LOG}/{DELIVERY}"] * 2
    as_json = run(pinged(done), "webhooks", "test", WEBHOOK, "--json")
    assert (as_json.exit_code, json.loads(as_json.stdout)) == (Exit.OK, done)


@pytest.mark.parametrize(
    ("last", "told"),
    [
        (
            delivery(tries=[try_(500, body="<b>no</b>\x1b[2J")]),
            """error: It did not arrive: It answered 500.
The answer begins: <b>no</b>\\x1b[2J
It is tried again at 2026-11-22T10:00:00Z.
""",
        ),
        (
            delivery(tries=[try_(301, error="It leads elsewhere.")], next_attempt_at=None),
            "error: It did not arrive: 301, It leads elsewhere.\n",
        ),
        (
            delivery(tries=[try_(None, error="No answer.")], next_attempt_at=None),
            "error: It did not arrive: No answer.\n",
        ),
        (
            delivery(status="cancelled", reason="webhook_disabled", next_attempt_at=None),
            "error: It did not arrive: webhook_disabled\n",
        ),
    ],
)
def test_a_ping_that_does_not_arrive_is_an_exit_code(run: Run, last: dict[str, Any], told: str) -> None:
    result = run(pinged(last), "webhooks", "test", WEBHOOK)
    assert (result.exit_code, result.stdout, result.stderr) == (Exit.FAILED, "", told)
    assert run(pinged(last), "webhooks", "test", WEBHOOK, "--json").exit_code == Exit.FAILED


def test_a_ping_is_not_waited_for_without_end(run: Run) -> None:
    gateway = pinged()
    result = run(gateway, "webhooks", "test", WEBHOOK, "--timeout", "5")
    assert result.exit_code == Exit.TIMEOUT
    assert f"Not tried within 5 s: look later with scribeline deliveries show {DELIVERY}" in result.stderr
    assert 3 < len(gateway.asked("GET")) < 20


def test_a_disabled_webhook_is_not_tested(run: Run) -> None:
    refused = problem(409, "webhook_disabled", "The webhook is disabled; enable it first.")
    result = run(
        FakeGateway(**{f"GET {ONE}": webhook(), f"POST {ONE}/test": refused}), "webhooks", "test", WEBHOOK
    )
    assert result.exit_code == Exit.REFUSED
    assert result.stderr == "error: The webhook is disabled; enable it first. (webhook_disabled)\n"


def test_the_log_is_printed_newest_first(run: Run) -> None:
    first = delivery(status="failed")
    second = delivery(id="two", type="analysis.action_item_found")
    pages = [{"deliveries": [first], "next_cursor": "c"}, {"deliveries": [second], "next_cursor": None}]
    gateway = FakeGateway(**{f"GET {LOG}": pages})
    states = ("--status", "failed", "--status", "pending")
    result = run(gateway, "deliveries", "list", "--webhook", WEBHOOK, "--job", JOB, *states)
    assert result.stdout == (
        f"2026-11-22T10:00:00Z\t{DELIVERY}\tfailed\tjob.completed\n"
        "2026-11-22T10:00:00Z\ttwo\tpending\tanalysis.action_item_found\n"
    )
    query = f"webhook={WEBHOOK}&job={JOB}&status=failed&status=pending"
    assert gateway.asked("GET") == [f"{LOG}?{query}&limit=20", f"{LOG}?{query}&limit=19&cursor=c"]


def test_the_log_of_one_webhook(run: Run) -> None:
    gateway = FakeGateway(**{f"GET {LOG}": {"deliveries": [delivery()] * 3, "next_cursor": "more"}})
    limited = ("--limit", "3", "--status", "pending", "--json")
    result = run(gateway, "webhooks", "deliveries", WEBHOOK, *limited)
    assert json.loads(result.stdout) == [delivery()] * 3
    assert gateway.asked("GET") == [f"{LOG}?webhook={WEBHOOK}&status=pending&limit=3"]
    run(gateway, "deliveries", "list", "--types", "job.failed,job.cancelled", "--limit", "1")
    assert gateway.asked("GET")[-1] == f"{LOG}?type=job.failed&type=job.cancelled&limit=1"


def test_lists_fit_into_eighty_columns(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    long = "https://crm.example/" + "hook/" * 30
    found = [delivery(status="delivered", type="analysis.action_item_found"), delivery(status="cancelled")]
    gateway = FakeGateway(**{
        f"GET {LOG}": {"deliveries": found, "next_cursor": None},
        "GET /v1/webhooks": {"webhooks": [webhook(url=long, status="disabled")]},
    })  # fmt: skip
    screen = on_a_terminal(monkeypatch)
    run(gateway, "deliveries", "list")
    run(gateway, "webhooks", "list")
    lines = [line.rstrip() for line in screen.export_text().splitlines()]
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["WHEN", "DELIVERY", "STATUS", "TYPE"]
    assert lines[1][5:] == f"  {DELIVERY}  delivered  analysis.action_item_…"
    assert lines[-1].startswith(f"{WEBHOOK}  disabled  https://crm.example/hook/")


def test_a_delivery_is_shown_with_its_tries_and_the_last_answer(run: Run) -> None:
    tries = [try_(500, body="first"), try_(None, error="No answer."), try_(503, body="busy\x1b[2J\nlate")]
    found = delivery(status="failed", reason="Every try failed.", attempts=3, tries=tries)
    gateway = FakeGateway(**{f"GET {LOG}/{DELIVERY}": found})
    result = run(gateway, "deliveries", "show", DELIVERY)
    assert result.exit_code == Exit.OK
    lines = result.stdout.splitlines()
    for line in (
        f"delivery      {DELIVERY}",
        "status        failed",
        "because       Every try failed.",
        "2026-11-22T10:00:00Z\t500\t0.25\tIt answered 500.",
        "2026-11-22T10:00:00Z\t-\t0.25\tNo answer.",
        "The last answer begins",
        "busy\\x1b[2J",
    ):
        assert line in lines, line
    assert "first" not in result.stdout
    assert json.loads(run(gateway, "deliveries", "show", DELIVERY, "--json").stdout) == found


def test_a_delivery_that_was_not_tried_yet_is_shown(run: Run) -> None:
    result = run(FakeGateway(**{f"GET {LOG}/{DELIVERY}": delivery()}), "deliveries", "show", DELIVERY)
    assert result.exit_code == Exit.OK
    assert "next try      2026-11-22T10:00:00Z" in result.stdout.splitlines()
    assert "The last answer" not in result.stdout


def test_a_delivery_is_sent_again_unless_its_event_is_gone(run: Run) -> None:
    gone = problem(410, "event_gone", "What the event told is not kept any more.")
    gateway = FakeGateway(**{f"POST {LOG}/{DELIVERY}/replay": [delivery(), gone]})
    again = run(gateway, "deliveries", "replay", DELIVERY)
    assert (again.exit_code, again.stderr) == (Exit.OK, f"Delivery {DELIVERY} is sent again.\n")
    assert run(gateway, "deliveries", "replay", DELIVERY).exit_code == Exit.NOT_FOUND


def test_what_was_told_in_a_time_is_sent_again(run: Run) -> None:
    gateway = FakeGateway(**{f"POST {ONE}/replay": [{"deliveries": 7}, {"deliveries": 1}]})
    given = ("--since", "2026-11-22T10:00+01:00", "--until", "2026-11-22T12:00Z", "--status", "failed")
    result = run(gateway, "webhooks", "replay", WEBHOOK, *given, "--type", "job.failed")
    assert (result.exit_code, result.stderr) == (Exit.OK, "7 deliveries are sent again.\n")
    assert sent(gateway) == {
        "since": "2026-11-22T09:00:00+00:00", "until": "2026-11-22T12:00:00+00:00",
        "types": ["job.failed"], "status": "failed",
    }  # fmt: skip
    assert run(gateway, "webhooks", "replay", WEBHOOK, "--since", "2h").stderr == (
        "1 delivery is sent again.\n"
    )
    assert sent(gateway).keys() == {"since"}
    ago = datetime.now(UTC) - datetime.fromisoformat(sent(gateway)["since"])
    assert timedelta(hours=2) <= ago < timedelta(hours=2, minutes=1)


def test_times_are_told_on_this_machines_clock() -> None:
    told = datetime(2026, 11, 22, 10, 0, 5).astimezone().isoformat()
    assert clock_time(told) == "2026-11-22 10:00:05"
    assert day_or_time(told, today="2026-11-22") == "10:00"
    assert day_or_time(told, today="2026-11-23") == "11-22"
    for odd in ("", "soon", "0001-01-01T00:00:00+14:00"):
        assert clock_time(odd) == day_or_time(odd) == odd


@pytest.mark.parametrize(
    "command",
    [
        ["webhooks", "show", "a/../b"],
        ["webhooks", "delete", "a/../b"],
        ["webhooks", "test", "a/../b"],
        ["webhooks", "replay", "a/../b", "--since", "2h"],
        ["deliveries", "show", "a/../b"],
        ["deliveries", "replay", "a/../b"],
        ["webhooks", "rotate", "a/../b"],
    ],
)
def test_a_name_stays_one_step_of_the_path(run: Run, command: list[str]) -> None:
    gateway = FakeGateway()
    assert run(gateway, *command).exit_code == Exit.NOT_FOUND
    assert "a%2F..%2Fb" in gateway.requests[0].url.raw_path.decode()


def test_a_recordings_own_callback_is_sent_with_it(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    gateway = FakeGateway(**{"POST /v1/jobs": job()})
    given = ["--webhook-url", "https://crm.example/hook?call=7", "--webhook-event", "job.failed"]
    more = ["--webhook-event", "transcript.completed"]
    assert run(gateway, "submit", "a.wav", "https://media.example/b", *given, *more).exit_code == Exit.OK
    uploaded, fetched = gateway.requests
    assert b'name="webhook_url"\r\n\r\nhttps://crm.example/hook?call=7\r\n' in uploaded.content
    assert uploaded.content.count(b'name="webhook_events"') == 2
    sent = json.loads(fetched.content)
    options = parse_options(fields_of({**sent, "audio_url": None}, 999), settings())
    assert (options.webhook_url, options.webhook_events) == (
        "https://crm.example/hook?call=7",
        ("job.failed", "transcript.completed"),
    )
    assert sent == {
        "audio_url": "https://media.example/b", "webhook_url": "https://crm.example/hook?call=7",
        "webhook_events": "job.failed,transcript.completed",
    }  # fmt: skip


def test_events_of_a_callback_need_its_address(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    gateway = FakeGateway()
    assert run(gateway, "submit", "a.wav", "--webhook-event", "job.failed").exit_code == Exit.USAGE
    assert gateway.requests == []


def test_a_jobs_callback_is_shown(run: Run) -> None:
    gateway = FakeGateway(**{f"GET /v1/jobs/{JOB}": job(webhook_url="https://crm.example/hook")})
    assert "webhook       https://crm.example/hook" in run(gateway, "jobs", "show", JOB).stdout.splitlines()


@pytest.mark.parametrize(
    "asked",
    [("create", "https://crm.example/hook"), ("set", WEBHOOK), ("set", WEBHOOK, "--url", "https://x")],
)
@pytest.mark.parametrize("empty", ["", " ", ","])
def test_an_empty_type_is_a_mistake_and_not_all_types(run: Run, asked: tuple[str, ...], empty: str) -> None:
    gateway = FakeGateway()
    for types in (["--type", empty], ["--type", "job.failed", "--type", empty]):
        result = run(gateway, "webhooks", *asked, *types)
        assert (result.exit_code, gateway.requests) == (Exit.USAGE, [])
        assert "--type" in result.stderr
        assert "empty" in result.stderr

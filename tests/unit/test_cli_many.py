"""Many jobs at once, searching, usage and tenants from the command line."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import stamina
from rich.console import Console
from typer.testing import CliRunner, Result

from scribeline_cli import search
from scribeline_cli.exits import Exit
from scribeline_cli.main import app
from tests.support.fake_gateway import FakeGateway, problem

Run = Callable[..., Result]
IDS = [f"00000000-0000-0000-0000-{n:012}" for n in range(3)]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.chdir(tmp_path)
    for name in ("SCRIBELINE_URL", "SCRIBELINE_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def invoke(gateway: FakeGateway, *arguments: str) -> Result:
        return CliRunner().invoke(app, ["--url", "http://gateway", *arguments], obj=gateway)

    with stamina.set_testing(True, attempts=3):
        yield invoke


def bulk(action: str = "delete", **told: Any) -> dict[str, Any]:
    body = {"action": action, "dry_run": False, "changed": 2, "skipped": {}, "jobs": IDS[:2], "next": None}
    return {**body, **told}


@pytest.mark.parametrize(
    ("action", "done"),
    [("cancel", "cancelled"), ("delete", "deleted"), ("retry", "tried again"), ("rerun", "run again")],
)
def test_jobs_are_named_by_what_they_have(run: Run, action: str, done: str) -> None:
    pages = [bulk(action, next=IDS[1], skipped={"job_ended": 1}), bulk(action, changed=1)]
    gateway = FakeGateway(**{"POST /v1/jobs/bulk": pages})
    given = [
        "--status",
        "failed",
        "--status",
        "cancelled",
        "--tag",
        "x",
        "--metadata",
        '{"case": 7}',
        "--yes",
    ]
    result = run(gateway, "jobs", action, *given, "--owner", "ann")
    assert (result.exit_code, result.stdout) == (Exit.OK, "")
    assert result.stderr == f"3 jobs are {done}.\n1 left alone: job_ended\n"
    first, second = (json.loads(request.content) for request in gateway.requests)
    named = {"status": ["failed", "cancelled"], "tag": ["x"], "metadata": {"case": 7}, "owner": "ann"}
    assert first == {"action": action, "filter": named}
    assert second == {**first, "cursor": IDS[1]}


def test_a_dry_run_prints_the_jobs_and_changes_nothing(run: Run) -> None:
    gateway = FakeGateway(**{"POST /v1/jobs/bulk": bulk(dry_run=True, changed=1, jobs=IDS[:1])})
    result = run(gateway, "jobs", "delete", "--all", "--dry-run", "--yes")
    assert (result.stdout, result.stderr) == (f"{IDS[0]}\n", "1 job would be deleted.\n")
    assert json.loads(gateway.requests[0].content) == {
        "action": "delete", "filter": {}, "dry_run": True, "all": True,
    }  # fmt: skip


def test_jobs_that_a_filter_names_are_run_again_with_other_options(run: Run) -> None:
    gateway = FakeGateway(**{"POST /v1/jobs/bulk": bulk("rerun", changed=1)})
    result = run(gateway, "jobs", "rerun", "--tag", "x", "--yes", "--stage", "analysis", "--ask", "Who?")
    assert result.stderr == "1 job is run again.\n"
    asked = json.loads(gateway.requests[0].content)
    assert asked["options"] == {"stage": "analysis", "analysis_prompt": "Who?"}


@pytest.mark.parametrize("action", ["cancel", "delete", "retry", "rerun"])
@pytest.mark.parametrize(
    "given",
    [
        (),
        ("--yes",),
        ("--dry-run",),
        ("--all",),
        ("--tag", "x"),
        ("--all", "--tag", "x", "--yes"),
        ("j1", "--all", "--yes"),
        ("j1", "--tag", "x", "--yes"),
        ("j1", "--dry-run"),
        ("--metadata", "[7]", "--yes"),
        ("--metadata", "", "--yes"),
    ],
    ids=" ".join,
)
def test_it_must_be_clear_which_jobs_are_meant(run: Run, action: str, given: tuple[str, ...]) -> None:
    gateway = FakeGateway()
    assert run(gateway, "jobs", action, *given).exit_code == Exit.USAGE
    assert gateway.requests == []


def test_what_is_empty_by_mistake_is_not_taken_for_everybody(run: Run) -> None:
    gateway = FakeGateway(**{"POST /v1/jobs/bulk": problem(422, "invalid_parameter", "owner: is empty")})
    assert run(gateway, "jobs", "delete", "--owner", "", "--yes").exit_code == Exit.REFUSED
    asked = json.loads(gateway.requests[0].content)
    assert (asked["filter"], "all" in asked) == ({"owner": ""}, False)


def hit(job: str, *texts: str) -> dict[str, Any]:
    matches = [{"start": 3723.5, "text": text, "highlight": f"<mark>{text}</mark>"} for text in texts]
    return {"job": job, "filename": "a.mp3", "matches": matches, "more": False}


def test_what_was_said_is_found_page_by_page(run: Run) -> None:
    pages = [
        {"hits": [hit("j1", "a\tbudget", " so\x1b[2J ")], "next": "c1", "complete": False},
        {"hits": [hit("j2", "a budget"), hit("j3", "more")], "next": "c2", "complete": True},
    ]
    gateway = FakeGateway(**{"GET /v1/search": list(pages)})
    result = run(gateway, "search", "the", "budget", "--limit", "2", "--tag", "x", "--order", "newest")
    assert result.stdout == "j1\t1:02:03\ta budget\nj1\t1:02:03\tso\\x1b[2J\nj2\t1:02:03\ta budget\n"
    assert "only the newest places" in result.stderr
    first, second = (request.url.params for request in gateway.requests)
    assert {name: first[name] for name in ("q", "tag", "order", "limit", "matches")} == {
        "q": "the budget", "tag": "x", "order": "newest", "limit": "2", "matches": "3",
    }  # fmt: skip
    assert (second["limit"], second["cursor"]) == ("1", "c1")

    found = json.loads(run(FakeGateway(**{"GET /v1/search": list(pages)}), "search", "x", "--json").stdout)
    assert [each["job"] for each in found][:3] == ["j1", "j2", "j3"]
    empty = FakeGateway(**{"GET /v1/search": {"hits": [], "next": None, "hint": "No word."}})
    assert run(empty, "search", "--", "-x").stderr == "No word.\nNothing was found.\n"


def test_a_terminal_shows_what_was_looked_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "out", lambda: Console(force_terminal=True, color_system="standard"))
    said = {"start": 8, "text": "x", "highlight": "a &lt;b&gt; &amp;lt; <mark>bud\x1bget</mark> now"}
    page = {"hits": [{"job": "j1", "matches": [said]}], "next": None}
    shown = run(FakeGateway(**{"GET /v1/search": page}), "search", "budget").stdout
    assert "a <b> &lt; \x1b[1;33mbud\\x1bget\x1b[0m now" in shown
    assert "0:00:08" in shown


def test_usage_is_a_table_of_days_and_of_what_is_left(run: Run) -> None:
    counted = {"jobs": 2, "bytes": 9, "audio_seconds": 3723.4, "prompt_tokens": 5, "completion_tokens": 1}
    limits = {"audio_minutes_per_month": {"used": 62.06, "allowed": 100.0, "left": 37.94}}
    used = {"days": [{**counted, "day": "2026-11-21"}], "total": counted, "limits": limits}
    gateway = FakeGateway(**{"GET /v1/usage": used, "GET /v1/admin/tenants/acme/usage": used})
    result = run(gateway, "usage", "--from", "2026-11-01", "--to", "2026-11-30")
    assert result.stdout.splitlines() == [
        "2026-11-21\t2\t9\t1:02:03\t5\t1",
        "total\t2\t9\t1:02:03\t5\t1",
        "minutes of audio this month\t62.1\t100\t37.9",
        "bytes this month\t-\t-\t-",
        "jobs under way\t-\t-\t-",
    ]
    assert gateway.asked("GET") == ["/v1/usage?from=2026-11-01&to=2026-11-30"]
    assert json.loads(run(gateway, "usage", "--tenant", "acme", "--json").stdout) == used
    assert run(gateway, "usage", "--tenant", "../x").exit_code == Exit.NOT_FOUND


def test_tenants_are_listed_made_and_changed(run: Run) -> None:
    tenant = {"name": "acme", "retention_days": 30, "jobs_in_flight": 0, "models_allowed": ["base", "tiny"]}
    gateway = FakeGateway(**{
        "GET /v1/admin/tenants": {"tenants": [tenant]},
        "GET /v1/admin/tenants/acme": tenant,
        "POST /v1/admin/tenants": httpx2.Response(201, json=tenant),
        "PATCH /v1/admin/tenants/acme": tenant,
    })  # fmt: skip
    assert run(gateway, "tenants", "list").stdout == "acme\t30\t0\t-\t-\tbase tiny\n"
    assert "retention_days\t30\n" in run(gateway, "tenants", "show", "acme").stdout
    given = ("retention_days=null", 'models_allowed=["base"]', "audio_minutes_per_month=1.5")
    assert run(gateway, "tenants", "create", "acme", *given).exit_code == Exit.OK
    assert run(gateway, "tenants", "set", "acme", *given).exit_code == Exit.OK
    settings = {"retention_days": None, "models_allowed": ["base"], "audio_minutes_per_month": 1.5}
    assert [json.loads(request.content) for request in gateway.requests[2:]] == [
        {"name": "acme", **settings}, settings,
    ]  # fmt: skip
    for wrong in (("set", "acme"), ("set", "acme", "retention_days"), ("create",)):
        assert run(gateway, "tenants", *wrong).exit_code == Exit.USAGE
    assert len(gateway.requests) == 4

"""Subscribers from the command line, and the help of what webhooks and subscribers have."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
import typer
from typer.testing import CliRunner, Result

from scribeline_cli import deliveries, subscribers, webhooks
from scribeline_cli.exits import Exit
from scribeline_cli.main import app
from tests.support.fake_gateway import FakeGateway, problem
from tests.support.hooks import subscriber

Run = Callable[..., Result]
ALL = "/v1/admin/subscribers"
URL = "amqps://scribeline.sub.acme.crm:s3cr%2Ft@broker.example:5671/scribeline"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    for name in ("SCRIBELINE_URL", "SCRIBELINE_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def invoke(gateway: FakeGateway, *arguments: str) -> Result:
        return CliRunner().invoke(app, ["--url", "http://gateway", "subscribers", *arguments], obj=gateway)

    return invoke


def sent(gateway: FakeGateway) -> Any:
    return json.loads(gateway.requests[-1].content)


def test_a_new_subscribers_address_is_all_that_goes_to_standard_output(run: Run) -> None:
    gateway = FakeGateway(**{f"POST {ALL}": subscriber(url=URL)})
    given = ["--types", "job.completed, job.failed", "--max-length", "500", "--max-bytes", "1000000"]
    result = run(gateway, "create", "crm", "--tenant", "acme", *given)
    assert (result.exit_code, result.stdout) == (Exit.OK, f"{URL}\n")
    assert "scribeline.sub.acme.crm" in result.stderr
    assert "not shown again" in result.stderr
    assert "s3cr" not in result.stderr
    assert sent(gateway) == {
        "name": "crm", "tenant": "acme", "types": ["job.completed", "job.failed"], "max_length": 500,
        "max_bytes": 1_000_000,
    }  # fmt: skip


def test_an_empty_type_is_a_mistake_and_not_all_types(run: Run) -> None:
    gateway = FakeGateway()
    result = run(gateway, "create", "crm", "--tenant", "acme", "--type", "")
    assert (result.exit_code, gateway.requests) == (Exit.USAGE, [])
    assert "empty" in result.stderr


def test_a_subscriber_may_hear_every_tenant(run: Run) -> None:
    made = subscriber(url=URL, tenant=None)
    gateway = FakeGateway(**{f"POST {ALL}": made})
    result = run(gateway, "create", "audit", "--all-tenants", "--json")
    assert sent(gateway) == {"name": "audit", "all_tenants": True}
    assert (json.loads(result.stdout), result.stderr) == (made, "")


@pytest.mark.parametrize(
    "given",
    [
        [],
        ["--tenant", "acme", "--all-tenants"],
        ["--tenant", "acme", "--max-length", "0"],
        ["--tenant", "acme", "--max-bytes", "x"],
    ],
)
def test_wrong_usage_is_told_before_anything_is_asked(run: Run, given: list[str]) -> None:
    gateway = FakeGateway()
    assert run(gateway, "create", "crm", *given).exit_code == Exit.USAGE
    assert gateway.requests == []


def test_why_none_is_made_is_told(run: Run) -> None:
    taken = problem(409, "subscriber_exists", "There is one.")
    result = run(FakeGateway(**{f"POST {ALL}": taken}), "create", "crm", "--tenant", "acme")
    assert (result.exit_code, result.stdout) == (Exit.REFUSED, "")
    assert result.stderr == "error: There is one. (subscriber_exists)\n"


def test_subscribers_are_listed_and_shown(run: Run) -> None:
    found = [subscriber(messages=7), subscriber(name="audit", tenant=None, messages=None, types=["a", "b"])]
    gateway = FakeGateway(**{f"GET {ALL}": {"subscribers": found}, f"GET {ALL}/crm": found[0]})
    assert run(gateway, "list").stdout == "crm\tacme\t7\t1\tall\naudit\t(all)\t-\t1\ta b\n"
    assert json.loads(run(gateway, "list", "--json").stdout) == found
    lines = run(gateway, "show", "crm").stdout.splitlines()
    assert lines[:3] == ["subscriber    crm", "tenant        acme", "types         all"]
    assert "queue         scribeline.sub.acme.crm" in lines
    assert "most messages 100000" in lines
    assert json.loads(run(gateway, "show", "crm", "--json").stdout) == found[0]


def test_one_that_is_given_nothing_is_told_of(run: Run) -> None:
    half = subscriber(ready=False)
    gateway = FakeGateway(**{f"GET {ALL}": {"subscribers": [half]}, f"GET {ALL}/crm": half})
    for command in (["list"], ["show", "crm"]):
        assert "given nothing: make it again, or remove it" in run(gateway, *command).stdout


def test_a_new_address_is_all_that_goes_to_standard_output(run: Run) -> None:
    result = run(FakeGateway(**{f"POST {ALL}/crm/rotate": subscriber(url=URL)}), "rotate", "crm")
    assert (result.exit_code, result.stdout) == (Exit.OK, f"{URL}\n")


def test_a_subscriber_is_removed(run: Run) -> None:
    gateway = FakeGateway(**{f"DELETE {ALL}/crm": httpx2.Response(204)})
    assert run(gateway, "remove", "crm").stderr == "Subscriber crm is removed.\n"
    assert run(gateway, "remove", "other").exit_code == Exit.NOT_FOUND


@pytest.mark.parametrize("group", [webhooks.app, deliveries.app, subscribers.app])
def test_every_command_says_in_one_sentence_what_it_does(group: typer.Typer) -> None:
    told = [command.callback.__doc__ or "" for command in group.registered_commands if command.callback]
    assert len(told) >= 3
    assert [line for line in told if line.count(".") != 1 or not line.endswith(".")] == []

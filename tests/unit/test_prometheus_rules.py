"""Rules ask for what there is, and each alert is tested both ways. promtool runs them: `make check`."""

import re
from pathlib import Path

import pytest
from typer.core import TyperGroup as Group
from typer.main import get_command

from scribeline_cli.main import app
from tests.support.promql import Rule, alerts, expectations, rules, selectors, unknown

DOCS = Path(__file__).parents[2] / "docs"
RUNBOOK = DOCS / "runbook.md"


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.name)
def test_a_rule_asks_for_metrics_and_labels_that_there_are(rule: Rule) -> None:
    assert list(selectors(rule.expression))
    assert unknown(rule.expression) == []


def test_a_metric_that_nobody_shows_is_noticed() -> None:
    assert unknown("rate(scribeline_massages_total[5m]) > 1e9") == ["scribeline_massages_total"]
    assert unknown('sum by (queue) (scribeline_messages_total{outcome=~"retried"})')
    assert unknown('scribeline_jobs_total{queue="analyzer"}') == ["scribeline_jobs_total{queue}"]


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)
def test_an_alert_says_how_bad_it_is_what_it_is_and_where_to_read_on(alert: Rule) -> None:
    assert alert.labels["severity"] in ("critical", "warning")
    assert alert.annotations["summary"]
    assert alert.annotations["description"].endswith(".")
    assert alert.annotations["runbook_url"] == f"docs/runbook.md#{alert.name.lower()}"


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)
def test_an_alert_is_seen_to_fire_and_not_to_fire(alert: Rule) -> None:
    asked = [
        (expression, samples) for expression, samples in expectations() if _about(expression, alert.name)
    ]
    assert any(samples and 'alertstate="firing"' in expression for expression, samples in asked)
    assert any(not samples for _, samples in asked)


def _about(expression: str, name: str) -> bool:
    named = re.search(r'alertname=~?"([^"]*)"', expression)
    return named is None or re.fullmatch(named.group(1), name) is not None


def test_each_alert_has_its_entry_in_the_runbook_and_each_entry_its_alert() -> None:
    entries = re.findall(r"^### (\w+)$", RUNBOOK.read_text(), re.MULTILINE)
    assert sorted(entries) == sorted(alert.name for alert in alerts())


def test_an_entry_says_what_it_means_how_to_see_more_and_what_to_do() -> None:
    for entry in re.split(r"^### ", RUNBOOK.read_text(), flags=re.MULTILINE)[1:]:
        assert all(f"**{word}**" in entry for word in ("Means", "See", "Do")), entry


def test_the_runbook_names_commands_links_and_settings_that_there_are() -> None:
    text = RUNBOOK.read_text()
    for line in re.findall(r"`scribeline ([^`]+)`", text):
        assert_command(line)
    for name in re.findall(r"SCRIBELINE_[A-Z_]+", text):
        assert f"`{name}`" in (DOCS / "configuration.md").read_text(), name
    anchors = {heading.lower() for heading in re.findall(r"^### (\w+)$", text, re.MULTILINE)}
    assert set(re.findall(r"\]\(#(\w+)\)", text)) <= anchors
    assert all((DOCS / page).exists() for page in re.findall(r"\]\(([\w./]+\.md)\)", text))


def test_a_command_that_lacks_what_it_requires_is_noticed() -> None:
    assert_command("webhooks replay ID --since 7d")
    for wrong in ("webhooks replay ID", "webhooks reply ID", "webhocks list", "webhooks list --sins 1"):
        with pytest.raises(AssertionError):
            assert_command(wrong)


def assert_command(line: str) -> None:
    """A command of the line, with the options that it requires and none that it does not know."""
    found = get_command(app)
    words = line.split()
    while isinstance(found, Group) and words:
        assert words[0] in found.commands, line
        found = found.commands[words.pop(0)]
    options = [each for each in found.params if each.param_type_name == "option"]
    given = {word for word in words if word.startswith("--")}
    assert given <= {"--help", *(name for each in options for name in each.opts)}, line
    for each in options:
        assert not each.required or given & set(each.opts), f"{line}: {each.opts}"


def test_no_name_is_given_twice() -> None:
    names = [rule.name for rule in rules()]
    assert len(names) == len(set(names))

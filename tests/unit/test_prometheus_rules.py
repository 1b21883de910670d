"""Rules ask for what there is, and each alert is tested both ways. promtool runs them: `make check`."""

import re

import pytest

from tests.support.promql import Rule, alerts, expectations, rules, selectors, unknown


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


def test_no_name_is_given_twice() -> None:
    names = [rule.name for rule in rules()]
    assert len(names) == len(set(names))

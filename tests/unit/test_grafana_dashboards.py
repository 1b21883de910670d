"""Dashboards show what there is, and say what they show. promtool reads their questions: `make check`."""

import json
from typing import Any

import pytest
import yaml

from deploy.grafana.__main__ import FOLDER, files
from deploy.grafana.dashboard import expressions
from tests.support.promql import unknown

DASHBOARDS = {file.name: json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))}
PANELS = [(name, panel) for name, each in DASHBOARDS.items() for panel in each["panels"]]
CHARTS = [panel for _, panel in PANELS if panel["type"] != "row"]
UNITS = {"short", "none", "s", "percentunit", "bytes", "Bps", "reqps", "cps"}
PROVISIONING = FOLDER.parent / "provisioning"

dashboards = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS)
charts = pytest.mark.parametrize("panel", CHARTS, ids=lambda panel: panel["title"])


def test_the_files_are_what_the_tables_say() -> None:
    assert {file.name: file.read_text() for file in FOLDER.iterdir()} == files()


@dashboards
def test_every_question_is_about_something_that_is_shown(dashboard: dict[str, Any]) -> None:
    assert [each for expression in expressions(dashboard) for each in unknown(expression)] == []


@dashboards
def test_every_variable_that_a_question_names_can_be_chosen(dashboard: dict[str, Any]) -> None:
    chosen = {variable["name"] for variable in dashboard["templating"]["list"]}
    text = json.dumps(dashboard["panels"])
    for builtin in ("$__rate_interval", "${datasource}"):
        text = text.replace(builtin, "")
    named = {part.split('"')[0].split("\\")[0] for part in text.split("$")[1:]}
    assert {name.rstrip("})") for name in named} <= chosen
    assert "datasource" in chosen


@dashboards
def test_no_panel_covers_another_one_or_has_its_number(dashboard: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not taken & cells
        assert place["x"] + place["w"] <= 24
        taken |= cells
    numbers = [panel["id"] for panel in dashboard["panels"]]
    assert len(numbers) == len(set(numbers))


def test_dashboards_are_told_apart() -> None:
    assert len({each["uid"] for each in DASHBOARDS.values()}) == len(DASHBOARDS)
    assert len({each["title"] for each in DASHBOARDS.values()}) == len(DASHBOARDS)


@charts
def test_a_panel_says_what_it_shows_and_in_which_unit(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert panel["targets"]
    assert all(target["legendFormat"] for target in panel["targets"])


@charts
def test_a_panel_asks_the_source_that_was_chosen(panel: dict[str, Any]) -> None:
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    assert [each["datasource"] for each in (panel, *panel["targets"])] == [chosen] * (
        1 + len(panel["targets"])
    )


def test_grafana_finds_prometheus_and_the_dashboards_by_itself() -> None:
    [source] = yaml.safe_load((PROVISIONING / "datasources" / "prometheus.yml").read_text())["datasources"]
    [provider] = yaml.safe_load((PROVISIONING / "dashboards" / "scribeline.yml").read_text())["providers"]
    compose = yaml.safe_load((FOLDER.parents[1] / "compose.yml").read_text())["services"]
    assert source["type"] == "prometheus"
    assert source["url"].split("/")[-1].split(":")[0] in compose
    mounts = dict(mount.split(":")[:2] for mount in compose["grafana"]["volumes"])
    assert mounts["./grafana/dashboards"] == provider["options"]["path"]
    assert mounts["./grafana/provisioning"] == "/etc/grafana/provisioning"

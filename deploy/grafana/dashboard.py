"""A whole dashboard: its panels, and the variables one chooses above them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from deploy.grafana.panels import DATASOURCE, Json, Row, written

SCHEMA = 39
"""Of Grafana 10 and 11; later ones read it too."""
RATE_INTERVAL = "1m"
"""What $__rate_interval is at least: four scrapes (grafana.com/docs, Prometheus template variables)."""


@dataclass(frozen=True)
class Variable:
    """What is chosen, out of the values of a label."""

    name: str
    label: str
    query: str
    several: bool = False


@dataclass(frozen=True)
class Dashboard:
    uid: str
    title: str
    told: str
    rows: Sequence[Row]
    variables: Sequence[Variable] = ()

    def written(self) -> Json:
        """As Grafana imports it."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.told,
            "tags": ["scribeline"],
            "schemaVersion": SCHEMA,
            "editable": True,
            "graphTooltip": 1,
            "refresh": "30s",
            "time": {"from": "now-3h", "to": "now"},
            "timezone": "browser",
            "links": [_others()],
            "annotations": {"list": [_alerts()]},
            "templating": {"list": [_datasource(), *map(_variable, self.variables)]},
            "panels": written(self.rows),
        }


def expressions(dashboard: Json) -> Iterator[str]:
    """Every question of a dashboard, as Prometheus would be asked: with values for Grafana's variables."""
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    for expression in (*asked, *(each["expr"] for each in dashboard["annotations"]["list"])):
        yield expression.replace("$__rate_interval", RATE_INTERVAL)


def _others() -> Json:
    return {
        "type": "dashboards",
        "title": "Scribeline",
        "tags": ["scribeline"],
        "asDropdown": True,
        "includeVars": False,
        "keepTime": True,
        "targetBlank": False,
    }


def _alerts() -> Json:
    """When which alert fired, as marks over every chart."""
    return {
        "name": "Alerts",
        "datasource": DATASOURCE,
        "enable": True,
        "iconColor": "red",
        "expr": 'ALERTS{alertstate="firing"}',
        "titleFormat": "{{alertname}}",
        "textFormat": "{{queue}} {{job}} {{instance}}",
    }


def _datasource() -> Json:
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}


def _variable(variable: Variable) -> Json:
    return {
        "name": variable.name,
        "label": variable.label,
        "type": "query",
        "datasource": DATASOURCE,
        "query": {"query": variable.query, "refId": variable.name},
        "definition": variable.query,
        "refresh": 2,
        "sort": 1,
        "multi": variable.several,
        "includeAll": variable.several,
        **({"current": {"text": "All", "value": "$__all"}} if variable.several else {}),
    }

"""A panel, and how Grafana writes it (grafana.com/docs, dashboard JSON model)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

WIDTH = 24
"""Of a dashboard, in Grafana's columns."""
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}

Json = dict[str, Any]
Unit = Literal["short", "s", "percentunit", "bytes", "Bps", "reqps", "cps", "none"]
"""Grafana's names: cps is counts per second."""


@dataclass(frozen=True)
class Query:
    expression: str
    legend: str
    """With `{{label}}`."""


@dataclass(frozen=True)
class Panel:
    """One chart. With `red`, a number that is that high is bad, and with `amber` worth a look."""

    title: str
    told: str
    queries: tuple[Query, ...]
    unit: Unit = "short"
    stacked: bool = False
    red: float | None = None
    amber: float | None = None
    kind: Literal["timeseries", "stat"] = "timeseries"


@dataclass(frozen=True)
class Row:
    title: str
    panels: Sequence[Panel]


def chart(title: str, told: str, *queries: Query, unit: Unit = "short", stacked: bool = False) -> Panel:
    return Panel(title, told, queries, unit, stacked)


def number(
    title: str,
    told: str,
    expression: str,
    unit: Unit = "short",
    *,
    red: float | None = None,
    amber: float | None = None,
) -> Panel:
    """One number, now; a dash where nobody tells it."""
    return Panel(title, told, (Query(expression, title),), unit, red=red, amber=amber, kind="stat")


def rate(metric: str, by: str = "", where: str = "") -> str:
    """Per second, over all processes."""
    return f"{_sum(by)}(rate({metric}{where}[$__rate_interval]))"


def quantile(of: float, histogram: str, by: str = "", where: str = "") -> str:
    labels = f"{by}, le" if by else "le"
    rates = f"sum by ({labels}) (rate({histogram}_bucket{where}[$__rate_interval]))"
    return f"histogram_quantile({of}, {rates})"


def mean(histogram: str, by: str = "", where: str = "") -> str:
    return f"{rate(f'{histogram}_sum', by, where)} / {rate(f'{histogram}_count', by, where)}"


def _sum(by: str) -> str:
    return f"sum by ({by}) " if by else "sum"


def written(rows: Sequence[Row]) -> list[Json]:
    """Rows below each other; at most three charts or eight numbers beside each other."""
    panels: list[Json] = []
    y = 0
    for row in rows:
        panels.append(_row(row.title, len(panels) + 1, y))
        y += 1
        for line in _lines(row.panels):
            height = 4 if line[0].kind == "stat" else 8
            width = WIDTH // len(line)
            for column, panel in enumerate(line):
                place = {"h": height, "w": width, "x": column * width, "y": y}
                panels.append(_panel(panel, len(panels) + 1, place))
            y += height
    return panels


def _lines(panels: Sequence[Panel]) -> Iterator[Sequence[Panel]]:
    numbers = [panel for panel in panels if panel.kind == "stat"]
    charts = [panel for panel in panels if panel.kind != "stat"]
    for found, most in ((numbers, 8), (charts, 3)):
        lines = ceil(len(found) / most)
        each = ceil(len(found) / lines) if lines else 0  # four are two and two
        yield from (found[line * each : (line + 1) * each] for line in range(lines))


def _row(title: str, number: int, y: int) -> Json:
    place = {"h": 1, "w": WIDTH, "x": 0, "y": y}
    return {"type": "row", "id": number, "title": title, "collapsed": False, "gridPos": place, "panels": []}


def _panel(panel: Panel, number: int, place: Json) -> Json:
    return {
        "type": panel.kind,
        "id": number,
        "title": panel.title,
        "description": panel.told,
        "datasource": DATASOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "options": _options(panel),
        "targets": [
            {
                "refId": chr(ord("A") + place),
                "datasource": DATASOURCE,
                "expr": query.expression,
                "legendFormat": query.legend,
                "range": panel.kind != "stat",
                "instant": panel.kind == "stat",
            }
            for place, query in enumerate(panel.queries)
        ],
    }


def _defaults(panel: Panel) -> Json:
    steps: list[Json] = [{"color": "green", "value": None}]
    steps += [{"color": "orange", "value": panel.amber}] if panel.amber is not None else []
    steps += [{"color": "red", "value": panel.red}] if panel.red is not None else []
    defaults: Json = {"unit": panel.unit, "min": 0, "thresholds": {"mode": "absolute", "steps": steps}}
    if panel.kind == "stat":
        return defaults | {"color": {"mode": "thresholds"}, "noValue": "-"}
    custom = {
        "drawStyle": "line",
        "lineWidth": 1,
        "fillOpacity": 25 if panel.stacked else 8,
        "showPoints": "never",
        "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
    }
    return defaults | {"color": {"mode": "palette-classic"}, "custom": custom}


def _options(panel: Panel) -> Json:
    if panel.kind == "stat":
        reduce = {"calcs": ["lastNotNull"], "fields": "", "values": False}
        return {"reduceOptions": reduce, "colorMode": "background", "graphMode": "none", "textMode": "value"}
    legend = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
    return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}

"""Grafana's dashboards, as tables of panels: `python -m deploy.grafana` writes them as JSON."""

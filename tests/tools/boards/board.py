"""A whole board, as Grafana imports it: the same panels for each database."""

from __future__ import annotations

from typing import Any

from tests.tools.boards.content import rows
from tests.tools.boards.panels import placed
from tests.tools.boards.queries import DATABASE, Dialect, source

NAMES: dict[Dialect, str] = {
    "influx": "InfluxDB",
    "victoria": "VictoriaMetrics",
    "prometheus": "Prometheus",
}
# Of Grafana 12; newer ones bring it up to date as they read it.
SCHEMA = 41


def _variables(dialect: Dialect) -> list[dict[str, Any]]:
    chosen: list[dict[str, Any]] = [
        {
            "name": "DS_PVOPT",
            "label": "Database",
            "type": "datasource",
            "query": DATABASE[dialect],
            "regex": "",
            "refresh": 1,
            "multi": False,
            "includeAll": False,
            "hide": 0,
            "options": [],
        }
    ]
    for kind, label in (("load", "Loads"), ("storage", "Storages")):
        asks = f"label_values(pvopt_{kind}_{KNOWN_BY[kind][dialect]}, {kind})"
        query: Any = {"query": asks, "refId": kind, "qryType": 1}
        if dialect == "influx":
            asks = query = f'SHOW TAG VALUES FROM "pvopt_{kind}" WITH KEY = "{kind}"'
        chosen.append(
            {
                "name": kind,
                "label": label,
                "type": "query",
                "datasource": source(dialect),
                "query": query,
                "regex": "",
                "sort": 1,
                "refresh": 2,
                "multi": True,
                "includeAll": True,
                "hide": 0,
                "options": [],
                "current": {"text": ["All"], "value": ["$__all"]},
            }
        )
    return chosen


def board(dialect: Dialect) -> dict[str, Any]:
    """A whole board, as it is imported."""
    return {
        "id": None,
        "uid": f"pvopt-{dialect}",
        "title": f"pvopt ({NAMES[dialect]})",
        "description": "What pvopt does with the sun: watts, reasons, temperatures, days, health.",
        "tags": ["pvopt", "solar"],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "timezone": "browser",
        "time": {"from": "now-24h", "to": "now"},
        "timepicker": {},
        "refresh": "30s",
        "fiscalYearStartMonth": 0,
        "links": [],
        "annotations": {"list": [ANNOTATIONS]},
        "templating": {"list": _variables(dialect)},
        "panels": placed(rows(), dialect),
    }


# Which series tell what there is of a kind.
KNOWN_BY: dict[str, dict[Dialect, str]] = {
    "load": {"influx": "", "victoria": "setpoint_w", "prometheus": "setpoint_watts"},
    "storage": {"influx": "", "victoria": "power_w", "prometheus": "watts"},
}
ANNOTATIONS = {
    "builtIn": 1,
    "datasource": {"type": "grafana", "uid": "-- Grafana --"},
    "enable": True,
    "hide": True,
    "iconColor": "rgba(0, 211, 255, 1)",
    "name": "Annotations & Alerts",
    "type": "dashboard",
}

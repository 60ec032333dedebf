"""The same question in the three ways that a board asks it.

``influx``: InfluxQL to InfluxDB 1.x, where `store.influx` sends. ``victoria``: MetricsQL to a
VictoriaMetrics that got the same lines. ``prometheus``: PromQL to whoever scrapes ``/metrics``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Dialect = Literal["influx", "victoria", "prometheus"]
DIALECTS: tuple[Dialect, ...] = ("influx", "victoria", "prometheus")
DATABASE = {"influx": "influxdb", "victoria": "prometheus", "prometheus": "prometheus"}
STEP = "GROUP BY time($__interval)"
KWH = "/ 3.6e6"  # from joules
DAYS = " fill(null) tz('${__timezone}')"


@dataclass(frozen=True)
class Query:
    """``legend``: of its line; in it ``{tag}`` stands for a label. Empty text: this database has
    nothing of the kind. ``at_end``: one number, of the end of the time that is shown."""

    influx: str
    victoria: str
    prometheus: str
    legend: str
    at_end: bool = False

    def text(self, dialect: Dialect) -> str:
        return {
            "influx": self.influx, "victoria": self.victoria, "prometheus": self.prometheus
        }[dialect]  # fmt: skip

    def target(self, dialect: Dialect, ref: str) -> dict[str, Any]:
        """As a panel keeps it."""
        common: dict[str, Any] = {"refId": ref, "datasource": source(dialect)}
        if dialect == "influx":
            return {
                **common,
                "rawQuery": True,
                "query": self.influx,
                "resultFormat": "time_series",
                "alias": self.legend.replace("{", "$tag_").replace("}", ""),
            }
        return {
            **common,
            "editorMode": "code",
            "expr": self.text(dialect),
            "legendFormat": self.legend.replace("{", "{{").replace("}", "}}"),
            "instant": self.at_end,
            "range": not self.at_end,
        }


def source(dialect: Dialect) -> dict[str, str]:
    """The database that the reader of the board has chosen."""
    return {"type": DATABASE[dialect], "uid": "${DS_PVOPT}"}


# -- the home ------------------------------------------------------------------------------------


def home(field: str, metric: str, legend: str) -> Query:
    """A number of the home over time. ``metric``: its name for Prometheus, and what it takes to
    have it in the unit of ``field``."""
    return Query(
        f'SELECT mean("{field}") FROM "pvopt_site" WHERE $timeFilter {STEP} fill(null)',
        f"pvopt_site_{field}",
        f"pvopt_{metric}",
        legend,
    )


def home_days(field: str, metric: str, legend: str) -> Query:
    """kWh a day of an energy of the home."""
    return Query(
        _grown(field, "site", "", days=True),
        f"increase(pvopt_site_{field}[1d] offset -1d) / 1000",
        f"increase(pvopt_{metric}_joules_total[1d] offset -1d) {KWH}",
        legend,
    )


def _grown(field: str, kind: str, by: str, days: bool, unit: str = " / 1000") -> str:
    """What a count of InfluxDB grew by. It begins anew with each start: what it loses then is no
    growth. ``by``: a label that tells several apart; ``days``: by day."""
    chosen = f' AND "{by}" {CHOSEN[by]}' if by else ""
    groups = [*(["time(1d)"] if days else []), *([f'"{by}"'] if by else [])]
    within = f' GROUP BY "{by}"' if by else ""
    return (
        f'SELECT sum("more"){unit} FROM (SELECT non_negative_difference("{field}") AS "more" '
        f'FROM "pvopt_{kind}" WHERE $timeFilter{chosen}{within}) WHERE $timeFilter '
        f"GROUP BY {', '.join(groups)}{DAYS if days else ''}"
    )


# -- loads, storages, sources: several of a kind, told apart by a label ----------------------------

CHOSEN = {"load": "=~ /^$load$/", "storage": "=~ /^$storage$/"}


def each(kind: str, field: str, metric: str, legend: str, of: str = "mean") -> Query:
    """A number of each of a kind over time; ``of``: what becomes of those of an interval."""
    chosen = f' AND "{kind}" {CHOSEN[kind]}' if kind in CHOSEN else ""
    return Query(
        f'SELECT {of}("{field}") FROM "pvopt_{kind}" WHERE $timeFilter{chosen} '
        f'{STEP}, "{kind}" fill(null)',
        f"pvopt_{kind}_{field}{matching(kind)}",
        _with_match(f"pvopt_{kind}_{metric}", kind),
        legend,
    )


def matching(kind: str) -> str:
    return f'{{{kind}=~"${kind}"}}' if kind in CHOSEN else ""


def _with_match(metric: str, kind: str) -> str:
    """``a_ratio * 100`` with the labels behind the name."""
    name, space, rest = metric.partition(" ")
    return f"{name}{matching(kind)}{space}{rest}"


def load_energy(legend: str) -> Query:
    """kWh of each load in the time that is shown."""
    match = matching("load")
    return Query(
        _grown("energy_wh", "load", "load", days=False),
        f"increase(pvopt_load_energy_wh{match}[$__range]) / 1000",
        f"increase(pvopt_load_energy_joules_total{match}[$__range]) {KWH}",
        legend,
        at_end=True,
    )


def load_days(legend: str) -> Query:
    """kWh of each load by day; the bar stands where its day begins."""
    match = matching("load")
    return Query(
        _grown("energy_wh", "load", "load", days=True),
        f"increase(pvopt_load_energy_wh{match}[1d] offset -1d) / 1000",
        f"increase(pvopt_load_energy_joules_total{match}[1d] offset -1d) {KWH}",
        legend,
    )


def load_counts(field: str, legend: str) -> Query:
    """How often something happened to a load, by day."""
    match = matching("load")
    return Query(
        _grown(field, "load", "load", days=True, unit=""),
        f"increase(pvopt_load_{field}{match}[1d] offset -1d)",
        f"increase(pvopt_load_{field}_total{match}[1d] offset -1d)",
        legend,
    )


def score_share(legend: str) -> Query:
    """% of the sun that was possible."""
    return Query(
        'SELECT last("caught_wh") / last("possible_wh") * 100 FROM "pvopt_score" '
        f"WHERE $timeFilter {STEP} fill(null)",
        "pvopt_score_caught_wh / pvopt_score_possible_wh * 100",
        "pvopt_score_caught_ratio * 100",
        legend,
    )


def score_days(field: str, metric: str, legend: str) -> Query:
    """kWh of a day's score, which grows from midnight to midnight."""
    return _highest("score", field, metric, legend, "")


def missed_days(legend: str) -> Query:
    """kWh of the sun that was missed, by day and cause."""
    return _highest("missed", "missed_wh", "score_missed_joules", legend, ', "cause"')


def _highest(kind: str, field: str, metric: str, legend: str, each: str) -> Query:
    return Query(
        f'SELECT max("{field}") / 1000 FROM "pvopt_{kind}" WHERE $timeFilter '
        f"GROUP BY time(1d){each}{DAYS}",
        f"max_over_time(pvopt_{kind}_{field}[1d] offset -1d) / 1000",
        f"max_over_time(pvopt_{metric}[1d] offset -1d) {KWH}",
        legend,
    )


def program(expression: str, legend: str) -> Query:
    """What only Prometheus is told."""
    return Query("", "", expression, legend)

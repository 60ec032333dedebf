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
# VictoriaMetrics' own integral goes on with the last number until the end of its window, which is
# still to come today; so its sums are of samples of ten seconds, here in kWh.
SAMPLES, KWH_OF_SAMPLES = "10s", "/ 3.6e5"


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


def home_days(field: str, sign: int, metric: str, legend: str) -> Query:
    """kWh a day of a number of the home; ``sign``: 1 of what is above 0, -1 of what is below."""
    watts = f'("{field}" * {sign} + abs("{field}")) / 2'
    positive = f"clamp_min({sign} * pvopt_site_{field}, 0)"
    return Query(
        f'SELECT integral("w", 1h) / 1000 FROM (SELECT {watts} AS "w" FROM "pvopt_site" '
        "WHERE $timeFilter) WHERE $timeFilter GROUP BY time(1d) fill(null) tz('${__timezone}')",
        f"sum_over_time({positive}[1d:{SAMPLES}] offset -1d) {KWH_OF_SAMPLES}",
        f"increase(pvopt_{metric}_joules_total[1d] offset -1d) {KWH}",
        legend,
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
        'SELECT integral("expected_w", 1h) / 1000 FROM "pvopt_load" WHERE $timeFilter '
        'AND "load" =~ /^$load$/ GROUP BY "load"',
        f"sum_over_time(pvopt_load_expected_w{match}[$__range:{SAMPLES}]) {KWH_OF_SAMPLES}",
        f"increase(pvopt_load_energy_joules_total{match}[$__range]) {KWH}",
        legend,
        at_end=True,
    )


def load_days(legend: str) -> Query:
    """kWh of each load by day; the bar stands where its day begins."""
    match = matching("load")
    return Query(
        'SELECT integral("expected_w", 1h) / 1000 FROM "pvopt_load" WHERE $timeFilter '
        'AND "load" =~ /^$load$/ GROUP BY time(1d), "load" fill(null) tz(\'${__timezone}\')',
        f"sum_over_time(pvopt_load_expected_w{match}[1d:{SAMPLES}] offset -1d) {KWH_OF_SAMPLES}",
        f"increase(pvopt_load_energy_joules_total{match}[1d] offset -1d) {KWH}",
        legend,
    )


def load_counts(field: str, legend: str) -> Query:
    """How often something happened to a load, by day. A count begins anew with each start."""
    match = matching("load")
    return Query(
        f'SELECT sum("more") FROM (SELECT non_negative_difference(last("{field}")) AS "more" '
        'FROM "pvopt_load" WHERE $timeFilter AND "load" =~ /^$load$/ GROUP BY time(10m), "load") '
        "WHERE $timeFilter GROUP BY time(1d), \"load\" fill(null) tz('${__timezone}')",
        f"increase(pvopt_load_{field}{match}[1d] offset -1d)",
        f"increase(pvopt_load_{field}_total{match}[1d] offset -1d)",
        legend,
    )


def program(expression: str, legend: str) -> Query:
    """What only Prometheus is told."""
    return Query("", "", expression, legend)

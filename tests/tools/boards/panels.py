"""Panels in the classic JSON of Grafana's boards, and where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase
from typing import Any

from tests.tools.boards.queries import Dialect, Query, source

WIDTH = 24  # columns of a board
GAP_MS = 120_000  # a line does not go on over a longer gap


@dataclass(frozen=True)
class Panel:
    """``width`` of 24 columns, ``height`` in rows of 30 pixels. ``colours``: by legend."""

    title: str
    kind: str
    queries: tuple[Query, ...]
    unit: str
    width: int = 12
    height: int = 8
    about: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    colours: dict[str, str] = field(default_factory=dict)
    stepped: tuple[str, ...] = ()  # legends that end so are drawn as steps
    more: dict[str, Any] = field(default_factory=dict)

    def document(self, dialect: Dialect, number: int, place: dict[str, int]) -> dict[str, Any]:
        asked = [one for one in self.queries if one.text(dialect)]
        refs = zip(ascii_uppercase, asked, strict=False)
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.about,
            "datasource": source(dialect),
            "gridPos": place,
            "interval": "10s",
            "fieldConfig": {
                "defaults": {
                    "unit": self.unit,
                    "color": {"mode": "palette-classic"},
                    "custom": self.custom,
                    **self.defaults,
                },
                "overrides": [*self._colours(), *self._steps()],
            },
            "options": self.options,
            "targets": [one.target(dialect, ref) for ref, one in refs],
            **self.more,
        }

    def _colours(self) -> Iterator[dict[str, Any]]:
        for legend, colour in self.colours.items():
            fixed = {"mode": "fixed", "fixedColor": colour}
            yield _override("byName", legend, {"color": fixed})

    def _steps(self) -> Iterator[dict[str, Any]]:
        for end in self.stepped:
            drawn = {"custom.lineInterpolation": "stepAfter", "custom.fillOpacity": 0}
            yield _override("byRegexp", f"/{end}$/", drawn)


def _override(how: str, whom: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "matcher": {"id": how, "options": whom},
        "properties": [{"id": name, "value": value} for name, value in properties.items()],
    }


LAST = {"calcs": ["lastNotNull"], "fields": "", "values": False}
LEGEND = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}


def stat(title: str, unit: str, *queries: Query, width: int = 4, **given: Any) -> Panel:
    """The newest numbers, large."""
    options = {
        "reduceOptions": LAST,
        "orientation": "auto",
        "textMode": given.pop("text", "auto"),
        "colorMode": "value",
        "graphMode": given.pop("graph", "area"),
        "justifyMode": "auto",
    }
    return Panel(title, "stat", queries, unit, width, 4, options=options, **given)


def gauge(title: str, unit: str, *queries: Query, width: int = 4, **given: Any) -> Panel:
    options = {"reduceOptions": LAST, "showThresholdLabels": False, "showThresholdMarkers": True}
    return Panel(title, "gauge", queries, unit, width, 4, options=options, **given)


def lines(title: str, unit: str, *queries: Query, fill: int = 10, **given: Any) -> Panel:
    """Over time."""
    custom = {
        "drawStyle": "line",
        "lineInterpolation": "linear",
        "lineWidth": 1,
        "fillOpacity": fill,
        "showPoints": "never",
        "spanNulls": GAP_MS,
        "stacking": {"mode": "none", "group": "A"},
    }
    options = {"legend": LEGEND, "tooltip": {"mode": "multi", "sort": "none"}}
    return Panel(title, "timeseries", queries, unit, options=options, custom=custom, **given)


def bars(title: str, unit: str, *queries: Query, stacked: bool = True, **given: Any) -> Panel:
    """By day, of the last thirty days."""
    custom = {
        "drawStyle": "bars",
        "barAlignment": 1,  # right of its time: that is where the day begins
        "lineWidth": 1,
        "fillOpacity": 70,
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
    }
    options = {
        "legend": {**LEGEND, "calcs": ["sum"]},
        "tooltip": {"mode": "multi", "sort": "none"},
    }
    more = {"interval": "1d", "timeFrom": "30d"}
    return Panel(
        title, "timeseries", queries, unit, options=options, custom=custom, more=more, **given
    )


def states(title: str, *queries: Query, mappings: list[dict[str, Any]], **given: Any) -> Panel:
    """Which state held when."""
    options = {
        "showValue": "auto",
        "mergeValues": True,
        "rowHeight": 0.8,
        "alignValue": "left",
        "legend": {**LEGEND, "showLegend": False},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    custom = {"fillOpacity": 70, "lineWidth": 0, "spanNulls": GAP_MS}
    defaults = {"mappings": mappings, "color": {"mode": "thresholds"}, "thresholds": PLAIN}
    return Panel(
        title, "state-timeline", queries, "none", options=options, custom=custom,
        defaults=defaults, **given,
    )  # fmt: skip


PLAIN = {"mode": "absolute", "steps": [{"color": "text", "value": None}]}


@dataclass(frozen=True)
class Row:
    title: str
    panels: Sequence[Panel]


def placed(rows: Sequence[Row], dialect: Dialect) -> list[dict[str, Any]]:
    """All rows below each other, their panels side by side; who has no question is left out."""
    made: list[dict[str, Any]] = []
    y = 0
    for row in rows:
        shown = [one for one in row.panels if any(query.text(dialect) for query in one.queries)]
        if not shown:
            continue
        made.append(
            {
                "id": len(made) + 1,
                "type": "row",
                "title": row.title,
                "collapsed": False,
                "panels": [],
                "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1},
            }
        )
        y += 1
        x = tallest = 0
        for panel in shown:
            if x + panel.width > WIDTH:
                x, y, tallest = 0, y + tallest, 0
            place = {"x": x, "y": y, "w": panel.width, "h": panel.height}
            made.append(panel.document(dialect, len(made) + 1, place))
            x, tallest = x + panel.width, max(tallest, panel.height)
        y += tallest
    return made

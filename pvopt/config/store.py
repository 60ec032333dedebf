"""The ``store`` section: what is kept of every tick, and for how long."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import field, frozen

from pvopt.config.bounds import Range


@frozen(kw_only=True)
class Influx:
    """Where else values go, by line protocol: InfluxDB 1.x (``database``), 2.x (``bucket``,
    ``org``, ``token``) or VictoriaMetrics. ``queue_mb``: what waits while it cannot be reached."""

    url: str
    database: str = "pvopt"
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    bucket: str = ""
    org: str = ""
    token: str = field(default="", repr=False)
    measurement: str = "pvopt"
    every_s: Annotated[float, Range(1, 3600, "s")] = 10.0
    queue_mb: Annotated[float, Range(0.1, 16, "MB")] = 2.0


@frozen(kw_only=True)
class Store:
    """``days``: every tick; ``years``: means of minutes; a batch is written each ``batch_s``;
    ``influx`` absent: to no other database."""

    kind: Literal["sqlite", "none"] = "sqlite"
    days: Annotated[float, Range(1, 366, "days")] = 14.0
    years: Annotated[float, Range(0.1, 50, "years")] = 10.0
    most_mb: Annotated[float, Range(10, 100_000, "MB")] = 200.0
    batch_s: Annotated[float, Range(5, 600, "s")] = 300.0
    influx: Influx | None = None

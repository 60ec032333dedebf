"""The ``store`` section: what is kept of every tick, and for how long."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from pvopt.config.bounds import Range


@frozen(kw_only=True)
class Store:
    """``days``: every tick; ``years``: means of minutes; a batch is written each ``batch_s``."""

    kind: Literal["sqlite", "none"] = "sqlite"
    days: Annotated[float, Range(1, 366, "days")] = 14.0
    years: Annotated[float, Range(0.1, 50, "years")] = 10.0
    most_mb: Annotated[float, Range(10, 100_000, "MB")] = 200.0
    batch_s: Annotated[float, Range(5, 600, "s")] = 60.0

"""The ``control`` section: when and how eagerly surplus is used."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from pvopt.config.bounds import Percent, Range, Watts


@frozen(kw_only=True)
class Daylight:
    """``sun``: by the sun's elevation; ``hours``: between two local times; ``always``."""

    mode: Literal["sun", "hours", "always"] = "sun"
    min_elevation_deg: Annotated[float, Range(-6, 60, "°")] = 1.0
    start: str = "09:00"
    end: str = "18:00"


@frozen(kw_only=True)
class Probe:
    """How hidden surplus may be searched for, and what a search may borrow.

    ``first_step_pct`` None: what the knob needs.
    """

    first_step_pct: Annotated[float, Range(1, 10, "% of heater power")] | None = None
    energy_wh: Annotated[float, Range(0.5, 20, "Wh")] = 3.0
    energy_per_hour_wh: Annotated[float, Range(2, 200, "Wh")] = 30.0
    response_s: Annotated[float, Range(2, 180, "s")] = 6.0
    retry_s: Annotated[float, Range(5, 1800, "s")] = 10.0


@frozen(kw_only=True)
class Control:
    """A search begins with ``start_pct`` or ``probe.first_step_pct``, the smaller of them.

    ``step_pct`` bounds its climb, ``margin_w`` of visible surplus stays unused (None: what the
    knob needs), an error of ``tolerance_w`` moves the knob when it has lasted some seconds; above
    ``max_grid_draw_w`` or ``max_battery_discharge_w`` the heater steps back at once.
    ``forecast_difference_w`` (0: not required): forecast less PV must exceed it before a search.
    """

    tick_s: Annotated[float, Range(1, 30, "s")] = 1.0
    min_soc_pct: Percent = 20.0
    max_grid_draw_w: Watts = 80.0
    max_battery_discharge_w: Watts = 100.0
    step_pct: Annotated[float, Range(1, 100, "% of heater power")] = 30.0
    tolerance_w: Annotated[float, Range(5, 1000, "W")] = 30.0
    margin_w: Annotated[float, Range(0, 1000, "W")] | None = None
    start_pct: Annotated[float, Range(0, 100, "% of heater power")] = 5.0
    forecast_difference_w: Watts = 0.0
    enable_delay_s: Annotated[float, Range(0, 600, "s")] = 5.0
    disable_delay_s: Annotated[float, Range(0, 1800, "s")] = 1200.0
    daylight: Daylight = Daylight()
    probe: Probe = Probe()

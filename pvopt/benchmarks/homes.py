"""The six homes of the benchmark: the same house, sun and heater on six kinds of equipment.

4.4 kWp to the south at 35 degrees, 4.8 kWh of battery, a 3 kW inverter, a 2 kW heater behind
a regulator, and a sink without end: its thermostat never opens.
"""

from __future__ import annotations

from typing import NamedTuple

from pvopt.benchmarks.course import PANELS_AC, PANELS_DC, Plant
from pvopt.simulator.home import HomeParams

PLANES = ((4400.0, 35.0, 0.0),)  # peak watts, tilt, azimuth
PEAK_W = PLANES[0][0]
SOC_PCT = 60.0  # of the battery at the start of a run
ENDLESS_C = 1e9
CAP_W = 1000.0

_HOUSE = HomeParams(thermostat_c=ENDLESS_C)
_PV_INVERTER = _HOUSE._replace(charger_a_rated_w=0.0, pv_ac_rated_w=PEAK_W)


class Home(NamedTuple):
    """``name``: in tables and rows; ``words``: for people; ``load_share``: of the load given.

    ``hides``: a surplus that nobody takes is throttled away and shows in no meter.
    """

    name: str
    words: str
    plant: Plant
    load_share: float = 1.0
    hides: bool = False


HOMES: tuple[Home, ...] = (
    Home("dc-zero", "panels on the battery's side, no feed-in", Plant(_HOUSE), hides=True),
    Home(
        "dc-feed",
        "panels on the battery's side, feed-in allowed",
        Plant(_HOUSE._replace(dc_feed_in=True)),
    ),
    Home(
        "dc-capped",
        "panels on the battery's side, feed-in up to 1000 W",
        Plant(_HOUSE._replace(dc_feed_in=True, feed_in_cap_w=CAP_W)),
    ),
    Home(
        "ac-zero",
        "panels on a PV inverter, battery, no feed-in",
        Plant(_PV_INVERTER._replace(ac_feed_in=False), PANELS_AC),
        hides=True,
    ),
    Home(
        "off-grid",
        "panels on the battery's side, no grid, half the load",
        Plant(_HOUSE, PANELS_DC, False),
        0.5,
        hides=True,
    ),
    Home(
        "no-battery",
        "panels on a PV inverter, no battery, the grid takes all",
        Plant(_PV_INVERTER._replace(battery_wh=0.0), PANELS_AC),
    ),
)
NAMES = tuple(home.name for home in HOMES)


def home_of(name: str) -> Home:
    """The home called ``name``, one of ``NAMES``."""
    return HOMES[NAMES.index(name)]

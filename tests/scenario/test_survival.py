"""Our law in homes that are not as it was told, with bounds that an owner could live with.

A heater of another power, a curve that is wrong, sensors that err, chargers that are slow, at
their own rating or silent, snow under a sunny forecast, a thermostat that opens: no alarm, no
swinging, next to nothing bought, and most of the sun still caught.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import pytest

from pvopt.model import Why
from pvopt.simulator.compiled import available

if not available():
    pytest.skip("numba is not installed:  . ./env.sh sim", allow_module_level=True)

from pvopt.benchmarks.ours import HEATER_W
from pvopt.simulator.regulator import CURVE_LINEAR, CURVE_MEASURED
from tests.scenario.rough import ASKED, OPEN, Errs
from tests.scenario.rough_days import DATA, Found, Rough, days_in, live, made_up, measured

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # with a compiler that starts anew

HOMES = ("dc-zero", "dc-feed", "dc-capped", "ac-zero", "off-grid", "no-battery")
ON_GRID = ("dc-zero", "dc-feed", "dc-capped", "ac-zero")
CHARGERS = ("dc-zero", "dc-feed", "dc-capped", "off-grid")
PV_INVERTERS = ("ac-zero", "no-battery")


class Bound(NamedTuple):
    """What must hold of three days; see ``Found``. Switches, moves and travel: a day.

    2300 moves are two and a half a minute of daylight, as the sun of a July day has them; a law
    that swung made 8700, and 2100 strokes.
    The search may borrow 30 Wh an hour.
    """

    caught_pct: float = 92.0
    not_solar_pct: float = 1.0
    from_charging_pct: float = 3.0
    switches: float = 14.0
    moves: float = 2300.0
    travel: float = 105.0
    longest_s: float = 230.0
    hour_wh: float = 45.0
    charging_hour_wh: float = 150.0
    over_row_s: float = 3.0  # an island trips after 5
    dead_s: float = 0.0


class Case(NamedTuple):
    """``name`` and what is rough; ``homes`` that it concerns."""

    name: str
    rough: Rough
    homes: tuple[str, ...]
    bound: Bound = Bound()


# Watts that come out other than asked: more steps and corrections until they fit, a few watts too
# many for some minutes.
OFF_CURVE = Bound(80.0, 1.5, moves=4200.0, travel=300.0, longest_s=1400.0, hour_wh=50.0)
# Each watt asked is two: the edge is passed and left again, by steps of a second or two where a PV
# inverter answers.
TWICE_SEEN = OFF_CURVE._replace(moves=5000.0, travel=350.0, hour_wh=70.0, charging_hour_wh=230.0)
# Twice the heater where every watt is searched for: steps twice as large as meant, and what the
# house lacks then is given by the battery for some seconds each.
TOO_STRONG = Bound(68.0, 3.0, moves=4200.0, travel=300.0, hour_wh=85.0)
# On an island the inverter has no room for it: the heater goes off and on, a hundred times a day,
# and no more is caught than that leaves.
TOO_STRONG_ALONE = TOO_STRONG._replace(caught_pct=50.0, switches=140.0)
# 50 W too little are bought as long as anything is left to buy them for.
BLIND = Bound(not_solar_pct=2.0, longest_s=math.inf, hour_wh=60.0)
# A charger at its rating says what one says that hides sun: it has to be tried now and then, and
# a house that falls while it is tried passes for an answer until the house rises again.
RATED = Bound(90.0, 1.5, 5.0, longest_s=2000.0)
# ... and of the little that 1 kW leaves to a heater such hours are a larger part.
SMALL = Bound(85.0, 3.0, 16.0, longest_s=2000.0)
SLOW = Bound(85.0, not_solar_pct=1.5, hour_wh=60.0)
# Under snow there is next to nothing to catch: what counts is what an hour's search for it costs.
SNOW = Bound(60.0, math.inf, math.inf, hour_wh=30.0, charging_hour_wh=60.0)
# Waiting for an open thermostat costs no switching; of little heat charging is a larger part.
TANK = Bound(from_charging_pct=5.0)

COVERED = (("min_soc_pct", 97.0),)  # a battery that is kept full in winter
SNOWED = Rough(COVERED, snow=0.15, sunny=True, soc_pct=97.0, own_path=True)
TWICE = Rough((("heater_w", 2.0 * HEATER_W),))
HALF = Rough((("heater_w", 0.5 * HEATER_W),))
BEYOND = Rough((("curve", CURVE_LINEAR),))  # a third more at a third of its way
TWO_CHARGERS = Rough((("charger_b_rated_w", 3000.0),), b_share=0.4)
ONE_RATED = Rough((("charger_b_rated_w", 800.0),), b_share=0.4)
TWO_MINUTES = Rough((("charger_recover_s", 120.0), ("pv_ac_recover_s", 120.0)))

# Behind each case, of its worst home: caught % / not solar % / from charging % / moves.
CASES = (
    Case("as told", Rough(), HOMES),  # 98 / 0.4 / 0.8 / 2020
    Case("half the heater", HALF, HOMES),  # 98 / 0.3 / 1.1 / 830
    Case("twice the heater", TWICE, ("dc-capped", *PV_INVERTERS), TWICE_SEEN),
    # 91 / 1.0 / 1.9 / 4460
    Case("twice the heater, hidden sun", TWICE, ("dc-zero",), TOO_STRONG),
    # 87 / 1.5 / 0.9 / 3330
    Case("twice the heater, alone", TWICE, ("off-grid",), TOO_STRONG_ALONE),
    # 75 / 1.8 / 0.8 / 3670, 87 switches
    Case("a measured curve", Rough((("curve", CURVE_MEASURED),)), HOMES, OFF_CURVE),
    # 98 / 0.4 / 0.8 / 1880
    Case("a curve a third short", Rough((("curve_dead_pct", 11.0),)), HOMES, OFF_CURVE),
    # 98 / 0.3 / 0.8 / 1740
    Case("a curve a third beyond", BEYOND, HOMES, OFF_CURVE),  # 97 / 1.1 / 0.9 / 2460
    Case("grid 50 W too high", Rough(errs=Errs(grid_w=50.0, shared=True)), ON_GRID),
    # 98 / 0.3 / 0.7 / 1560
    Case("grid 50 W too low", Rough(errs=Errs(grid_w=-50.0, shared=True)), ON_GRID, BLIND),
    # 100 / 1.5 / 0.7 / 1770
    Case(
        "our meter 50 W too high",
        Rough(errs=Errs(grid_w=50.0)),
        (*ON_GRID, "no-battery"),
    ),  # 97 / 0.3 / 0.7 / 1460
    Case("our meter 50 W too low", Rough(errs=Errs(grid_w=-50.0)), ON_GRID),
    # 98 / 0.3 / 0.7 / 1460
    # Without a battery nobody knows what the meter should show.
    Case("nobody's meter 50 W too low", Rough(errs=Errs(grid_w=-50.0)), ("no-battery",), BLIND),
    # 100 / 1.4 / 0 / 740
    Case("battery 50 W too high", Rough(errs=Errs(battery_w=50.0)), HOMES[:5], BLIND),
    # 98 / 0.4 / 0.8 / 1920
    Case("battery 50 W too low", Rough(errs=Errs(battery_w=-50.0)), HOMES[:5]),
    # 98 / 0.4 / 0.8 / 1970
    Case("charger at its rating", Rough((("charger_a_rated_w", 2000.0),)), CHARGERS, RATED),
    # 96 / 1.2 / 3.8 / 1750
    Case("a small one at its rating", Rough((("charger_a_rated_w", 1000.0),)), CHARGERS, SMALL),
    # 95 / 2.3 / 11 / 1180
    Case("PV inverter at its rating", Rough((("pv_ac_rated_w", 2000.0),)), PV_INVERTERS),
    # 99 / 0.3 / 1.1 / 1740
    Case("two chargers, one limited", TWO_CHARGERS, CHARGERS),  # 98 / 0.4 / 0.8 / 2210
    Case("two chargers, one at its rating", ONE_RATED, CHARGERS, RATED),  # 98 / 0.7 / 1.8 / 1780
    Case("two minutes", TWO_MINUTES, HOMES),  # 97 / 0.6 / 0.8 / 1960
    Case(
        "2 kW in two minutes",
        Rough((("charger_recover_s", 300.0), ("pv_ac_recover_s", 264.0))),
        HOMES,
        SLOW,
    ),  # 93 / 0.9 / 1.1 / 1850
    Case("snow, sunny forecast", SNOWED, ("dc-zero", "dc-feed", "ac-zero"), SNOW),
    # 71 / 7 Wh an hour / 19 Wh an hour / 390
    Case("a tank that is full", Rough((("thermostat_c", 70.0),), own_path=True), HOMES, TANK),
    # 98 / 0.4 / 1.0 / 1360, 6 switches
    Case("a tank soon full", Rough((("thermostat_c", 50.0),), own_path=True), HOMES, TANK),
    # 97 / 0.4 / 1.6 / 1290, 5 switches
)


def survives(found: Found, bound: Bound) -> list[str]:
    """What is not within its bound, in words."""
    beyond = [
        f"{name} {getattr(found, name):.5g} > {most:.5g}"
        for name, most in bound._asdict().items()
        if name != "caught_pct" and getattr(found, name) > most
    ]
    if found.caught_pct < bound.caught_pct:
        beyond.append(f"caught_pct {found.caught_pct:.5g} < {bound.caught_pct:.5g}")
    if found.alarm != Why.HOLD:
        beyond.append(f"alarm {found.alarm.name}")
    return beyond


def params(cases: tuple[Case, ...]) -> list[object]:
    """Each case in each of its homes."""
    return [
        pytest.param(case, home, id=f"{case.name}, {home}") for case in cases for home in case.homes
    ]


@pytest.mark.parametrize(("case", "home"), params(CASES))
def test_survives_made_up_days(case: Case, home: str) -> None:
    found = live(home, case.rough, made_up())
    assert found.heat_kwh > 0.0  # a law that stays off survives everything
    assert not survives(found, case.bound), found


@pytest.mark.parametrize("rough", [TWICE, BEYOND], ids=["twice the heater", "a curve beyond"])
def test_an_islands_inverter_holds(rough: Rough) -> None:
    """It may be above its rating while a kettle comes on, and never trips."""
    found = live("off-grid", rough, made_up())
    assert found.heat_kwh > 0.5
    assert found.over_row_s <= 3
    assert found.dead_s == 0
    assert found.alarm == Why.HOLD


@pytest.mark.parametrize("home", ["dc-zero", "ac-zero"])
def test_a_sunny_forecast_over_snow_makes_no_large_step(home: str) -> None:
    """A search begins with a tenth of the heater or less, whatever is promised."""
    _, _, trace = days_in(home, SNOWED, made_up())
    begins = (trace[1:, ASKED] > 0.0) & (trace[:-1, ASKED] == 0.0)
    assert begins.any()
    assert trace[1:][begins, ASKED].max() <= 0.1 * HEATER_W


def test_an_open_thermostat_is_asked_ever_more_rarely() -> None:
    """Soon after it the knob goes to zero, and is there for all but minutes of the time."""
    _, _, trace = days_in("dc-zero", Rough((("thermostat_c", 50.0),)), made_up())
    hot = trace[:, OPEN] > 0.5
    assert hot.sum() > 6 * 3600
    assert (trace[hot, ASKED] > 1.0).mean() < 0.1


MEASURED = {
    "half the heater": HALF,
    "grid 50 W too high": Rough(errs=Errs(grid_w=50.0, shared=True)),
    "grid 50 W too low": Rough(errs=Errs(grid_w=-50.0, shared=True)),
    "two chargers": TWO_CHARGERS,
}


def beside(plain: Found) -> Bound:
    """What must hold where a home as it was told comes to ``plain``."""
    return Bound(
        0.92 * plain.caught_pct,
        plain.not_solar_pct + 6.5,  # 50 W less the margin, in the dull hours of four days
        plain.from_charging_pct + 4.5,  # of three or four kilowatt-hours a day
        plain.switches + 6.0,
        longest_s=math.inf,
        hour_wh=60.0,
    )


@pytest.mark.skipif(not DATA.is_dir(), reason="there is no ../shared/data with measured days")
@pytest.mark.parametrize("name", MEASURED)
@pytest.mark.parametrize("home", ["dc-zero", "dc-feed"])
def test_survives_measured_days(name: str, home: str) -> None:
    """Four days of a measured summer, dull ones: hardly worse than in a home as it was told."""
    days = measured("summer", 4)
    plain, found = live(home, Rough(), days), live(home, MEASURED[name], days)
    assert plain.heat_kwh > 3.0
    assert not survives(found, beside(plain)), (plain, found)


@pytest.mark.skipif(not DATA.is_dir(), reason="there is no ../shared/data with measured days")
@pytest.mark.parametrize("home", ["dc-zero", "dc-feed"])
def test_slow_chargers_in_measured_days(home: str) -> None:
    """Clouds pass more quickly than panels of two minutes return: a tenth less is caught, and up
    to 8 % more of it comes from charging, in no hour more than 88 Wh."""
    days = measured("summer", 4)
    plain, found = live(home, Rough(), days), live(home, TWO_MINUTES, days)
    bound = beside(plain)._replace(
        caught_pct=0.8 * plain.caught_pct,
        not_solar_pct=plain.not_solar_pct + 1.0,
        from_charging_pct=plain.from_charging_pct + 9.0,
        charging_hour_wh=100.0,
    )
    assert not survives(found, bound), (plain, found)

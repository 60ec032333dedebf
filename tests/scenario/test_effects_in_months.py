"""Weeks of ordinary life raise no alarm, and what breaks in them is found. See ``months.py``."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from pvopt.benchmarks.homes import NAMES
from pvopt.benchmarks.ours import DIGITAL, SERVO
from pvopt.decide.effect_state import LASTING_S
from pvopt.decide.frozen import DRAWN_S
from pvopt.model import Why
from pvopt.simulator.compiled import available
from tests.scenario.watched import Breaks, Fault

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not available(), reason="needs numba: run  . ./env.sh sim"),
]
if available():
    from tests.scenario.months import DATA, RELAY, Found, cooking_weeks, live, measured_weeks

DAYS = 10
CHECKS_A_DAY = 5.0
SAMPLES = [(1, 1), (60, 1), (1, 60)]  # how old, and how far apart
HOUR_S = 3600
measured = pytest.mark.skipif(
    not (available() and (DATA / "summer_1min.csv.gz").exists()),
    reason="../shared/data/summer_1min.csv.gz is not here",
)


def is_peace(found: Found, days: int) -> None:
    """No alarm, few looks, hardly a false thermostat, and warm water."""
    assert found.watch.latched_s == -1
    assert found.counts.get(Why.FROZEN, 0) == 0
    assert found.counts.get(Why.CHECKING, 0) <= CHECKS_A_DAY * days
    assert found.counts.get(Why.THERMOSTAT_OPEN, 0) <= 2
    assert found.watch.heat_wh > 100.0 * days


@pytest.mark.parametrize("home", NAMES)
@pytest.mark.parametrize(("age", "every"), SAMPLES)
def test_a_kitchen_raises_no_alarm(home: str, age: int, every: int) -> None:
    for kind, margin_w in ((DIGITAL, 5.0), (SERVO, 30.0)):
        found = live(cooking_weeks(DAYS), home, kind, age=age, every=every, margin_w=margin_w)
        is_peace(found, DAYS)


@pytest.mark.parametrize("home", ["dc-feed", "no-battery"])
@pytest.mark.parametrize(("age", "every"), SAMPLES)
def test_a_relay_alone_raises_no_alarm(home: str, age: int, every: int) -> None:
    is_peace(live(cooking_weeks(DAYS), home, RELAY, age=age, every=every), DAYS)


@measured
@pytest.mark.parametrize("home", NAMES)
@pytest.mark.parametrize(("age", "every"), SAMPLES)
def test_measured_days_raise_no_alarm(home: str, age: int, every: int) -> None:
    """Those in which the least margins once welded a contact by words alone."""
    weeks = measured_weeks("summer", 13, 4)
    for scale, margin_w, tolerance_w in ((1.0, 5.0, 10.0), (1.0, 30.0, 30.0), (2.0, 0.0, 20.0)):
        found = live(
            weeks,
            home,
            age=age,
            every=every,
            load_scale=scale,
            margin_w=margin_w,
            tolerance_w=tolerance_w,
        )
        is_peace(found, 4)


class Short(NamedTuple):
    """What a shorted triac may cost until it is found, with samples ``age`` seconds old."""

    age: int
    most_s: int
    most_wh: float
    mean_wh: float


# The worst of the homes: 5000 s, 2050 Wh, 1150 Wh in the mean; a minute late 10100 s, 3520 Wh,
# 1560 Wh.
SHORTS = (Short(1, 2 * HOUR_S, 3000.0, 1500.0), Short(60, 4 * HOUR_S, 4500.0, 2300.0))
BREAK_HOURS = (34, 36, 38, 60, 62, 85, 108, 132)


@pytest.mark.parametrize("home", ["dc-zero", "dc-feed", "off-grid", "no-battery"])
@pytest.mark.parametrize("short", SHORTS, ids=lambda short: f"{short.age}")
def test_a_triac_that_shorts_is_found(home: str, short: Short) -> None:
    """While the sun gives as much as flows it does no harm and shows by nothing; an oven or hobs
    hide it while they are in use. So at any hour it is found, and in the mean soon."""
    after_wh = []
    for at_h in BREAK_HOURS:
        breaks = Breaks(Fault.SHORTED, at_h * HOUR_S, 50.0)
        found = live(cooking_weeks(6), home, age=short.age, breaks=breaks)
        assert found.counts.get(Why.TRIAC_SHORT) == 1, at_h
        assert found.watch.latched_s - found.watch.broken_s <= short.most_s, at_h
        after_wh.append(found.watch.after_wh)
    assert max(after_wh) <= short.most_wh
    assert sum(after_wh) / len(after_wh) <= short.mean_wh


@pytest.mark.parametrize("home", ["dc-feed", "no-battery"])
@pytest.mark.parametrize(("age", "every"), SAMPLES)
def test_a_welded_contact_is_found(home: str, age: int, every: int) -> None:
    """By openings that take nothing off: a relay that hardly opens any more, as by samples a
    minute old in dull weeks, hardly tells."""
    breaks = Breaks(Fault.WELDED, 58 * HOUR_S, 1500.0)
    found = live(cooking_weeks(DAYS), home, RELAY, age=age, every=every, breaks=breaks)
    assert found.counts.get(Why.WELDED) == 1
    assert found.watch.latched_s - found.watch.broken_s <= 14 * LASTING_S


@pytest.mark.parametrize("home", NAMES)
def test_a_thermostat_that_opens_is_found_within_the_hour(home: str) -> None:
    """An oven that comes on in that minute hides it until it has done."""
    breaks = Breaks(Fault.OPEN, 34 * HOUR_S, 300.0)
    found = live(cooking_weeks(DAYS), home, breaks=breaks)
    assert found.counts[Why.THERMOSTAT_OPEN] >= 1
    assert found.watch.found_s - found.watch.broken_s <= HOUR_S
    assert found.watch.latched_s == -1


@pytest.mark.parametrize("home", NAMES)
def test_a_driver_that_stops_is_found(home: str) -> None:
    """Whether our watts move at the time or not; what it shows proves no welded contact."""
    for at_h in (34, 60):
        breaks = Breaks(Fault.STOPPED, at_h * HOUR_S, 50.0)
        found = live(cooking_weeks(DAYS), home, breaks=breaks)
        assert found.counts[Why.FROZEN] >= 1
        assert found.watch.found_s - found.watch.broken_s <= DRAWN_S + 60.0
        assert found.watch.latched_s == -1

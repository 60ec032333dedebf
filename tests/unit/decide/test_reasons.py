"""From codes to reasons: the numbers of each authority, and what would change it."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pvopt.decide.follow import Follow, Spoken, Voice
from pvopt.decide.look import LoadState
from pvopt.decide.reasons import reason_of
from pvopt.decide.site_now import LoadNow
from pvopt.model import Alarm, Change, EssState, Limits, Reason, Why
from tests.unit.decide.home_rig import HomeRig
from tests.unit.decide.samples import LOAD, charger, now_of, reading, settings, site


def reason(
    voice: Voice,
    why: Why,
    needs_w: float = 0.0,
    needs_s: float = 0.0,
    held: Why | None = None,
    **home: Any,
) -> Reason:
    follow = Follow(
        LoadState(),
        setpoint_w=0.0,
        urgent=False,
        why=why if held is None else held,
        needs_s=12.4 if held else needs_s,
        held=held is not None,
        spoken=Spoken(voice, why, needs_w, needs_s),
    )
    rules, load = settings(inverter_max_w=3000.0), LoadNow(temperature_c=76.5)
    now = now_of(site(**home), 9.26)
    return reason_of(follow, rules.site, LOAD.comfort, now, load, 41.7, 123.4)


@pytest.mark.parametrize(
    ("why", "home", "numbers"),
    [
        (Why.STALE, {}, {"age_s": 9.3, "allowed_s": 7.0}),
        (Why.ALARM, {"alarms": (Alarm.BMS, Alarm.OVERLOAD)}, {"alarm": 4.0}),
        (Why.GRID_LOST, {}, {"since_s": 42}),
        (
            Why.INVERTER_OVER,
            {"inverter_out_w": reading(3300.0), "grid_w": reading(10.0)},
            {"inverter_w": 3300.0, "limit_w": 3000.0},
        ),
        (Why.ESS_STATE, {"ess_state": EssState.RECHARGE}, {"state": 4.0}),
        (Why.SOC_LOW, {"soc_pct": reading(11.0)}, {"soc_pct": 11.0, "min_pct": 20.0}),
        (Why.SOC_LOW, {"soc_pct": reading(None)}, {"soc_pct": 0.0, "min_pct": 20.0}),
        (Why.NIGHT, {}, {}),
        (Why.NO_DATA, {}, {}),
    ],
)
def test_a_gate_tells_its_numbers(why: Why, home: dict[str, Any], numbers: dict[str, Any]) -> None:
    told = reason(Voice.HOUSE, why, **home)
    assert (told.code, dict(told.numbers), told.change) == (why, numbers, None)


def test_water_tells_its_temperature() -> None:
    told = reason(Voice.COMFORT, Why.TOO_HOT)
    assert told.numbers == (("temperature_c", 76.5), ("max_c", 75.0))
    assert told.change is None


@pytest.mark.parametrize(
    ("voice", "needs", "change"),
    [
        (Voice.HUNT, (29.6, 2.4), Change(30.0, 2.0)),
        (Voice.HUNT, (0.4, 0.4), None),
        (Voice.DRIVE, (0.4, 0.4), Change(0.0, 0.0)),
        (Voice.EFFECTS, (0.0, 599.7), Change(0.0, 600.0)),
        (Voice.EFFECTS, (0.0, 0.0), None),
        (Voice.OUTPUT, (0.0, 0.0), None),
        (Voice.HUNT, (math.inf, 0.0), None),
        (Voice.HUNT, (math.nan, 3.0), Change(0.0, 3.0)),
    ],
)
def test_the_nearest_change_is_told_where_it_is_known(
    voice: Voice, needs: tuple[float, float], change: Change | None
) -> None:
    assert reason(voice, Why.RIDING, *needs).change == change


def test_a_minimum_time_speaks_with_the_numbers_of_what_it_overrode() -> None:
    told = reason(Voice.HUNT, Why.NO_SURPLUS, 40.0, 5.0, held=Why.MIN_ON)
    assert told == Reason(Why.MIN_ON, (("budget_w", 123),), Change(0.0, 12.0))


def test_hidden_sun_without_the_panels_power_is_a_reason_not_a_fault() -> None:
    """How far the panels fall short is not known then: infinitely far."""
    rig = HomeRig(lambda now_s, own_w: site(now_s, pv=(charger(True),), grid_w=reading(0.0)))
    rig.home = rig.changed(pv_w=reading(None))
    command = rig.run(60)
    assert (command.setpoint_w, command.reason.code) == (0.0, Why.NO_SURPLUS)


@pytest.mark.parametrize(
    ("limit_w", "why"),
    [(0.0, Why.VISIBLE), (math.nan, Why.INVERTER_OVER), (math.inf, Why.VISIBLE)],
)
def test_a_limit_that_is_no_number_leaves_no_room(limit_w: float, why: Why) -> None:
    rig = HomeRig().heating()
    rig.home = rig.changed(limits=Limits(inverter_w=limit_w), load_w=reading(900.0))
    if why == Why.INVERTER_OVER:
        assert rig.tick().reason.code == why
        assert rig.own_w == 0.0
    else:
        assert rig.tick().setpoint_w > 1000.0

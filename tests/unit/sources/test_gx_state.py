"""States, alarms, limits and feed-in rules of a GX, value by value."""

from __future__ import annotations

import pytest

from pvopt.model import Alarm, EssState
from pvopt.sources import gx_state
from pvopt.sources.gx_reader import Number, View

LIVING = {"dc_v": 54.0, "state": 3.0, "mode": 3.0}
ESS = {"hub4_mode": 1.0, "bl_state": 10.0}
GRID_ON = {"active_source": 1.0}


def view(**numbers: float) -> View:
    return View({k: Number(n, 10.0, 17.0) for k, n in numbers.items()}, 10.0)


def state(
    inverter: dict[str, float],
    settings: dict[str, float] | None = None,
    system: dict[str, float] | None = None,
) -> EssState:
    inverters = (view(**(LIVING | inverter)),)
    whole = view(**(GRID_ON | (system or {})))
    return gx_state.ess_state(
        whole, view(**(ESS | (settings or {}))), inverters, gx_state.grid_up(whole, inverters)
    )


@pytest.mark.parametrize(
    ("bl_state", "expected"),
    [
        *((n, EssState.OPTIMIZED) for n in (1, 2, 3, 4, 10)),
        *((n, EssState.RECHARGE) for n in (5, 6, 7, 8, 11, 12)),
        (9, EssState.KEEP_CHARGED),
    ],
)
def test_battery_life_states(bl_state: int, expected: EssState) -> None:
    assert state({}, {"bl_state": bl_state}) == expected


@pytest.mark.parametrize(
    ("inverter", "settings", "system", "expected"),
    [
        ({"state": 2}, {}, {}, EssState.FAULT),
        ({"state": 0}, {}, {}, EssState.OFF),
        ({"mode": 4}, {}, {}, EssState.OFF),
        ({"mode": 1}, {}, {}, EssState.CHARGER_ONLY),
        ({"state": 8}, {}, {}, EssState.PASS_THROUGH),
        ({"state": 244}, {}, {}, EssState.RECHARGE),
        ({"state": 9}, {}, {"active_source": 240}, EssState.ISLAND),
        ({"state": 4}, {}, {"active_source": 240}, EssState.ISLAND),
        ({"state": 252}, {"hub4_mode": 3}, {}, EssState.EXTERNAL),
        ({"state": 252}, {"hub4_mode": 1}, {}, EssState.OPTIMIZED),
        ({"state": 252}, {"hub4_mode": 2}, {}, EssState.OPTIMIZED),
        ({"state": 252}, {"hub4_mode": 0}, {}, EssState.EXTERNAL),
        ({}, {}, {"dynamic_ess": 1}, EssState.SCHEDULED),
        ({}, {}, {"dynamic_ess": 0}, EssState.OPTIMIZED),
        ({}, {"bl_state": 11, "peak_always": 1, "peak_input_a": 20}, {}, EssState.PEAK_SHAVING),
        ({}, {"bl_state": 11, "peak_always": 1, "peak_input_a": -1}, {}, EssState.RECHARGE),
        ({}, {"bl_state": 10, "peak_always": 1, "peak_input_a": 20}, {}, EssState.OPTIMIZED),
    ],
)
def test_states_in_their_order(
    inverter: dict[str, float],
    settings: dict[str, float],
    system: dict[str, float],
    expected: EssState,
) -> None:
    assert state(inverter, settings, system) == expected


def test_an_inverter_whose_numbers_are_missing_is_not_off() -> None:
    assert state({"dc_v": 0, "state": 0, "mode": 0}) == EssState.UNKNOWN


@pytest.mark.parametrize(
    ("source", "up", "generator"),
    [(0, None, None), (1, True, False), (2, False, True), (3, True, False), (240, False, False)],
)
def test_active_input(source: int, up: bool | None, generator: bool | None) -> None:
    system = view(active_source=source)
    assert gx_state.grid_up(system, ()) is up
    assert gx_state.generator(system) is generator


def test_an_inverter_off_its_inputs_tells_when_the_gx_does_not() -> None:
    system = view(active_source=0)
    assert gx_state.grid_up(system, (view(**LIVING, active_input=240),)) is False
    assert gx_state.grid_up(system, (view(dc_v=0, active_input=240),)) is None


@pytest.mark.parametrize(
    ("numbers", "alarm"),
    [
        ({"alarm_temperature": 1}, Alarm.TEMPERATURE),
        ({"alarm_temperature": 2}, Alarm.TEMPERATURE),
        ({"alarm_battery": 2}, Alarm.LOW_BATTERY),
        ({"alarm_overload": 1}, Alarm.OVERLOAD),
        ({"alarm_overload_l3": 2}, Alarm.OVERLOAD),
        ({"alarm_battery_l2": 2}, Alarm.LOW_BATTERY),
        ({"alarm_temperature_l1": 2}, Alarm.TEMPERATURE),
        ({"state": 2}, Alarm.INVERTER),
        ({"error": 11}, Alarm.INVERTER),
        ({"bms_error": 1}, Alarm.BMS),
        ({"bms_expected": 1, "bms_discharge_ok": 0}, Alarm.BMS),
    ],
)
def test_inverter_alarms(numbers: dict[str, float], alarm: Alarm) -> None:
    assert gx_state.alarms((view(**(LIVING | numbers)),), (), False) == (alarm,)


@pytest.mark.parametrize(
    ("key", "alarm"),
    [
        ("alarm_low_v", Alarm.LOW_BATTERY),
        ("alarm_low_soc", Alarm.LOW_BATTERY),
        ("alarm_low_cell", Alarm.LOW_BATTERY),
        ("alarm_hot", Alarm.TEMPERATURE),
        ("alarm_any", Alarm.BMS),
        ("alarm_fuse", Alarm.BMS),
        ("alarm_discharge_a", Alarm.BMS),
        ("alarm_internal", Alarm.BMS),
    ],
)
def test_battery_alarms(key: str, alarm: Alarm) -> None:
    assert gx_state.alarms((), (view(**{key: 2}),), False) == (alarm,)
    assert gx_state.alarms((), (view(**{key: 1}),), False) == ()


def test_all_well_is_no_alarm() -> None:
    well = view(**LIVING, error=0, alarm_overload=0, bms_expected=1, bms_discharge_ok=1)
    assert gx_state.alarms((well,), (view(alarm_any=0),), False) == ()
    assert gx_state.alarms((view(dc_v=0, state=2, error=5),), (), False) == ()


def test_alarms_are_sorted_and_single() -> None:
    both = (view(**LIVING, alarm_overload=2, alarm_temperature=2),) * 2
    assert gx_state.alarms(both, (), True) == (
        Alarm.OVERLOAD,
        Alarm.TEMPERATURE,
        Alarm.METER_LOST,
    )


def test_bms_limits_in_watts() -> None:
    bms = view(cvl=55.2, ccl=40, dcl=100)
    found = gx_state.limits(view(max_charge_a=-1, max_discharge_w=-1), (bms,), (), 54.0)
    assert (found.charge_w, found.discharge_w, found.charge_v) == (2160, 5400, 55.2)


def test_the_lower_limit_counts() -> None:
    bms = view(cvl=55.2, ccl=40, dcl=100)
    found = gx_state.limits(view(max_charge_a=10, max_discharge_w=1000), (bms,), (), 54.0)
    assert (found.charge_w, found.discharge_w) == (540, 1000)


def test_a_bms_may_forbid_charging_but_a_missing_one_does_not() -> None:
    assert gx_state.limits(view(), (view(cvl=55.2, ccl=0, dcl=0),), (), 54.0).charge_w == 0
    silent = gx_state.limits(view(), (view(cvl=0, ccl=0, dcl=0),), (), 54.0)
    assert (silent.charge_w, silent.discharge_w, silent.charge_v) == (None, None, None)


def test_the_active_soc_limit_counts_while_battery_life_runs() -> None:
    assert (
        gx_state.limits(view(min_soc=20, soc_limit=45, bl_state=2), (), (), 54).ess_min_soc_pct
        == 45
    )
    assert (
        gx_state.limits(view(min_soc=20, soc_limit=45, bl_state=10), (), (), 54).ess_min_soc_pct
        == 20
    )


@pytest.mark.parametrize(
    ("settings", "cap_w"),
    [
        ({"feed_in_cap": -1, "feed_in_cap_100w": 0}, None),
        ({"feed_in_cap": 0, "feed_in_cap_100w": 0}, 0),
        ({"feed_in_cap": 2500, "feed_in_cap_100w": 2500}, 2500),
        ({"feed_in_cap_100w": 0}, None),
        ({"feed_in_cap_100w": 1500}, 1500),
        ({}, None),
    ],
)
def test_feed_in_caps(settings: dict[str, float], cap_w: float | None) -> None:
    assert gx_state.feed_in(view(**settings), view(), ()).cap_w == cap_w


def test_feed_in_rules() -> None:
    open_ = gx_state.feed_in(view(dc_feed_in=1, no_ac_feed_in=0), view(limiter=0), ())
    assert (open_.dc_allowed, open_.ac_allowed, open_.limiter_active) == (True, True, False)
    shut = gx_state.feed_in(view(dc_feed_in=0, no_ac_feed_in=1), view(limiter=1), ())
    assert (shut.dc_allowed, shut.ac_allowed, shut.limiter_active) == (False, False, True)
    none = gx_state.feed_in(view(), view(), ())
    assert (none.dc_allowed, none.ac_allowed, none.limiter_active) == (None, None, None)
    rs = gx_state.feed_in(view(dc_feed_in=1, no_ac_feed_in=0), view(), (view(no_feed_in=1),))
    assert (rs.dc_allowed, rs.ac_allowed) == (False, False)


@pytest.mark.parametrize(("mode", "summed"), [(0, None), (1, True), (2, False), (3, None)])
def test_metering(mode: int, summed: bool | None) -> None:
    assert gx_state.summed_metering(view(hub4_mode=mode)) is summed


def test_numbers_that_are_too_old_are_missing() -> None:
    numbers = {"cvl": Number(55.2, 10.0, 17.0)}
    assert View(numbers, 17.0).get("cvl") == 55.2
    assert View(numbers, 17.1).get("cvl") is None

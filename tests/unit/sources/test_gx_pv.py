"""Who holds sun back, and why: thresholds probed just below and above."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pvopt.model import LimitWhy, PvDevice
from pvopt.sources.gx_pv import Battery, PvScene, charger_devices, inverter_device
from pvopt.sources.gx_reader import Number, View
from pvopt.sources.registers import Service

BATTERY = Battery(volts=53.0, watts=500.0, charge_v=55.2, charge_w=2000.0)
SCENE = PvScene("gx", BATTERY, False, False, 50.0, frozenset())


def view(**numbers: float) -> View:
    return View({k: Number(n, 10.0, 17.0) for k, n in numbers.items()}, 10.0)


def charger(scene: PvScene = SCENE, **numbers: float) -> PvDevice:
    known = {"charger_v": 53.0, "charger_state": 3, "mpp_mode": 1, "yield32": 1000} | numbers
    (device,) = charger_devices(Service.CHARGER, 226, view(**known), scene)
    return device


def inverter(scene: PvScene = SCENE, **numbers: float) -> PvDevice:
    known = {"pv_total": 2000, "pv_max": 5000, "pv_limit": 5000} | numbers
    return inverter_device(20, view(**known), scene)


def with_battery(**changes: float) -> PvScene:
    return replace(SCENE, battery=replace(BATTERY, **changes))


@pytest.mark.parametrize(
    ("numbers", "limited"),
    [
        ({"mpp_mode": 1}, True),
        ({"mpp_mode": 2}, False),
        ({"mpp_mode": 255}, None),
        ({"mpp_mode": 0}, None),
        ({"mpp_mode": 0, "yield32": 19, "charger_state": 0}, False),
        ({"mpp_mode": 0, "yield32": 20, "charger_state": 0}, None),
        ({"mpp_mode": 0, "yield32": 0, "charger_state": 3}, None),
        ({"mpp_mode": 0, "yield32": 0, "charger_state": 0, "charger_v": 0}, None),
        ({"mpp_mode": 0, "tracker_mode_0": 2}, False),
        ({"mpp_mode": 255, "tracker_mode_0": 1}, True),
    ],
)
def test_operation_mode(numbers: dict[str, float], limited: bool | None) -> None:
    assert charger(SCENE, **numbers).limited is limited


@pytest.mark.parametrize(
    ("scene", "state", "why"),
    [
        (SCENE, 3, LimitWhy.UNKNOWN),
        (SCENE, 4, LimitWhy.BATTERY_FULL),
        (SCENE, 5, LimitWhy.BATTERY_FULL),
        (with_battery(volts=54.92), 3, LimitWhy.UNKNOWN),
        (with_battery(volts=54.93), 3, LimitWhy.BATTERY_FULL),
        (with_battery(watts=1899.0), 3, LimitWhy.UNKNOWN),
        (with_battery(watts=1900.0), 3, LimitWhy.CHARGE_LIMIT),
        (with_battery(watts=1900.0, volts=55.2), 3, LimitWhy.BATTERY_FULL),
        (replace(SCENE, limiter_active=True), 4, LimitWhy.FEED_IN_LIMIT),
        (replace(SCENE, battery=Battery(None, None, None, None)), 3, LimitWhy.UNKNOWN),
    ],
)
def test_why_a_charger_is_limited(scene: PvScene, state: int, why: LimitWhy) -> None:
    assert charger(scene, charger_state=state).limit_why == why


def test_a_charger_that_tracks_has_no_reason() -> None:
    assert charger(with_battery(volts=56.0), mpp_mode=2).limit_why == LimitWhy.NONE


@pytest.mark.parametrize(
    ("numbers", "watts"),
    [
        ({"yield32": 6600, "yield16": 6600, "yield_10w": 46.4}, 6600),
        ({"yield16": 6600, "yield_10w": 46.4}, 6600),
        ({"yield_10w": 1530}, 1530),
    ],
)
def test_the_widest_register_counts(numbers: dict[str, float], watts: float) -> None:
    (device,) = charger_devices(Service.CHARGER, 226, view(mpp_mode=2, **numbers), SCENE)
    assert device.power_w.value == watts


def test_a_silent_charger_says_nothing() -> None:
    old = View({"mpp_mode": Number(1, 1.0, 8.0), "yield32": Number(900, 1.0, 8.0)}, 10.0)
    (device,) = charger_devices(Service.CHARGER, 226, old, SCENE)
    assert (device.power_w.value, device.limited) == (None, None)


def test_trackers_are_devices_of_their_own() -> None:
    numbers = {"tracker_0": 900, "tracker_1": 700, "tracker_mode_0": 1, "tracker_mode_1": 2}
    scene = replace(SCENE, many_trackers=frozenset({(Service.CHARGER, 226)}))
    found = charger_devices(Service.CHARGER, 226, view(**numbers), scene)
    assert [(d.id, d.power_w.value, d.limited) for d in found] == [
        ("solarcharger:226/1", 900, True),
        ("solarcharger:226/2", 700, False),
    ]


@pytest.mark.parametrize(
    ("numbers", "limited", "why"),
    [
        ({"pv_limit": 5000}, False, LimitWhy.NONE),
        ({"pv_limit": 4951, "pv_total": 4951}, False, LimitWhy.NONE),
        ({"pv_limit": 4949, "pv_total": 4949}, True, LimitWhy.FEED_IN_LIMIT),
        ({"pv_limit": 3000, "pv_total": 2994}, True, LimitWhy.FEED_IN_LIMIT),
        ({"pv_limit": 3000, "pv_total": 2993}, True, LimitWhy.NEAR_LIMIT),
        ({"pv_limit": 3000, "pv_total": 2850}, True, LimitWhy.NEAR_LIMIT),
        ({"pv_limit": 3000, "pv_total": 2849}, False, LimitWhy.NONE),
        ({"pv_limit": 400, "pv_total": 396}, True, LimitWhy.FEED_IN_LIMIT),
        ({"pv_limit": 400, "pv_total": 395}, True, LimitWhy.NEAR_LIMIT),
        ({"pv_limit": 400, "pv_total": 350}, True, LimitWhy.NEAR_LIMIT),
        ({"pv_limit": 400, "pv_total": 349}, False, LimitWhy.NONE),
        ({"pv_limit": 0}, None, LimitWhy.NONE),
        ({"pv_max": 0, "pv_limit": 3000}, None, LimitWhy.NONE),
    ],
)
def test_limit_of_a_pv_inverter(
    numbers: dict[str, float], limited: bool | None, why: LimitWhy
) -> None:
    device = inverter(SCENE, **numbers)
    assert (device.limited, device.limit_why) == (limited, why)


def test_a_limit_of_0_while_the_limiter_works_is_a_limit() -> None:
    device = inverter(replace(SCENE, limiter_active=True), pv_limit=0, pv_total=0)
    assert (device.limited, device.limit_why) == (True, LimitWhy.FEED_IN_LIMIT)


@pytest.mark.parametrize(
    ("frequency_hz", "limited"),
    [(50.2, False), (50.21, True), (60.2, False), (60.21, True), (None, False)],
)
def test_frequency_shift_on_an_island(frequency_hz: float | None, limited: bool) -> None:
    device = inverter(replace(SCENE, island=True, frequency_hz=frequency_hz))
    assert device.limited is limited
    assert device.limit_why == (LimitWhy.FREQUENCY if limited else LimitWhy.NONE)


def test_a_high_frequency_on_the_grid_is_the_grids_own() -> None:
    assert inverter(replace(SCENE, frequency_hz=50.5)).limited is False


def test_an_inverter_that_draws_gives_nothing() -> None:
    assert inverter(pv_total=-7).power_w.value == 0

"""The decision as one kernel is the decision of policy, at every tick of any stream."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import pytest

from pvopt.decide.hunt_shapes import OwnPast
from pvopt.decide.memory import Memory
from pvopt.decide.one_heater import HeaterState, heater_params, heater_step
from pvopt.decide.past import own_past
from pvopt.decide.policy import decide
from pvopt.decide.settings import LoadSettings, Metering, PlaneSettings, Settings
from pvopt.decide.site_now import load_now, site_now
from pvopt.decide.sky import daylight, forecast_w
from pvopt.model import Snapshot, Why
from tests.unit.decide import samples
from tests.unit.decide.streams import Stream

RELAY = replace(
    samples.LOAD,
    drive=samples.LOAD.drive._replace(on_off=True, min_w=1000.0, max_w=1000.0),
    phase=2,
    has_knob=False,
)
HEATERS = (
    samples.LOAD,
    samples.LOAD,
    RELAY,
    replace(samples.LOAD, phase=0, needs_grid=True),
    replace(samples.LOAD, verify=False),
)
TICKS = 600


def rules(seed: int) -> Settings:
    """Another owner with each seed."""
    load: LoadSettings = HEATERS[seed % len(HEATERS)]
    hunt = samples.HUNT._replace(
        max_w=load.drive.max_w,
        promise_w=(0.0, 400.0)[seed % 2],
        hold_s=0.0 if load.has_knob else load.limits.min_on_s,
    )
    plain = samples.settings(
        load,
        metering=list(Metering)[seed % 3],
        inverter_max_w=(math.nan, 3000.0)[seed % 2],
        feed_in=(0, 0, 1, -1)[seed % 4],
        generator_ok=seed % 3 == 0,
        island_ok=seed % 4 != 0,
        forecast_difference_w=(0.0, 400.0)[seed % 2],
    )
    mode = ("always", "sun", "hours")[seed % 3]
    planes = ((), (PlaneSettings(4000.0, 35.0, 0.0),))[seed % 2]
    sky = replace(samples.DAYLIGHT, mode=mode, planes=planes)
    return replace(plain, hunt=hunt, daylight=sky)


def both(seed: int) -> list[Why]:
    """Run policy and the kernel beside each other; the reasons of the stream."""
    stream, settings = Stream(seed), rules(seed)
    params, state, memory = heater_params(settings), HeaterState(), Memory()
    whys: list[Why] = []
    for tick in range(TICKS):
        snapshot = stream.next()
        dt_s = _dt_s(snapshot, memory)
        decision, memory = decide(snapshot, memory, settings)
        now = site_now(snapshot.site, snapshot.instant)
        result = heater_step(
            params,
            state,
            now,
            load_now(snapshot.loads[0], now.now_s),
            daylight(settings.daylight, snapshot.instant, now.pv_w),
            memory.timers.sky.clear_w,
            forecast_w(snapshot.forecast, snapshot.instant),
            dt_s,
            own_past(memory.timers.own, now.now_s, now.now_s - now.at_s, settings.tick_s),
        )
        state = result.state
        command = decision.commands[0]
        there = (command.setpoint_w, command.urgent, command.reason.code, decision.budget_w)
        here = (result.setpoint_w, result.urgent, result.why, result.budget_w)
        assert here[1:3] == there[1:3], (seed, tick)
        assert here == pytest.approx(there, abs=1e-9), (seed, tick)
        stream.commands = {command.target: command.setpoint_w}
        whys.append(command.reason.code)
    return whys


def _dt_s(snapshot: Snapshot, memory: Memory) -> float:
    last_s = memory.timers.last_s
    return 0.0 if last_s is None else min(60.0, max(0.0, snapshot.instant.mono_s - last_s))


def test_policy_and_kernel_agree_in_watts_and_reason() -> None:
    seen = Counter(why for seed in (*range(10), 14) for why in both(seed))
    # The streams must reach what there is to disagree on.
    for why in (
        Why.VISIBLE,
        Why.PROBING,
        Why.RIDING,
        Why.STEP_BACK,
        Why.MIN_ON,
        Why.MIN_OFF,
        Why.WAIT_DISABLE,
        Why.INVERTER_CAP,
        Why.STALE,
        Why.ALARM,
        Why.GRID_LOST,
        Why.NIGHT,
        Why.SOC_LOW,
        Why.TOO_HOT,
        Why.SENSOR_LOST,
        Why.OUTPUT_FAULT,
        Why.THERMOSTAT_OPEN,
        Why.FROZEN,
    ):
        assert seen[why] > 0, why.name


def test_the_worked_number() -> None:
    """A home that exports 1500 W: 1470 W in the end, with a margin of 30 W."""
    params, state, own_w = heater_params(samples.SETTINGS), HeaterState(), 0.0
    for second in range(200):
        now_s = float(second)
        home = samples.site(
            now_s,
            grid_w=samples.reading(own_w - 1500.0, now_s),
            load_w=samples.reading(340.0 + own_w, now_s),
        )
        now = samples.now_of(home, now_s)
        load = load_now(samples.view(own_w, at_s=now_s), now_s)
        past = OwnPast(own_w, own_w)
        dt_s = float(second > 0)
        result = heater_step(params, state, now, load, True, math.nan, math.nan, dt_s, past)
        state, own_w = result.state, result.setpoint_w
    assert own_w == pytest.approx(1470.0, abs=samples.LOAD.drive.deadband_w)
    assert result.why == Why.RIDING


def test_one_heater_means_one() -> None:
    two = replace(samples.SETTINGS, loads=(samples.LOAD, replace(samples.LOAD, id="second")))
    with pytest.raises(ValueError, match="too many"):
        heater_params(two)

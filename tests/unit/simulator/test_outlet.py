"""The outlet's kernels: relay and knob tick by tick, the same as the actuator's."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.config.loads import Load
from pvopt.config.outputs import Curve, GpioOutput, Relay, Servo, SpiPot, StepPot
from pvopt.simulator.adapters import SimActuator
from pvopt.simulator.outlet import (
    OutletParams,
    OutletState,
    OutletTick,
    controls_of,
    outlet_move,
    outlet_params,
    outlet_step,
    step_below_pct,
)
from tests.unit.simulator.homes import boiler, instant_of, steady_world, watts

KNOBS: dict[str, Servo | SpiPot | StepPot | None] = {
    "servo": Servo(pin=18),
    "slow servo": Servo(pin=18, full_travel_s=10.0, deadband_pct=2.0, resolution_us=20.0),
    "spi": SpiPot(kind="mcp41010", isolated_control=True),
    "steps": StepPot(kind="x9c103", isolated_control=True, inc_pin=5, ud_pin=6, cs_pin=13),
    "relay": None,
}


def load(knob: str, curve: Curve | None = None) -> Load:
    output = GpioOutput(relay=Relay(pin=17), knob=KNOBS[knob], curve=curve or Curve())
    return Load(id="boiler", max_w=2000.0, output=output)


def ticks(
    params: OutletParams, asked_w: float, count: int, state: OutletState | None = None
) -> list[OutletTick]:
    state, made = state or OutletState(), []
    for _ in range(count):
        made.append(outlet_step(params, state, asked_w, False, 1.0))
        state = made[-1].state
    return made


class TestParams:
    def test_a_servo_of_1800_us_in_steps_of_5_us_has_361_places(self) -> None:
        params = outlet_params(boiler())
        assert params == OutletParams()
        assert 100.0 / params.grain_pct == pytest.approx(360.0)
        assert step_below_pct(params, 50.2) == pytest.approx(50.0)
        assert step_below_pct(params, 50.3) == pytest.approx(50.27778)

    @pytest.mark.parametrize(("knob", "taps"), [("spi", 256), ("steps", 100)])
    def test_a_digital_potentiometer_has_its_chips_taps(self, knob: str, taps: int) -> None:
        params = outlet_params(load(knob))
        assert 100.0 / params.grain_pct == pytest.approx(taps - 1)
        assert params.deadband_pct == 0.0

    def test_what_the_load_says(self) -> None:
        curve = Curve(kind="linear", min_w=100, dead_zone_pct=3, snap_on_pct=7)
        made = outlet_params(load("relay", curve))
        assert not made.has_knob
        assert made.law == (0, 2000.0, 100.0, 3.0, 7.0)
        numbers = [*made.law[1:], *outlet_params(load("servo", curve))[1:5]]
        assert all(isinstance(number, float) for number in numbers)


class TestSequence:
    def test_the_hold_ends_with_its_last_second_and_not_before(self) -> None:
        made = ticks(OutletParams(zero_hold_s=3.0), 1000.0, 5)
        assert [tick.state.closed_s for tick in made] == [0.0, 1.0, 2.0, 3.0, 4.0]
        assert [tick.controls.knob_pct > 0.0 for tick in made] == [False] * 3 + [True] * 2
        late = ticks(OutletParams(zero_hold_s=3.1), 1000.0, 5)
        assert [tick.controls.knob_pct > 0.0 for tick in late] == [False] * 4 + [True]

    def test_a_hold_made_of_tenths_is_no_tick_longer(self) -> None:
        params, state = OutletParams(), OutletState()
        for tick in range(32):
            state, _ = outlet_move(params, state, 1000.0, 50.0, False, 0.1)
            assert (state.knob_pct > 0.0) is (tick >= 30)

    def test_a_digital_potentiometer_is_there_within_the_tick(self) -> None:
        made = ticks(outlet_params(load("spi")), 1000.0, 4)
        assert made[3].controls.knob_pct == pytest.approx(100.0 * 127 / 255)
        assert not made[3].pending
        up, down = (
            outlet_step(outlet_params(load("spi")), made[3].state, w, False, 0.001)
            for w in (1015.0, 985.0)
        )
        assert up.state.moves == down.state.moves == made[3].state.moves + 1

    def test_a_stepped_potentiometer_takes_50_steps_a_tick(self) -> None:
        made = ticks(outlet_params(load("steps")), 2000.0, 5)
        assert [tick.controls.knob_pct for tick in made[3:]] == pytest.approx([5000 / 99, 100.0])
        assert [tick.pending for tick in made[3:]] == [True, False]

    def test_the_relay_alone(self) -> None:
        params = outlet_params(load("relay"))
        on = ticks(params, 1.0, 1)[0]
        assert (on.controls, on.expected_w, on.pending) == ((True, 100.0), 2000.0, False)
        off = outlet_step(params, on.state, 0.0, False, 1.0)
        assert (off.controls, off.expected_w, off.pending) == ((False, 100.0), 0.0, False)

    @pytest.mark.parametrize("asked_w", [math.nan, math.inf, -math.inf, -1.0, 0.0])
    def test_no_sense_means_off(self, asked_w: float) -> None:
        on = ticks(OutletParams(), 1000.0, 5)[-1]
        first = outlet_move(OutletParams(), on.state, asked_w, 50.0, False, 1.0)[0]
        second = outlet_move(OutletParams(), first, asked_w, 50.0, False, 1.0)[0]
        assert (first.closed, first.knob_pct, second.closed) == (True, 0.0, False)
        at_once = outlet_move(OutletParams(), on.state, asked_w, 50.0, True, 1.0)[0]
        assert not at_once.closed


asked = st.one_of(st.sampled_from([0.0, 5.0, 1000.0, 1004.0, 2500.0]), st.floats(0.0, 2100.0))


@given(
    st.sampled_from(sorted(KNOBS)),
    st.builds(
        Curve,
        kind=st.sampled_from(["linear", "phase_angle"]),
        dead_zone_pct=st.sampled_from([0.0, 8.0]),
        snap_on_pct=st.sampled_from([0.0, 15.0]),
        min_w=st.sampled_from([0.0, 120.0]),
    ),
    st.lists(st.tuples(asked, st.booleans(), st.sampled_from([0.25, 1.0, 5.0])), max_size=25),
)
def test_the_kernel_is_the_actuator(
    knob: str, curve: Curve, steps: list[tuple[float, bool, float]]
) -> None:
    wired = load(knob, curve)
    world = steady_world()
    actuator = SimActuator(world, wired)
    params, state = outlet_params(wired), OutletState()
    passed_s = 1.0  # an actuator's first tick counts as one second
    for asked_w, urgent, dt_s in steps:
        now = instant_of(world)
        seen = actuator.apply(watts(asked_w, now, urgent=urgent), now)
        state, controls, expected_w, pending = outlet_step(params, state, asked_w, urgent, passed_s)
        assert controls == world.controls == controls_of(params, state)
        told = (seen.expected_w, seen.pending, seen.closed, seen.moves, seen.switches)
        assert told == (expected_w, pending, state.closed, state.moves, state.switches)
        world.utc_s += dt_s
        passed_s = dt_s


def test_a_measured_table_is_looked_up_by_the_actuator() -> None:
    table = Curve(kind="table", points=((20.0, 100.0), (60.0, 1500.0), (80.0, 1900.0)))
    world = steady_world()
    actuator = SimActuator(world, load("servo", table))
    for _ in range(5):
        now = instant_of(world)
        outcome = actuator.apply(watts(800.0, now), now)
        world.utc_s += 1.0
    assert outcome.position_pct == pytest.approx(40.0)
    assert outcome.expected_w == pytest.approx(800.0)

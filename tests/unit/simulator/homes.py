"""Worlds for the tests: a steady home whose inputs the test sets."""

from __future__ import annotations

from pvopt.config.loads import Load
from pvopt.config.outputs import Curve, GpioOutput, Relay, Servo
from pvopt.model import Command, Instant, Reason, Why
from pvopt.simulator.home import HomeInputs, HomeParams, HomeState
from pvopt.simulator.world import World

START_S = 1_782_032_400.0  # 2026-06-21 09:00 UTC
SUNNY = HomeInputs(pv_a_w=3300.0, load_l1_w=350.0)


def steady_world(
    inputs: HomeInputs = SUNNY, params: HomeParams | None = None, state: HomeState | None = None
) -> World:
    """A home with the same sun and load for ever."""
    return World(params or HomeParams(), lambda utc_s: inputs, START_S, state)


def boiler(*, knob: bool = True, curve: Curve | None = None, zero_hold_s: float = 3.0) -> Load:
    return Load(
        id="boiler",
        max_w=2000.0,
        output=GpioOutput(
            relay=Relay(pin=17),
            knob=Servo(pin=18) if knob else None,
            curve=curve or Curve(),
            zero_hold_s=zero_hold_s,
        ),
    )


def instant_of(world: World) -> Instant:
    return Instant(world.utc_s - START_S, world.utc_s, True)


def watts(
    setpoint_w: float, now: Instant, *, urgent: bool = False, lasts_s: float = 5.0
) -> Command:
    reason = Reason(Why.RIDING)
    return Command("boiler", setpoint_w, now.mono_s + lasts_s, reason, urgent)

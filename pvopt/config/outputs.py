"""What drives a load: relay, knob, curve."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from pvopt.config.bounds import Percent, Pin, Range, Watts


@frozen(kw_only=True)
class Relay:
    """``released_when_off``: on drives ``driven_level``, off lets the pin float (a 5 V relay)."""

    pin: Pin
    wiring: Literal["active_high", "active_low", "released_when_off"] = "active_high"
    driven_level: Literal[0, 1] = 1
    min_on_s: Annotated[float, Range(0, 3600, "s")] = 120.0
    min_off_s: Annotated[float, Range(0, 3600, "s")] = 60.0


@frozen(kw_only=True)
class Servo:
    """A servo on the regulator's knob."""

    kind: Literal["servo"] = "servo"
    pin: Pin
    pulse: Literal["auto", "kernel_pwm", "pigpio", "lgpio"] = "auto"
    min_us: Annotated[int, Range(500, 2500, "µs")] = 600
    max_us: Annotated[int, Range(500, 2500, "µs")] = 2400
    full_travel_s: Annotated[float, Range(0.1, 10, "s")] = 0.8
    reverse: bool = False
    dead_low_pct: Percent = 0.0
    dead_high_pct: Percent = 0.0
    deadband_pct: Annotated[float, Range(0, 20, "% of travel")] = 0.5
    approach: Literal["any", "from_below", "from_above"] = "any"
    overshoot_pct: Annotated[float, Range(0, 20, "% of travel")] = 3.0
    resolution_us: Annotated[float, Range(1, 200, "µs")] = 5.0
    pwm_chip: Annotated[int, Range(0, 9)] = 0
    pwm_channel: Annotated[int, Range(0, 3)] | None = None


@frozen(kw_only=True)
class SpiPot:
    """A digital potentiometer with an SPI bus. Only into an isolated control input.

    ``port``: 0 alone, the one bus that gpiozero drives in hardware; ``device``: its chip select.
    """

    kind: Literal["mcp41010", "mcp42010", "mcp4131", "mcp4151"]
    isolated_control: bool = False
    port: int = 0
    device: Annotated[int, Range(0, 1)] = 0
    channel: Annotated[int, Range(0, 1)] = 0
    reverse: bool = False


@frozen(kw_only=True)
class StepPot:
    """An up/down digital potentiometer. Only into an isolated control input."""

    kind: Literal["x9c103", "x9c104"]
    isolated_control: bool = False
    inc_pin: Pin
    ud_pin: Pin
    cs_pin: Pin
    reverse: bool = False


@frozen(kw_only=True)
class Curve:
    """Watts against knob position. ``table``: (percent, watts) pairs, percent rising, written
    here or in a ``file`` of their own; once read, ``points`` has them in either case.
    """

    kind: Literal["linear", "phase_angle", "table"] = "phase_angle"
    dead_zone_pct: Annotated[float, Range(0, 50, "% of travel")] = 0.0
    snap_on_pct: Annotated[float, Range(0, 50, "% of travel")] = 0.0
    min_w: Watts = 0.0
    points: tuple[tuple[float, float], ...] = ()
    file: str = ""


@frozen(kw_only=True)
class GpioOutput:
    """A relay alone, or a relay with a knob behind it."""

    kind: Literal["gpio"] = "gpio"
    relay: Relay
    knob: Servo | SpiPot | StepPot | None = None
    curve: Curve = Curve()
    zero_hold_s: Annotated[float, Range(0, 30, "s")] = 3.0

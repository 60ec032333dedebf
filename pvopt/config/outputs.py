"""What drives a load: a relay with or without a knob, an SSR, or a device behind a broker.

Every kind of output answers the same questions, whatever it is made of: ``has_knob`` (it can be
anything between nothing and all), ``law`` (watts against percent), ``relays``, ``min_on_s``,
``min_off_s`` (None: not said), ``zero_hold_s``, ``pins`` (GPIO numbers), ``knob`` (what turns
one, if anything does), ``has_curve`` (its watts against percent can be measured) and ``wears`` (it
wears out by moving).
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from attrs import frozen

from pvopt.config.bounds import Percent, Pin, Range, Watts
from pvopt.config.output_presets import PRESETS, Send

LONGEST_WINDOW_S = 1.0
RELAY_ON_S, RELAY_OFF_S = 120.0, 60.0  # so long a contact is spared where the owner does not say


@frozen(kw_only=True)
class Relay:
    """``released_when_off``: on drives ``driven_level``, off lets the pin float (a 5 V relay)."""

    pin: Pin
    wiring: Literal["active_high", "active_low", "released_when_off"] = "active_high"
    driven_level: Literal[0, 1] = 1
    min_on_s: Annotated[float, Range(0, 3600, "s")] = RELAY_ON_S
    min_off_s: Annotated[float, Range(0, 3600, "s")] = RELAY_OFF_S


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

    may_be_unnamed: ClassVar[bool] = True  # `output:` without `kind` is this one

    kind: Literal["gpio"] = "gpio"
    relay: Relay
    knob: Servo | SpiPot | StepPot | None = None
    curve: Curve = Curve()
    zero_hold_s: Annotated[float, Range(0, 30, "s")] = 3.0

    @property
    def has_knob(self) -> bool:
        return self.knob is not None

    @property
    def has_curve(self) -> bool:
        return self.has_knob

    @property
    def law(self) -> Curve:
        return self.curve

    @property
    def relays(self) -> tuple[Relay, ...]:
        return (self.relay,)

    @property
    def min_on_s(self) -> float:
        return self.relay.min_on_s

    @property
    def min_off_s(self) -> float:
        return self.relay.min_off_s

    @property
    def pins(self) -> tuple[int, ...]:
        if isinstance(self.knob, Servo):
            return self.relay.pin, self.knob.pin
        if isinstance(self.knob, StepPot):
            return self.relay.pin, self.knob.inc_pin, self.knob.ud_pin, self.knob.cs_pin
        return (self.relay.pin,)

    @property
    def wears(self) -> bool:
        return not isinstance(self.knob, SpiPot | StepPot)


@frozen(kw_only=True)
class SsrOutput:
    """A solid-state relay that fires whole half-waves of the mains, ``window_s`` a burst.

    ``relay``: a contact before it, which opens when the load is off.
    """

    kind: Literal["ssr"] = "ssr"
    pin: Pin
    wiring: Literal["active_high", "active_low"] = "active_high"
    window_s: Annotated[
        float,
        Range(
            0.2,
            LONGEST_WINDOW_S,
            "s",
            "a longer window is no regulator: within it the whole heater swings between the sun "
            "and the battery",
        ),
    ] = 1.0
    mains_hz: Literal[50, 60] = 50
    min_w: Watts = 0.0
    relay: Relay | None = None
    zero_hold_s: Annotated[float, Range(0, 30, "s")] = 3.0

    @property
    def half_waves(self) -> int:
        """Of one window: the steps between nothing and all."""
        return round(2 * self.mains_hz * self.window_s)

    @property
    def has_knob(self) -> bool:
        return True

    @property
    def has_curve(self) -> bool:
        return False  # half-waves are counted: there is nothing to measure

    @property
    def knob(self) -> None:
        return None

    @property
    def law(self) -> Curve:
        return Curve(kind="linear", min_w=self.min_w)

    @property
    def relays(self) -> tuple[Relay, ...]:
        return () if self.relay is None else (self.relay,)

    @property
    def min_on_s(self) -> float:
        return 0.0 if self.relay is None else self.relay.min_on_s

    @property
    def min_off_s(self) -> float:
        return 0.0 if self.relay is None else self.relay.min_off_s

    @property
    def pins(self) -> tuple[int, ...]:
        return (self.pin, *(relay.pin for relay in self.relays))

    @property
    def wears(self) -> bool:
        return False


@frozen(kw_only=True)
class Confirm:
    """Where the device tells what it does; empty or None: as the preset says."""

    topic: str = ""
    json: str | None = None
    within_s: Annotated[float, Range(2, 300, "s")] = 15.0


@frozen(kw_only=True)
class MqttOutput:
    """A switch or a regulator behind the broker of the section ``mqtt``.

    What a preset says need not be written; what is written counts. ``curve``: watts against
    percent (None: the preset's, or linear). ``min_on_s``, ``min_off_s`` None: a relay's for what
    switches, none for what regulates. ``last_will``: the broker says off when we vanish; None:
    where the device has no timer of its own.
    """

    kind: Literal["mqtt"] = "mqtt"
    preset: (
        Literal["vload", "scr", "domoticz", "shelly", "shelly_gen1", "tasmota", "zigbee2mqtt"]
        | None
    ) = None
    device: str = ""
    channel: Annotated[int, Range(0, 32)] = 0
    topic: str = ""
    send: Send | None = None
    payload: str = ""
    on_payload: str = ""
    off_payload: str = ""
    decimals: Annotated[int, Range(0, 3)] = 1
    retain: bool | None = None
    qos: Literal[0, 1] = 0
    renew_s: Annotated[float, Range(0, 3600, "s")] = 60.0
    off_after_s: Annotated[float, Range(10, 3600, "s")] | None = None
    last_will: bool | None = None
    confirm: Confirm | None = None
    curve: Curve | None = None
    min_on_s: Annotated[float, Range(0, 3600, "s")] | None = None
    min_off_s: Annotated[float, Range(0, 3600, "s")] | None = None

    @property
    def sends(self) -> Send:
        """What is sent: the owner's word, the preset's, or on and off."""
        if self.send is not None:
            return self.send
        return PRESETS[self.preset].send if self.preset is not None else "on_off"

    @property
    def has_knob(self) -> bool:
        return self.sends != "on_off"

    @property
    def has_curve(self) -> bool:
        return self.sends == "percent"

    @property
    def knob(self) -> None:
        return None

    @property
    def law(self) -> Curve:
        """Of percent that are sent; watts that are sent are watts."""
        if self.curve is not None:
            return self.curve
        known = PRESETS.get(self.preset or "")
        return Curve(kind=known.curve if known is not None else "linear")

    @property
    def relays(self) -> tuple[Relay, ...]:
        return ()

    @property
    def pins(self) -> tuple[int, ...]:
        return ()

    @property
    def zero_hold_s(self) -> float:
        return 0.0

    @property
    def wears(self) -> bool:
        return not self.has_knob


Output = GpioOutput | SsrOutput | MqttOutput  # of a load

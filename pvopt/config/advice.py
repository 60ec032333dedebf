"""What is allowed in a configuration and still worth a second look: warnings for ``check``."""

from __future__ import annotations

from collections.abc import Iterator

from pvopt.config import meter_presets as presets
from pvopt.config.advice_comfort import of_comfort
from pvopt.config.advice_storages import of_storages
from pvopt.config.loads import Load
from pvopt.config.meters import Meter, MqttMeters
from pvopt.config.output_wire import has_will, off_after_of
from pvopt.config.outputs import GpioOutput, MqttOutput, Relay, Servo, SsrOutput
from pvopt.config.rules import KERNEL_PWM_CHANNELS
from pvopt.config.scalars import number_words
from pvopt.config.schema import Config
from pvopt.config.sources import Gx, Vrm
from pvopt.config.temperatures import GxTemperature, W1Temperature

W1_PIN = 4  # where `dtoverlay=w1-gpio` puts the bus
PULLED_UP_AT_BOOT = range(9)  # GPIO 0 to 8 have a pull-up after reset, all others a pull-down
OTHER_USES = {
    0: "the ID EEPROM",
    1: "the ID EEPROM",
    2: "I2C, with a strong pull-up",
    3: "I2C, with a strong pull-up",
    14: "the serial console",
    15: "the serial console",
}


def advice(config: Config) -> tuple[str, ...]:
    """``key path: words`` for everything that works but may not be what the owner means."""
    return tuple(_advice(config))


def _advice(config: Config) -> Iterator[str]:
    inverter_w = config.site.inverter.max_w
    for load in config.loads:
        where = f"loads[{load.id}]"
        if inverter_w is not None and load.max_w > inverter_w and load.place != "ac_in":
            yield (
                f"{where}.max_w: {number_words(load.max_w)} W is more than the inverter gives "
                f"({number_words(inverter_w)} W): the heater will never be allowed all of it"
            )
        yield from _of_load(load, where)
    pins = any(load.output.pins for load in config.loads)
    if config.gpio.factory == "mock" and config.demo is None and pins:
        yield "gpio.factory: mock moves no pin although this is no demonstration; lgpio does"
    yield from of_comfort(config)
    yield from of_storages(config)
    yield from _of_meters(config)
    if not any(isinstance(source, Gx) for source in config.sources):
        if any(isinstance(source, Vrm) for source in config.sources):
            yield (
                "sources: the portal's numbers are minutes old; with gx_modbus or gx_mqtt far "
                "more sun is caught"
            )
        if any(isinstance(load.temperature, GxTemperature) for load in config.loads):
            yield (
                "loads: `temperature` is read from a GX; without gx_modbus or gx_mqtt it may stay "
                "silent; a sensor on this machine is `kind: w1`"
            )
    if any(isinstance(load.temperature, W1Temperature) for load in config.loads):
        yield from _of_w1(config.loads)
    if config.site.latitude == 0 and config.site.longitude == 0:
        yield "site: latitude and longitude 0 lie in the Gulf of Guinea; is that the home?"


def _of_w1(loads: tuple[Load, ...]) -> Iterator[str]:
    for load in loads:
        if W1_PIN in load.output.pins:
            yield (
                f"loads[{load.id}].output: GPIO{W1_PIN} is the 1-wire bus's, unless config.txt "
                "gives it another (`dtoverlay=w1-gpio,gpiopin=22`)"
            )


def _of_meters(config: Config) -> Iterator[str]:
    meters = [source for source in config.sources if isinstance(source, MqttMeters)]
    for source in meters:
        yield from _of_ages(source, f"sources[{source.name}]")
        there = {name for name in presets.QUANTITIES if presets.named(source, name) is not None}
        if config.site.inverter.max_w is not None and not {"load", "pv"} & there:
            yield (
                f"sources[{source.name}]: site.inverter.max_w cannot be kept without knowing what "
                "the house draws, so nothing will ever run; add `load` or `pv`, or remove max_w"
            )
    told = any(isinstance(source, Gx | Vrm) for source in config.sources)
    if meters and not told and config.site.feed_in == "auto":
        yield (
            "site.feed_in: meters do not tell whether surplus may go to the grid; write `allowed` "
            "or `forbidden`"
        )


def _of_ages(source: MqttMeters, where: str) -> Iterator[str]:
    """Ages beyond what the meter needs: so long the heater may run on what is no longer true."""
    usual_s = presets.usual_age_s(source)
    ages = [("", source.allowed_age_s)]
    for name in presets.QUANTITIES:
        meter: Meter | None = getattr(source, name)
        if meter is not None and name != "soc":
            ages.append((f"{name}.", meter.allowed_age_s))
    for key, age_s in ages:
        if age_s is not None and age_s > usual_s:
            yield (
                f"{where}.{key}allowed_age_s: the heater may stay on {number_words(age_s)} s after "
                f"the meter's last word; {number_words(usual_s)} s are usual for it"
            )


def _of_load(load: Load, where: str) -> Iterator[str]:
    for relay in load.output.relays:
        yield from _of_relay(relay, f"{where}.output.relay")
    if isinstance(load.output, SsrOutput):
        yield from _of_ssr(load.output, f"{where}.output")
    if isinstance(load.output, MqttOutput):
        yield from _of_mqtt(load, load.output, f"{where}.output")
    knob = load.output.knob if isinstance(load.output, GpioOutput) else None
    if isinstance(knob, Servo):
        if knob.pin in OTHER_USES:
            yield f"{where}.output.knob.pin: GPIO{knob.pin} also serves {OTHER_USES[knob.pin]}"
        if knob.pin not in KERNEL_PWM_CHANNELS and knob.pulse in {"auto", "lgpio"}:
            yield (
                f"{where}.output.knob.pin: GPIO{knob.pin} has no kernel PWM, so the servo's pulse "
                "may jitter; 12, 13, 18 and 19 have it"
            )
    curve = load.output.law
    most_w = max((watts for _, watts in curve.points), default=0.0)
    if most_w > 1.25 * load.max_w:
        yield (
            f"{where}.output.curve.points: {number_words(most_w)} W measured, but max_w is "
            f"{number_words(load.max_w)} W"
        )


def _of_ssr(output: SsrOutput, where: str) -> Iterator[str]:
    if output.pin in OTHER_USES:
        yield f"{where}.pin: GPIO{output.pin} also serves {OTHER_USES[output.pin]}"
    if output.pin in PULLED_UP_AT_BOOT and output.wiring == "active_high":
        yield (
            f"{where}.pin: GPIO{output.pin} is pulled up while the Pi starts: the heater would be "
            "on then; use a pin from 9 upwards"
        )


def _of_mqtt(load: Load, output: MqttOutput, where: str) -> Iterator[str]:
    """Who switches it off when this machine is gone?"""
    if off_after_of(output) == 0.0 and not has_will(output):
        yield (
            f"{where}: when this machine or its network is gone, nobody switches {load.id} off: "
            "let the broker do it (last_will: true), or the device itself, by off_after_s or by a "
            "timer of its own"
        )
    if not load.verify and load.meter is None and output.confirm is None:
        yield (
            f"{where}: nothing shows what {load.id} does: verify is false, and there is neither "
            "`confirm` nor `meter`"
        )


def _of_relay(relay: Relay, where: str) -> Iterator[str]:
    if relay.pin in OTHER_USES:
        yield f"{where}.pin: GPIO{relay.pin} also serves {OTHER_USES[relay.pin]}"
    if relay.pin in PULLED_UP_AT_BOOT and relay.wiring == "active_high":
        yield (
            f"{where}.pin: GPIO{relay.pin} is pulled up while the Pi starts: an active-high relay "
            "may close then; use a pin from 9 upwards"
        )
    if relay.wiring != "released_when_off" and relay.driven_level != 1:
        yield f"{where}.driven_level: means something only with `wiring: released_when_off`"

"""What no section can know alone: whether everything in the file fits together.

The rules look at all objects that could be built, so that a slip elsewhere does not hide a pin
that is used twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import frozen

from pvopt.config import rules_storages, rules_topics, rules_webhooks
from pvopt.config.control import Control
from pvopt.config.loads import Load
from pvopt.config.meter_presets import PLAIN_AGE_S, usual_age_s
from pvopt.config.meters import LoadMeter, MqttMeters
from pvopt.config.output_wire import templates, topic_of
from pvopt.config.outputs import MqttOutput, Relay, Servo, SpiPot, SsrOutput, StepPot
from pvopt.config.rules import KERNEL_PWM_CHANNELS, loopback
from pvopt.config.scalars import number_words
from pvopt.config.schema import Config
from pvopt.config.service import Demo, Gpio
from pvopt.config.site import Site
from pvopt.config.sources import ForecastSolar, GxModbus, GxMqtt, OpenMeteo, Vrm, VrmForecast
from pvopt.config.storages import MqttStorage
from pvopt.config.temperatures import MqttTemperature
from pvopt.config.tree import Table

SPI_PINS = (7, 8, 9, 10, 11)  # all that the overlay of SPI bus 0 claims

# The heater is off 10 s after the last good sample of a GX; the last read may have taken a second.
GX_OFF_S = 9.0
GX_LEAST_AGE_S = {GxModbus: 2.0, GxMqtt: 4.0}  # of ``allowed_age_s``
# A lost daemon is noticed at a tick; a second is left for the other way to "off", within 5 s.
PIGPIO_TICK_S = 4.0

MEASURING = (GxModbus, GxMqtt, Vrm, MqttMeters)
SOURCES = (*MEASURING, ForecastSolar, OpenMeteo, VrmForecast)

Global = Iterator[tuple[int, str, str]]


@frozen
class Built:
    """An object with the section of the file that it was built from."""

    made: Any
    table: Table


def global_faults(root: Table, built: list[Built]) -> Global:
    """``(line, key path, text)`` of everything that does not fit between sections."""
    yield from _unique(built, Load, "id")
    yield from _unique(built, SOURCES, "name")
    yield from _pins(built)
    yield from _pwm_channels(built)
    yield from _spi_devices(built)
    yield from _needs(root, built)
    yield from _broker(built)
    yield from _one_device_a_load(built)
    yield from _bursts(built)
    yield from rules_topics.across(built)
    yield from rules_storages.across(built)
    yield from rules_webhooks.across(built)
    yield from _off_in_time(built)
    yield from _meters_off_in_time(built)
    yield from _daemon_seen_in_time(built)
    yield from _demonstration(built)
    yield from _ranks(built)


def _of(built: list[Built], kinds: type | tuple[type, ...]) -> list[Built]:
    return [one for one in built if isinstance(one.made, kinds)]


def _line(one: Built, key: str) -> int:
    return one.table.key_lines.get(key, one.table.line)


def _unique(built: list[Built], kinds: type | tuple[type, ...], key: str) -> Global:
    first: dict[str, Built] = {}
    for one in _of(built, kinds):
        name = getattr(one.made, key)
        other = first.setdefault(name, one)
        if other is not one:
            where = f"{one.table.path}.{key}"
            words = f"`{name}` is taken (line {_line(other, key)}); give each its own {key}"
            yield _line(one, key), where, words


def _pins(built: list[Built]) -> Global:
    """Each pin has one user; a chip on an SPI bus takes the pins of that bus."""
    used: dict[int, tuple[str, int]] = {}
    buses: set[int] = set()
    for one in built:
        for key, pins, what in _pins_of(one.made):
            bus = one.made.port if isinstance(one.made, SpiPot) else None
            if bus in buses:
                continue  # several chips share a bus; _spi_devices looks at those
            if bus is not None:
                buses.add(bus)
            line = _line(one, key)
            for pin in pins:
                if pin in used:
                    who, where = used[pin]
                    words = f"GPIO{pin} is taken by {who} (line {where}); every pin has one use"
                    yield line, f"{one.table.path}.{key}", words
                else:
                    used[pin] = (what, line)


def _pins_of(made: object) -> Iterator[tuple[str, tuple[int, ...], str]]:
    if isinstance(made, Relay):
        yield "pin", (made.pin,), "a relay"
    elif isinstance(made, Servo):
        yield "pin", (made.pin,), "a servo"
    elif isinstance(made, SsrOutput):
        yield "pin", (made.pin,), "a solid-state relay"
    elif isinstance(made, StepPot):
        yield "inc_pin", (made.inc_pin,), "a potentiometer's inc_pin"
        yield "ud_pin", (made.ud_pin,), "a potentiometer's ud_pin"
        yield "cs_pin", (made.cs_pin,), "a potentiometer's cs_pin"
    elif isinstance(made, SpiPot) and made.port == 0:
        yield "port", SPI_PINS, "SPI bus 0"


def _pwm_channels(built: list[Built]) -> Global:
    taken: dict[tuple[int, int], Built] = {}
    for one in _of(built, Servo):
        servo = one.made
        if servo.pulse != "kernel_pwm" or servo.pin not in KERNEL_PWM_CHANNELS:
            continue
        channel = KERNEL_PWM_CHANNELS[servo.pin] if servo.pwm_channel is None else servo.pwm_channel
        other = taken.setdefault((servo.pwm_chip, channel), one)
        if other is not one:
            words = (
                f"kernel PWM channel {channel} is taken by GPIO{other.made.pin} "
                f"(line {_line(other, 'pin')}); use a pin of the other channel"
            )
            yield _line(one, "pin"), f"{one.table.path}.pin", words


def _spi_devices(built: list[Built]) -> Global:
    taken: dict[tuple[int, int, int], Built] = {}
    for one in _of(built, SpiPot):
        pot = one.made
        other = taken.setdefault((pot.port, pot.device, pot.channel), one)
        if other is not one:
            words = (
                f"SPI port {pot.port}, device {pot.device}, channel {pot.channel} is taken "
                f"(line {other.table.line})"
            )
            yield _line(one, "device"), f"{one.table.path}.device", words


def _needs(root: Table, built: list[Built]) -> Global:
    for config in _of(built, Config):
        if not _of(built, MEASURING):
            line = root.key_lines.get("sources", 1)
            words = (
                "none of them measures the home; add kind gx_modbus, gx_mqtt, vrm or mqtt_meters"
            )
            yield line, "sources", words
        if not config.made.loads and not config.made.storages:
            words = "is missing" if "loads" not in root.entries else "is empty"
            words += "; at least one load is needed, or `storages`"
            yield root.key_lines.get("loads", 1), "loads", words
    for site in _of(built, Site):
        if site.made.planes:
            continue
        for one in _of(built, (ForecastSolar, OpenMeteo)):
            words = f"is needed by the forecast `{one.made.kind}` (line {one.table.line})"
            yield site.table.line, f"{site.table.path}.planes", f"{words}; add at least one plane"
            break


def _off_in_time(built: list[Built]) -> Global:
    """Age is looked at on ticks, so a heater may stay on for both: that must not be too long."""
    for control in _of(built, Control):
        tick_s = control.made.tick_s
        for one in _of(built, (GxModbus, GxMqtt)):
            age_s = one.made.allowed_age_s
            if tick_s + age_s <= GX_OFF_S + 1e-9:
                continue
            most_tick_s, most_age_s = round(GX_OFF_S - age_s, 6), round(GX_OFF_S - tick_s, 6)
            fits = f"with allowed_age_s {number_words(age_s)}: tick_s up to "
            fits += number_words(most_tick_s)
            if most_age_s >= GX_LEAST_AGE_S[type(one.made)]:
                fits += f"; with tick_s {number_words(tick_s)}: allowed_age_s up to "
                fits += number_words(most_age_s)
            words = (
                f"{number_words(tick_s)} s and `{one.table.path}.allowed_age_s` "
                f"({number_words(age_s)} s, line {_line(one, 'allowed_age_s')}) together must not "
                f"exceed {number_words(GX_OFF_S)} s: so long at most may the heater stay on "
                f"without numbers from a GX; {fits}"
            )
            yield _line(control, "tick_s"), f"{control.table.path}.tick_s", words


def _broker(built: list[Built]) -> Global:
    """What is read from a broker needs one."""
    for config in _of(built, Config):
        if config.made.mqtt is not None:
            continue
        for one in _of(built, (MqttMeters, MqttTemperature, MqttOutput, LoadMeter, MqttStorage)):
            words = "needs a broker; add the section `mqtt` with its `host`"
            yield _line(one, "kind"), one.table.path, words


def _one_device_a_load(built: list[Built]) -> Global:
    """Two loads that speak to one device would switch it on and off in turns."""
    taken: dict[tuple[str, ...], Built] = {}
    for one in _of(built, MqttOutput):
        topic = topic_of(one.made)
        if not topic:
            continue
        # One topic may serve many devices, told apart by what is said.
        device = one.made.device if one.made.preset is not None else ""
        said = (topic, *templates(one.made), device, str(one.made.channel))
        other = taken.setdefault(said, one)
        if other is not one:
            words = f"the same is sent to {topic} by the load above (line {other.table.line})"
            yield one.table.line, one.table.path, f"{words}; every load needs its own device"


def _bursts(built: list[Built]) -> Global:
    for gpio in _of(built, Gpio):
        for one in _of(built, SsrOutput) if gpio.made.factory == "pigpio" else []:
            words = (
                f"cannot be made with `{gpio.table.path}.factory: pigpio` (line "
                f"{_line(gpio, 'factory')}), whose pulses cannot be so slow; write `factory: lgpio`"
            )
            yield _line(one, "kind"), f"{one.table.path}.kind", words


def _meters_off_in_time(built: list[Built]) -> Global:
    """Where the owner says nothing, the heater is off 10 s after the last good sample."""
    for control in _of(built, Control):
        tick_s = control.made.tick_s
        for one in _of(built, MqttMeters):
            unsaid = one.made.allowed_age_s is None and usual_age_s(one.made) <= PLAIN_AGE_S
            if not unsaid or tick_s + PLAIN_AGE_S <= GX_OFF_S + 1e-9:
                continue
            words = (
                f"with `{control.table.path}.tick_s` {number_words(tick_s)} (line "
                f"{_line(control, 'tick_s')}) it must be written here: together with it the "
                f"default of {number_words(PLAIN_AGE_S)} s would leave the heater on for more "
                "than 10 s without numbers"
            )
            yield one.table.line, f"{one.table.path}.allowed_age_s", words


def _daemon_seen_in_time(built: list[Built]) -> Global:
    for control in _of(built, Control):
        tick_s = control.made.tick_s
        for gpio in _of(built, Gpio):
            if gpio.made.factory != "pigpio" or tick_s <= PIGPIO_TICK_S:
                continue
            words = (
                f"{number_words(tick_s)} s is too long with `{gpio.table.path}.factory: pigpio` "
                f"(line {_line(gpio, 'factory')}); allowed there: up to "
                f"{number_words(PIGPIO_TICK_S)} s, for a daemon that is lost shows only when it is "
                "spoken to, and the heater must be off within 5 s; or write `factory: lgpio`"
            )
            yield _line(control, "tick_s"), f"{control.table.path}.tick_s", words


def _demonstration(built: list[Built]) -> Global:
    for demo in _of(built, Demo):
        for gpio in _of(built, Gpio):
            if gpio.made.factory != "mock":
                words = (
                    f"must be mock while `demo` (line {demo.table.line}) is there: a simulated sun "
                    "may not move real pins; for the real thing remove the section `demo`"
                )
                yield _line(gpio, "factory"), f"{gpio.table.path}.factory", words
        for source in _of(built, GxModbus)[:1]:
            if not loopback(source.made.host):
                words = (
                    f"must be 127.0.0.1 while `demo` (line {demo.table.line}) is there; for the "
                    "real GX remove the section `demo`"
                )
                yield _line(source, "host"), f"{source.table.path}.host", words
        for source in _of(built, GxMqtt):
            words = (
                f"cannot stand beside `demo` (line {demo.table.line}), whose simulated GX speaks "
                "Modbus TCP alone; for the real GX remove the section `demo`"
            )
            yield _line(source, "kind"), source.table.path, words
        for config in _of(built, Config):
            if "gpio" not in config.table.entries:
                yield demo.table.line, "gpio", "is missing; `demo` needs `gpio: {factory: mock}`"
            if not _of(built, (GxModbus, GxMqtt)):
                yield demo.table.line, "demo", "needs a source of kind gx_modbus to be read by"


def _ranks(built: list[Built]) -> Global:
    """Loads before the battery stand before those after it."""
    later: Built | None = None
    for one in _of(built, Load):
        if not one.made.before_battery:
            later = later or one
        elif later is not None:
            where = f"{one.table.path}.before_battery"
            words = f"stands below `{later.made.id}`, which comes after the battery; put it first"
            yield _line(one, "before_battery"), where, words

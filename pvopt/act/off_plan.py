"""Which pins are off in which state, and what means off to devices behind a broker: the plan for
the second path (``pvopt.off``)."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

from pvopt.act.pins import Pins
from pvopt.act.pulse import kernel_channel, pulse_kind
from pvopt.config.loads import Load
from pvopt.config.mqtt import Mqtt
from pvopt.config.output_wire import wire_of
from pvopt.config.outputs import MqttOutput, Output, Servo, SsrOutput
from pvopt.config.schema import Config
from pvopt.config.service import Gpio
from pvopt.config.storage_wire import off_text
from pvopt.config.storage_wire import wire_of as wire_of_storage
from pvopt.config.storages import Storage
from pvopt.off import OffPin, OffPlan
from pvopt.off_mqtt import OffBroker, OffMessage
from pvopt.shared_links import client_id

RELAY_OFF = {"active_high": "low", "active_low": "high", "released_when_off": "release"}


def off_plan_of(config: Config) -> OffPlan:
    """Everything of a configuration. In a demonstration nothing is said to any broker."""
    loads = any(_is_mqtt(load) for load in config.loads)
    real = config.demo is None and (loads or bool(config.storages))
    section = config.mqtt if real else None
    broker = off_broker(section, config.site.name)
    return off_plan(config.loads, config.gpio, broker=broker, storages=config.storages)


def off_plan(
    loads: Sequence[Load],
    gpio: Gpio,
    pwm_root: Path = Path("/sys/class/pwm"),
    broker: OffBroker | None = None,
    storages: Sequence[Storage] = (),
) -> OffPlan:
    """All relays and SSRs, then all servos; and what means off to devices behind ``broker``.
    Potentiometers have no off of their own: their relay is it.

    Touches no pin. ConfigError for a servo on a pin that cannot do what is asked. Where pigpiod
    listens is a numeric address in every sound configuration: off has no time to look up a name.
    """
    outputs = [load.output for load in loads]
    pins = Pins(gpio, pwm_root)
    relays = [
        OffPin(gpio.factory, pin, RELAY_OFF[wiring], gpio.chip)
        for out in outputs
        for pin, wiring in _contacts(out)
    ]
    servos = [_servo_off(out.knob, pins) for out in outputs if isinstance(out.knob, Servo)]
    host = "127.0.0.1" if gpio.pigpio_host.lower() == "localhost" else gpio.pigpio_host
    messages = [] if broker is None else [_off_message(load) for load in loads if _is_mqtt(load)]
    messages += [] if broker is None else [_storage_off(one) for one in storages]
    return OffPlan((*relays, *servos), host, gpio.pigpio_port, broker, messages)


def off_broker(section: Mqtt | None, site: str) -> OffBroker | None:
    """The broker with its address, looked up now; its name where that cannot be done."""
    if section is None:
        return None
    address = ""
    with contextlib.suppress(OSError, UnicodeError):
        found = socket.getaddrinfo(section.host, section.port_used, type=socket.SOCK_STREAM)
        address = str(found[0][4][0])
    return OffBroker(
        section.host,
        section.port_used,
        client_id(section.client_id, site, "off", section.base_topic),
        section.user,
        section.password,
        section.tls,
        str(Path(section.ca_file).resolve()) if section.ca_file else "",
        address,
    )


def _is_mqtt(load: Load) -> bool:
    return isinstance(load.output, MqttOutput)


def _off_message(load: Load) -> OffMessage:
    assert isinstance(load.output, MqttOutput)
    wire = wire_of(load.output)
    return OffMessage(load.id, wire.topic, wire.payload(0.0, False), wire.retain)


def _storage_off(one: Storage) -> OffMessage:
    wire = wire_of_storage(one)
    return OffMessage(one.id, wire.topic, off_text(one), wire.retain)


def _contacts(output: Output) -> Iterator[tuple[int, str]]:
    """What switches, with its wiring."""
    yield from ((relay.pin, relay.wiring) for relay in output.relays)
    if isinstance(output, SsrOutput):
        yield output.pin, output.wiring


def _servo_off(knob: Servo, pins: Pins) -> OffPin:
    kind = pulse_kind(knob, pins)
    if kind == "kernel_pwm":
        return OffPin("kernel_pwm", kernel_channel(knob) or 0, "still", knob.pwm_chip)
    return OffPin(kind, knob.pin, "still", pins.gpio.chip)

"""Meters by MQTT: is the broker there, and what has come on which topic, how old."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

from pvopt.checks.row import Row, fail, ok, warn
from pvopt.clock import Deadline, SystemClock
from pvopt.config.meter_presets import Channel
from pvopt.config.meters import MqttMeters
from pvopt.config.mqtt import Mqtt
from pvopt.links.mqtt_cells import Link
from pvopt.model import Instant, Reading, Samples
from pvopt.ports import Clock

POLL_S = 0.1
PATIENCE_S = 5.0  # with a broker that does not answer
UNITS = {"soc": "%", "reactive": "varh"}


class Heard(Protocol):
    """One number and how it came."""

    @property
    def channel(self) -> Channel: ...
    @property
    def reading(self) -> Reading: ...
    @property
    def age_s(self) -> float: ...
    @property
    def fault(self) -> str: ...
    @property
    def kept(self) -> bool: ...
    @property
    def refused(self) -> bool: ...


@runtime_checkable
class Hearing(Protocol):
    """A source over a broker."""

    name: str

    @property
    def link(self) -> Link: ...
    def read(self, instant: Instant, budget_s: float) -> Samples: ...
    def describe(self, instant: Instant) -> Sequence[Heard]: ...


def rows(
    source: Hearing, config: MqttMeters, mqtt: Mqtt, clock: Clock, left: Deadline, alone: bool
) -> Iterator[Row]:
    """The broker, then each number. ``alone``: no other source measures the home."""
    bad = fail if alone else warn
    heard = _wait(source, clock, left)
    if not source.link.connected:
        yield bad(config.name, source.link.fault, remedy(mqtt))
        return
    how = "over TLS" if mqtt.tls else "without TLS"
    who = "with a user" if mqtt.user else "without a user"
    yield ok(config.name, f"connected to the broker {source.link.broker} {who}, {how}")
    for one in heard:
        if _is_fresh(one):
            yield ok(config.name, f"{_name(one)}: {_number(one)}, {one.age_s:.0f} s old")
        elif one.channel.quantity == "reactive":
            yield warn(config.name, f"{_name(one)}: {_lack(one)}", "without it VA count as W")
        else:
            yield bad(config.name, f"{_name(one)}: {_lack(one)}", _todo(one))


def _wait(source: Hearing, clock: Clock, left: Deadline) -> Sequence[Heard]:
    """Until all numbers are there, as long as that may take; for a broker it need not be long."""
    real, patience = SystemClock(), Deadline(PATIENCE_S)
    while True:
        heard = source.describe(clock.now())
        given_up = not source.link.connected and patience.left_s() <= 0
        if all(_is_fresh(one) for one in heard) or given_up or left.left_s() <= 0:
            return heard
        real.wait_until(real.now().mono_s + POLL_S)


def _is_fresh(one: Heard) -> bool:
    return one.reading.value is not None and one.age_s <= one.channel.allowed_age_s


def _name(one: Heard) -> str:
    return f"{one.channel.quantity} from {one.channel.topic}"


def _number(one: Heard) -> str:
    number = one.reading.value or 0.0
    return f"{number:g} {UNITS.get(one.channel.quantity, 'W')}"


def _lack(one: Heard) -> str:
    if one.refused:
        return "the broker does not let us hear it"
    if one.fault:
        return f"the last message {one.fault}"
    if one.kept:
        return "nothing but an old message that the broker had kept"
    if one.reading.value is None:
        return "nothing has come"
    return f"{_number(one)}, but {one.age_s:.0f} s old; {one.channel.allowed_age_s:g} s are allowed"


def _todo(one: Heard) -> str:
    if one.refused:
        return "give this user the right to read the topic (acl_file of the broker)"
    if one.fault:
        return "look at `json` and `unit`, and at what the meter really publishes"
    if one.kept:
        return "is the meter on? Only a living one counts, unless `retained: use` is written"
    return "is the meter on, does it publish often enough, is that its topic, letter by letter?"


def remedy(mqtt: Mqtt) -> str:
    keys = "host and port" + (", tls and ca_file" if mqtt.tls else "")
    return f"look at {keys}, user and password in the section mqtt, and whether the broker runs"

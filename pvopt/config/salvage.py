"""The outputs that a faulty configuration still names, so that they can be switched off.

First by the ordinary reader, which skips what is wrong; then line by line, for a file that is no
YAML at all (a tab, a quote that never ends). Where it is not certain which level is off, the pin
is taken as one to be let go: a guessed level could switch the heater on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import attrs
from attrs import Factory, define, frozen

from pvopt.config.mqtt import Mqtt
from pvopt.config.output_wire import wire_of
from pvopt.config.outputs import GpioOutput, MqttOutput, Output, Relay, SsrOutput
from pvopt.config.parse import parse
from pvopt.config.service import Gpio
from pvopt.config.storage_wire import off_text
from pvopt.config.storages import MqttStorage
from pvopt.config.structure import Structurer
from pvopt.config.tree import Rows, Scalar, Table

TAB_WIDTHS = (2, 4, 8)
HIGHEST_PIN = 27
TOKEN = re.compile(r"(?P<key>[A-Za-z_]\w*)\s*:(?P<said>\s*[^\s,{}\[\]]*)")
COMMENT = re.compile(r"(^|\s)#.*")
PIN = re.compile(r"(?:gpio)?\s*0*(\d{1,2})", re.IGNORECASE)
MQTT_OUTPUT = re.compile(r"output\s*:[^#]{0,40}?\bkind\s*:\s*mqtt\b", re.DOTALL)
PUNCTUATION = re.compile(r"[\s,{}\[\]-]*")
RELAY_KEYS = frozenset(attrs.fields_dict(Relay))
WIRINGS = ("active_high", "active_low", "released_when_off")
KNOBS = frozenset({"knob", "inc_pin", "ud_pin", "cs_pin"})
NAMES = (
    "version site sources control loads gpio log state demo id max_w drive phase place verify "
    "output temperature comfort kind curve zero_hold_s min_w points factory pigpio_host "
    "pigpio_port chip max_c hysteresis_c window_s mains_hz preset device channel topic send "
    "payload on_payload off_payload decimals retain qos renew_s off_after_s confirm within_s meter "
    "json unit scale mqtt host port"
)
OTHER_KEYS = KNOBS | frozenset(NAMES.split())


@frozen
class Salvage:
    """``outputs``: at most one for each relay; ``doubtful``: pins whose off level is not known;
    ``mqtt``: the broker, if it can be read; ``unread``: something is behind one that cannot."""

    outputs: tuple[Output, ...]
    gpio: Gpio
    doubtful: tuple[int, ...] = ()
    mqtt: Mqtt | None = None
    unread: bool = False
    storages: tuple[MqttStorage, ...] = ()

    @property
    def says(self) -> bool:
        """Whether something is to be said to the broker."""
        loads = any(isinstance(output, MqttOutput) for output in self.outputs)
        return loads or bool(self.storages)


def salvage(text: str, file: str, environ: Mapping[str, str]) -> Salvage:
    """What can be read out of ``text``; no outputs where there is none. Raises nothing."""
    table = _tree(text, file, environ)
    made = _structured(table, file) if table is not None else Salvage((), _gpio(text))
    known = {pin for output in made.outputs for pin in output.pins}
    outputs, doubtful = list(made.outputs), list(made.doubtful)
    for found in _relays(text):
        if found.pin is not None and found.pin not in known:
            known.add(found.pin)
            outputs.append(GpioOutput(relay=Relay(pin=found.pin, wiring=found.wiring)))  # type: ignore[arg-type]
            if found.doubtful:
                doubtful.append(found.pin)
    said = _behind_a_broker(table) if table is not None else len(MQTT_OUTPUT.findall(text))
    can = sum(isinstance(output, MqttOutput) for output in outputs) if made.mqtt else 0
    stored = made.storages if made.mqtt else ()
    unread = said > can or _storages_in(table) > len(stored)
    return Salvage(tuple(outputs), made.gpio, tuple(doubtful), made.mqtt, unread, stored)


def _behind_a_broker(root: Table) -> int:
    """How many loads say that they are."""
    loads = root.entries.get("loads")
    count = 0
    for load in loads.items if isinstance(loads, Rows) else []:
        output = load.entries.get("output") if isinstance(load, Table) else None
        kind = output.entries.get("kind") if isinstance(output, Table) else None
        count += isinstance(kind, Scalar) and kind.text == "mqtt"
    return count


def _storages_in(root: Table | None) -> int:
    """How many storages the list has."""
    listed = None if root is None else root.entries.get("storages")
    return len(listed.items) if isinstance(listed, Rows) else 0


def _tree(text: str, file: str, environ: Mapping[str, str]) -> Table | None:
    for tried in (text, *(text.expandtabs(width) for width in TAB_WIDTHS)):
        root, _ = parse(tried, file, environ)
        if root is not None:
            return root
    return None


def _structured(root: Table, file: str) -> Salvage:
    structurer = Structurer(file)
    structurer.config(root)
    doubtful: dict[int, Relay] = {}
    for one in structurer.built:
        if isinstance(one.made, Relay) and not one.table.entries.keys() <= RELAY_KEYS:
            # An unknown key may be a misspelt `wiring`, and the default is a level like any other.
            doubtful[id(one.made)] = attrs.evolve(one.made, wiring="released_when_off")
    made = [one.made for one in structurer.built]
    outputs = [one for one in made if isinstance(one, GpioOutput)]
    others = [one for one in made if isinstance(one, SsrOutput) or _can_say(one)]
    whole = {id(relay) for output in (*outputs, *others) for relay in output.relays}
    lone = [one for one in made if isinstance(one, Relay) and id(one) not in whole]
    outputs += [GpioOutput(relay=relay) for relay in lone]
    outputs = [
        attrs.evolve(output, relay=doubtful.get(id(output.relay), output.relay))
        for output in outputs
    ]
    # Without a readable section the kernel's road is taken, which needs no daemon.
    gpio = next((one for one in made if isinstance(one, Gpio)), Gpio())
    pins = tuple(relay.pin for relay in doubtful.values())
    mqtt = next((one for one in made if isinstance(one, Mqtt)), None)
    storages = tuple(one for one in made if isinstance(one, MqttStorage) and _can_be_told(one))
    return Salvage((*outputs, *others), gpio, pins, mqtt, storages=storages)


def _can_be_told(storage: MqttStorage) -> bool:
    """Whether it is known what is harmless to a storage."""
    try:
        return bool(off_text(storage))
    except ValueError:
        return False


def _can_say(made: object) -> bool:
    """Whether it is known what means off to a device behind a broker."""
    try:
        return isinstance(made, MqttOutput) and bool(wire_of(made).topic)
    except ValueError:
        return False


@define
class _Found:
    """A relay as the lines tell it."""

    pin: int | None = None
    said: str = ""
    unclear: bool = False

    @property
    def doubtful(self) -> bool:
        return self.unclear or self.said not in ("", *WIRINGS)

    @property
    def wiring(self) -> str:
        return "released_when_off" if self.doubtful else self.said or WIRINGS[0]


@define
class _Reader:
    """Goes through the keys in their order. ``now``: the relay that they belong to."""

    found: list[_Found] = Factory(list)
    now: _Found | None = None
    in_knob: bool = False

    def key(self, key: str, said: str) -> None:
        if key == "relay" or (key == "pin" and self.now is None and not self.in_knob):
            self.now, self.in_knob = _Found(), False
            self.found.append(self.now)
        if key == "pin" and self.now is not None:
            pin = PIN.fullmatch(said)
            fits = pin is not None and int(pin[1]) <= HIGHEST_PIN
            self.now.pin = int(pin[1]) if pin is not None and fits else None
        elif key == "wiring" and self.now is not None:
            self.now.said = said or "?"
        elif key in OTHER_KEYS:
            self.now, self.in_knob = None, key in KNOBS or (self.in_knob and key == "kind")
        elif self.now is not None and key not in RELAY_KEYS and key != "relay":
            self.now.unclear = True

    def line(self, line: str) -> None:
        for key, said in _tokens(line):
            self.key(key, said)
        if self.now is not None and PUNCTUATION.fullmatch(TOKEN.sub("", line)) is None:
            self.now.unclear = True  # it may be about the wiring


def _relays(text: str) -> list[_Found]:
    reader = _Reader()
    for line in text.splitlines():
        reader.line(COMMENT.sub("", line))
    return reader.found


def _tokens(line: str) -> Iterator[tuple[str, str]]:
    for token in TOKEN.finditer(line):
        yield token["key"], token["said"].strip().strip("'\"")


def _gpio(text: str) -> Gpio:
    """Who drives the pins, of a file that is no YAML; the kernel's road where it is not said."""
    told = {
        key: said
        for line in text.splitlines()
        for key, said in _tokens(COMMENT.sub("", line))
        if key in ("factory", "pigpio_host", "pigpio_port") and said
    }
    port = told.get("pigpio_port", "")
    factory = told.get("factory", "")
    return Gpio(
        factory=factory if factory in ("lgpio", "pigpio", "mock") else "lgpio",  # type: ignore[arg-type]
        pigpio_host=told.get("pigpio_host", Gpio().pigpio_host),
        pigpio_port=int(port) if port.isdigit() else Gpio().pigpio_port,
    )

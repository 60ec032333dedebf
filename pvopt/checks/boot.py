"""What the Pi's firmware does with the relay's pin before pvopt runs: config.txt against wiring.

Between power-on and the first command of ours a pin does what the firmware was told
(``gpio=17=op,dl``), and before that, for some seconds, what the chip does after a reset: GPIO 0
to 8 are pulled up, all others down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pvopt.checks.machine import Machine
from pvopt.checks.row import Row, fail, ok, warn
from pvopt.config.loads import Load
from pvopt.config.outputs import Relay, SsrOutput
from pvopt.config.schema import Config
from pvopt.lock import HERE

AREA = "boot setting"
WANTED = {"active_high": "op,dl", "active_low": "op,dh", "released_when_off": "ip,pn"}
FIRST_PULLED_DOWN = 9
SECTION = re.compile(r"\[(?P<name>[^\]]*)\]$")
SETTING = re.compile(r"gpio\s*=\s*(?P<pins>[\d,\s-]+)=\s*(?P<words>[a-z\d,\s]+)$")
MODEL = re.compile(r"Raspberry Pi (\d+|Zero 2|Zero)")
SECTIONS = {"Zero": "pi0", "Zero 2": "pi02"}


@dataclass(frozen=True)
class Setting:
    """What ``gpio=`` says of a pin. ``output`` None: not said. ``high``: driven level."""

    output: bool | None = None
    high: bool | None = None
    pull: str = ""  # up, down, none

    def with_word(self, word: str) -> Setting:
        known = {
            "op": Setting(True, self.high, self.pull),
            "ip": Setting(False, self.high, self.pull),
            "dh": Setting(self.output, True, self.pull),
            "dl": Setting(self.output, False, self.pull),
            "pu": Setting(self.output, self.high, "up"),
            "pd": Setting(self.output, self.high, "down"),
            "pn": Setting(self.output, self.high, "none"),
            "np": Setting(self.output, self.high, "none"),
        }
        return known.get(word, self)


def rows(config: Config, machine: Machine, given: Path | None) -> Iterator[Row]:
    """One row a relay. ``given``: a config.txt that is looked at whatever this machine is."""
    path = given
    if path is None:
        why = _not_looked_at(config, machine)
        if why:
            yield ok(AREA, f"{why}, not looked at")
            return
        path = machine.boot_config()
    text = _read(path)
    if text is None:
        yield warn(
            AREA,
            f"{path or 'config.txt'} cannot be read, so it is not known what the relay does "
            "while the Pi starts",
            "name the file with --boot-config",
        )
        return
    settings = settings_in(text, machine.model())
    for load in config.loads:
        for relay in load.output.relays:
            yield _judge(load, relay, settings.get(relay.pin), path or Path("config.txt"))
        if isinstance(load.output, SsrOutput):
            # What switches on at a level is judged as a relay that does.
            ssr = Relay(pin=load.output.pin, wiring=load.output.wiring)
            yield _judge(load, ssr, settings.get(ssr.pin), path or Path("config.txt"))


def settings_in(text: str, model: str) -> dict[int, Setting]:
    """Pin → what the firmware is told, for a board of this model; later lines win.

    Sections for other boards do not count, nor do those whose condition cannot be known here.
    """
    found: dict[int, Setting] = {}
    counts = True
    for raw in text.splitlines():
        line = raw.partition("#")[0].strip().lower()
        if section := SECTION.match(line):
            counts = section["name"] in _own_sections(model)
        elif counts and (setting := SETTING.match(line)):
            words = [word.strip() for word in setting["words"].split(",")]
            for pin in _pins(setting["pins"]):
                now = found.get(pin, Setting())
                for word in words:
                    now = now.with_word(word)
                found[pin] = now
    return found


def _own_sections(model: str) -> set[str]:
    named = MODEL.search(model)
    if named is None:
        return {"all"}
    number = named[1]
    return {"all", SECTIONS.get(number, f"pi{number}")}


def _pins(text: str) -> Iterator[int]:
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first.isdigit():
            yield from range(int(first), int(last if last.isdigit() else first) + 1)


def _read(path: Path | None) -> str | None:
    try:
        return None if path is None else path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _not_looked_at(config: Config, machine: Machine) -> str:
    gpio = config.gpio
    if gpio.factory == "mock":
        return "mock pins"
    if gpio.factory == "pigpio" and gpio.pigpio_host not in HERE:
        return f"the pins are those of {gpio.pigpio_host}"
    return "" if machine.is_pi() else "this is not a Raspberry Pi"


def _judge(load: Load, relay: Relay, setting: Setting | None, path: Path) -> Row:
    wanted = WANTED[relay.wiring]
    line = f"gpio={relay.pin}={wanted}"
    what = f"{load.id}: the {relay.wiring.replace('_', '-')} relay on GPIO{relay.pin}"
    if setting is None:
        return warn(
            AREA,
            f"{what} is not mentioned in {path}: until pvopt runs, its pin floats",
            f"add the line `{line}` and restart the Pi",
        )
    if _pulls_in(relay, setting):
        return fail(
            AREA,
            f"{what} would be switched ON while the Pi starts: {path} says the contrary of "
            f"what this wiring needs",
            f"replace its line by `{line}`, or correct `wiring`, before the heater is connected",
        )
    if not _is_wanted(relay, setting):
        return warn(
            AREA,
            f"{what} is mentioned in {path}, but not held off for certain",
            f"replace its line by `{line}`",
        )
    return ok(AREA, f"{what} is off from the firmware's start on ({line})", _before(relay))


def _on_high(relay: Relay) -> bool:
    """Whether a high level pulls the relay in."""
    if relay.wiring == "released_when_off":
        return relay.driven_level == 1
    return relay.wiring == "active_high"


def _pulls_in(relay: Relay, setting: Setting) -> bool:
    """Whether this setting switches the heater on, or a released relay's pin on or off."""
    if setting.output and relay.wiring == "released_when_off":
        return True  # no driven level switches such a relay off for certain
    if setting.output:
        return setting.high is _on_high(relay)
    return setting.pull == ("up" if _on_high(relay) else "down")


def _is_wanted(relay: Relay, setting: Setting) -> bool:
    if relay.wiring == "released_when_off":
        return setting.output is False and setting.pull == "none"
    return (
        setting.output is True
        and setting.high is not _on_high(relay)
        and (setting.high is not None)
    )


def _before(relay: Relay) -> str:
    """What the pin does in the seconds before the firmware looks at its settings."""
    pulled_up = relay.pin < FIRST_PULLED_DOWN
    if relay.wiring == "released_when_off" or pulled_up is not _on_high(relay):
        return ""
    better = "9 to 27" if _on_high(relay) else "0 to 8"
    return (
        f"in the first seconds GPIO{relay.pin} is pulled {'up' if pulled_up else 'down'}: watch "
        f"that the relay stays off then, else use a pin from {better} or a resistor"
    )

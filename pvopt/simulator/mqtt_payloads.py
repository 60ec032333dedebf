"""What devices say and understand, byte for byte: the other side of our own codecs.

Written from the makers' documents and from the devices' public firmware, and knowing nothing of
what the sources read or the outputs write: nobody marks their own homework. A command that a
device does not understand is None: it goes on as it is.

- PZEM meters (Wifi_Mqtt_SmartMeter): a status of six numbers with two places each, as an
  Arduino's String(float) writes them; a failed read says so in what is no JSON.
- Power variators (Wifi_Mqtt_EnergyVariator): percent as text, 0 to 100; status with percent, power.
- Linky: whole numbers as text. SCR boards of that system: percent as text; degC as text.
- Domoticz: https://wiki.domoticz.com/Domoticz_API/JSON_URL's ("switchlight" on domoticz/in).
- Shelly: RPC of the second generation, https://shelly-api-docs.shelly.cloud/gen2/ (Switch.Set);
  the first generation's relay/0/command. Tasmota: https://tasmota.github.io/docs/Commands/.
- zigbee2mqtt: https://www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html (set).
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NamedTuple

MAINS_V, MAINS_HZ = 230.0, 50.0
PZEM_ERROR = b'{ "PZEM_READ_ERROR" } '
FULL_PCT = 100.0

ON_WORDS = {"1", "on", "true"}
OFF_WORDS = {"0", "off", "false"}
# As strtod reads it: what follows the number does not count.
LEADING_NUMBER = re.compile(rb"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)", re.ASCII)


# -- what they say -----------------------------------------------------------------------------


def arduino(number: float) -> str:
    """A float as an Arduino's String writes it: 115.3 is 115.30."""
    return f"{number:.2f}"


def pzem_status(watts: float, kwh: float, power_factor: float = 1.0) -> bytes:
    """A PZEM's status. It measures one direction: below nothing is nothing."""
    watts = max(0.0, watts)
    numbers = {
        "voltage": MAINS_V,
        "current": watts / MAINS_V / power_factor,
        "power": watts,
        "energy": kwh,
        "frequency": MAINS_HZ,
        "powerfactor": power_factor,
    }
    words = ", ".join(f'"{name}": {arduino(number)}' for name, number in numbers.items())
    return f"{{{words}}}".encode()


def vload_status(percent: float, watts: float) -> bytes:
    """A variator's status after a command."""
    return f'{{"percent": {arduino(percent)}, "power": {arduino(watts)}}}'.encode()


def whole(number: float) -> bytes:
    """A Linky's number: 1234.4 is 1234."""
    return str(round(number)).encode()


def scr_temperature(celsius: float) -> bytes:
    """A DS18B20's temperature, in its own steps of a sixteenth: 48.3 is 48.31."""
    return arduino(round(celsius * 16.0) / 16.0).encode()


# -- what they understand ----------------------------------------------------------------------


class Asked(NamedTuple):
    """What a command asks for: percent of full, and for how long (inf: for good)."""

    percent: float
    lasts_s: float = math.inf


def percent_of_vload(payload: bytes) -> Asked | None:
    """A variator's command: text as Arduino's toFloat reads it, rubbish is 0; 0 to 100 counts."""
    found = LEADING_NUMBER.match(payload)
    percent = float(found[1]) if found else 0.0
    return Asked(percent) if 0.0 <= percent <= FULL_PCT else None


def scr_share(percent: float) -> float:
    """Share of full watts that an SCR board lets through at a percent of its half-wave.

    The inverse of acos(1 - 2 z) / pi * 100: 50 % is half, 25 % is 14.6 %.
    """
    return (1.0 - math.cos(math.pi * percent / FULL_PCT)) / 2.0


def switch_of_word(payload: bytes) -> Asked | None:
    """A plug that knows 1 and 0, or on and off in any case (wifi_plug, Shelly's first generation,
    Tasmota's POWER)."""
    word = payload.decode("utf-8", "replace").strip().lower()
    if word in ON_WORDS:
        return Asked(FULL_PCT)
    return Asked(0.0) if word in OFF_WORDS else None


def switch_of_domoticz(payload: bytes, idx: int) -> Asked | None:
    """Domoticz's switch ``idx``; everybody's commands come on one topic.

    ``{"command": "switchlight", "idx": 359, "switchcmd": "On" }``, and Set Level with a level.
    """
    said = _object(payload)
    if said.get("command") != "switchlight" or said.get("idx") != idx:
        return None
    match said.get("switchcmd"):
        case "On":
            return Asked(FULL_PCT)
        case "Off":
            return Asked(0.0)
        case "Set Level":
            return _percent(said.get("level"))
        case _:
            return None


def switch_of_shelly(payload: bytes, channel: int = 0) -> Asked | None:
    """A second generation's RPC; ``toggle_after``: it goes back by itself.

    ``{"id": 1, "src": "x", "method": "Switch.Set", "params": {"id": 0, "on": true}}``
    """
    said = _object(payload)
    params = said.get("params")
    if said.get("method") != "Switch.Set" or not isinstance(params, dict):
        return None
    on, lasts_s = params.get("on"), params.get("toggle_after", math.inf)
    if params.get("id") != channel or not isinstance(on, bool):
        return None
    if isinstance(lasts_s, bool) or not isinstance(lasts_s, int | float):
        return None
    return Asked(FULL_PCT if on else 0.0, float(lasts_s))


def switch_of_zigbee2mqtt(payload: bytes) -> Asked | None:
    """``{"state": "ON"}``, or the bare word; some devices know ``on_time``, in seconds."""
    said = _object(payload)
    word, lasts_s = said.get("state"), said.get("on_time", math.inf)
    asked = switch_of_word(word.encode() if isinstance(word, str) else payload)
    if asked is None or asked.percent <= 0.0 or not isinstance(lasts_s, int | float):
        return asked
    return Asked(asked.percent, float(lasts_s))


def _percent(level: object) -> Asked | None:
    if isinstance(level, bool) or not isinstance(level, int | float):
        return None
    return Asked(float(level)) if 0.0 <= level <= FULL_PCT else None


def _object(payload: bytes) -> dict[str, Any]:
    """The JSON object that a payload is, else an empty one."""
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}

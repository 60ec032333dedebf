"""The entities that Home Assistant is told of, each with the keys that its platform knows. Pure.

``value_template`` reads our own status (see ``status_forms``). A number that is missing is null
there, is rendered as ``None``, and shows as unknown.
"""

from __future__ import annotations

import re
import zlib
from typing import Any

from pvopt.config.loads import Load
from pvopt.decide.legionella import Progress

Part = dict[str, Any]
Parts = dict[str, Part]

POWER = {"device_class": "power", "state_class": "measurement", "unit_of_measurement": "W"}
# Nothing but rising: Home Assistant takes a fall for a new begin, and adds.
ENERGY = {
    "device_class": "energy",
    "state_class": "total_increasing",
    "unit_of_measurement": "kWh",
    "suggested_display_precision": 2,
}
WARMTH = {"device_class": "temperature", "state_class": "measurement", "unit_of_measurement": "°C"}
CHARGE = {"device_class": "battery", "state_class": "measurement", "unit_of_measurement": "%"}
DIAGNOSTIC = {"entity_category": "diagnostic"}
MODES = ["auto", "on", "off", "boost"]
MOST_TEXT = 250  # of a state; Home Assistant takes 255 letters
LEAST_C, STEP_C = 20.0, 0.5
LONGEST_BOOST_MIN = 1440
# auto would also forget temperatures that were set
SAID = "{{ 'release' if value == 'auto' else value }}"
BOOST = (
    '{% if value | int > 0 %}{"kind": "boost", "minutes": {{ value | int }}}'
    "{% else %}release{% endif %}"
)


def slug(text: str) -> str:
    """As it may stand in a topic of discovery and in the name of an entity."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "pvopt"


def tag(text: str) -> str:
    """The same, and another one for every text: what ``slug`` loses tells two apart."""
    short = slug(text)
    return (
        short
        if short == text
        else f"{short}_{zlib.crc32(text.encode('utf-8', 'surrogatepass')):08x}"
    )


def value(path: str) -> dict[str, str]:
    return {"value_template": f"{{{{ value_json.{path} }}}}"}


def kwh(path: str) -> dict[str, str]:
    return {"value_template": f"{{{{ (value_json.{path} / 1000) | round(4) }}}}"}


def text(expression: str) -> dict[str, str]:
    return {"value_template": f"{{{{ ({expression})[:{MOST_TEXT}] }}}}"}


def truth(expression: str) -> dict[str, str]:
    return {"value_template": f"{{{{ 'ON' if {expression} else 'OFF' }}}}"}


def sensor(name: str, *keys: dict[str, Any]) -> Part:
    return _part("sensor", name, *keys)


def _part(platform: str, name: str, *keys: dict[str, Any]) -> Part:
    part: Part = {"platform": platform, "name": name}
    for one in keys:
        part.update(one)
    return part


def of_home() -> Parts:
    """What is read from ``<base>/status``."""
    return {
        "pv": sensor("Solar power", POWER, value("pv_w")),
        "grid": sensor("Grid power", POWER, value("grid_w")),
        "house": sensor("House power", POWER, value("load_w")),
        "battery": sensor("Battery power", POWER, value("battery_w")),
        "soc": sensor("Battery charge", CHARGE, value("soc_pct")),
        "surplus": sensor("Surplus", POWER, value("budget_w")),
        "pv_energy": sensor("Solar energy", ENERGY, kwh("counted_wh.pv")),
        "grid_in": sensor("Energy from grid", ENERGY, kwh("counted_wh.grid_in")),
        "grid_out": sensor("Energy to grid", ENERGY, kwh("counted_wh.grid_out")),
        "battery_in": sensor("Energy into battery", ENERGY, kwh("counted_wh.battery_in")),
        "battery_out": sensor("Energy from battery", ENERGY, kwh("counted_wh.battery_out")),
        "problem": _part(
            "binary_sensor",
            "Problem",
            {"device_class": "problem"},
            truth("value_json.alarms or not value_json.fresh"),
        ),
        "alarms": sensor("Alarms", DIAGNOSTIC, text("value_json.alarms | join('; ')")),
        "late": sensor(
            "Late ticks",
            DIAGNOSTIC,
            {"state_class": "total_increasing"},
            value("late_ticks"),
        ),
        "version": sensor("Version", DIAGNOSTIC, value("version")),
    }


def of_source(name: str) -> Parts:
    """How old the newest numbers of a source are."""
    age = {"device_class": "duration", "state_class": "measurement", "unit_of_measurement": "s"}
    quoted = name.replace("\\", "\\\\").replace("'", "\\'")
    path = f"sources['{quoted}'].age_s"
    return {f"age_{tag(name)}": sensor(f"Age of {name}", age, DIAGNOSTIC, value(path))}


def of_load(load: Load, set_topic: str) -> Parts:
    """What is read from ``<base>/<load>/status``; an empty ``set_topic``: nobody may ask."""
    power = "actual_w if value_json.actual_w is not none else value_json.expected_w"
    parts: Parts = {
        "power": sensor(f"{load.id} power", POWER, value(power)),
        "energy": sensor(f"{load.id} energy today", ENERGY, kwh("energy_wh")),
        "running": _part(
            "binary_sensor",
            f"{load.id} on",
            {"device_class": "running"},
            truth("value_json.on"),
        ),
        "reason": sensor(f"{load.id} reason", text("value_json.words")),
        "problem": _part(
            "binary_sensor",
            f"{load.id} problem",
            {"device_class": "problem"},
            truth("value_json.alarm"),
        ),
    }
    if load.temperature is not None:
        parts["temperature"] = sensor(f"{load.id} temperature", WARMTH, value("temperature_c"))
    if load.comfort.legionella is not None:
        states = {"options": [one.name.lower() for one in Progress], "device_class": "enum"}
        state = "hygiene.state if value_json.hygiene is not none else none"
        parts["hygiene"] = sensor(f"{load.id} hygiene", states, value(state))
    parts.update(_asking(load, set_topic) if set_topic else _watching(load))
    return parts


def _watching(load: Load) -> Parts:
    modes = {"options": MODES, "device_class": "enum"}
    # Another key than of what can be set: an entity never changes its platform.
    return {"mode_now": sensor(f"{load.id} mode", modes, value("mode"))}


def _asking(load: Load, set_topic: str) -> Parts:
    asks = {"command_topic": set_topic}
    parts: Parts = {
        "mode": _part(
            "select",
            f"{load.id} mode",
            asks,
            {"options": MODES, "command_template": SAID},
            value("mode"),
        ),
        "boost": _part("button", f"{load.id} boost", asks, {"payload_press": "boost"}),
        "boost_min": _part(
            "number",
            f"{load.id} boost minutes",
            asks,
            {"min": 0, "max": LONGEST_BOOST_MIN, "step": 5, "mode": "box"},
            {"device_class": "duration", "unit_of_measurement": "min", "command_template": BOOST},
            value("boost_min"),
        ),
    }
    comfort = load.comfort
    if load.temperature is None or comfort.max_c <= LEAST_C:
        return parts
    # Who buys no heat is not offered to do so by a slip of a finger.
    wanted = (("max", comfort.max_c), ("min", comfort.min_c), ("eco", comfort.eco_c))
    names = {"max": "maximum", "min": "minimum", "eco": "enough"}
    for which, configured_c in wanted:
        if configured_c is None:
            continue
        told = f"set_c.{which} if value_json.set_c.{which} is not none else {configured_c:g}"
        said = f'{{"kind": "set-temp", "to_c": {{{{ value }}}}, "temp": "{which}"}}'
        parts[f"{which}_c"] = _part(
            "number",
            f"{load.id} {names[which]} temperature",
            asks,
            {"min": LEAST_C, "max": comfort.max_c, "step": STEP_C, "mode": "box"},
            {"device_class": "temperature", "unit_of_measurement": "°C", "command_template": said},
            value(told),
        )
    return parts


def of_storage(storage: str) -> Parts:
    """What is read from ``<base>/<storage>/status``."""
    return {
        "power": sensor(f"{storage} power", POWER, value("power_w")),
        "soc": sensor(f"{storage} charge", CHARGE, value("soc_pct")),
        "setpoint": sensor(f"{storage} set-point", POWER, value("setpoint_w")),
        "reason": sensor(f"{storage} reason", text("value_json.words")),
    }

"""What Home Assistant documents of its MQTT entities, as tables: the keys that a platform knows,
which units and state classes a device class has. Sources: the pages of the integrations mqtt,
sensor.mqtt, binary_sensor.mqtt, select.mqtt, button.mqtt, number.mqtt, and sensor's device classes.

Its own checks are in the package ``homeassistant``, which needs a newer Python than a Pi has, and
brings a hundred others: too heavy for a test.
"""

from __future__ import annotations

import json
import re
from typing import Any

COMMON = {
    "platform", "name", "unique_id", "default_entity_id", "device_class", "enabled_by_default",
    "entity_category", "icon", "availability_topic", "payload_available", "payload_not_available",
    "qos", "encoding", "json_attributes_topic", "json_attributes_template",
}  # fmt: skip
READ = {"state_topic", "value_template"}
KEYS = {
    "sensor": COMMON | READ | {
        "state_class", "unit_of_measurement", "expire_after", "force_update", "options",
        "suggested_display_precision", "last_reset_value_template",
    },
    "binary_sensor": COMMON | READ | {
        "payload_on", "payload_off", "expire_after", "force_update", "off_delay",
    },
    "select": COMMON | READ | {
        "command_topic", "command_template", "options", "optimistic", "retain",
    },
    "button": COMMON | {"command_topic", "command_template", "payload_press", "retain"},
    "number": COMMON | READ | {
        "command_topic", "command_template", "min", "max", "step", "mode", "optimistic",
        "payload_reset", "retain", "unit_of_measurement",
    },
}  # fmt: skip
NEEDS = {
    "sensor": {"state_topic"},
    "binary_sensor": {"state_topic"},
    "select": {"command_topic", "options"},
    "button": {"command_topic"},
    "number": {"command_topic"},
}
UNITS: dict[str | None, set[str | None]] = {
    "power": {"mW", "W", "kW", "MW"},
    "energy": {"Wh", "kWh", "MWh"},
    "temperature": {"°C", "°F", "K"},
    "battery": {"%"},
    "duration": {"d", "h", "min", "s", "ms"},
    "enum": {None},
    None: {None, "%", "W"},
}
STATES: dict[str | None, set[str | None]] = {
    "power": {"measurement"},
    "energy": {"total", "total_increasing"},
    "temperature": {"measurement"},
    "battery": {"measurement"},
    "duration": {"measurement", "total", "total_increasing"},
    "enum": {None},
    None: {None, "measurement", "total", "total_increasing"},
}
BINARY = {"problem", "running"}
NUMBERS = {"temperature", "duration"}
DEVICE = {
    "identifiers", "connections", "manufacturer", "model", "model_id", "name", "hw_version",
    "serial_number", "sw_version", "via_device", "suggested_area", "configuration_url",
}  # fmt: skip
ORIGIN = {"name", "sw_version", "support_url"}
ROOT = {
    "device", "origin", "components", "availability_topic", "availability", "availability_mode",
    "availability_template", "payload_available", "payload_not_available", "state_topic",
    "command_topic", "qos", "encoding",
}  # fmt: skip
TOPIC = re.compile(r"([^+#]+)/device/(?:[a-zA-Z0-9_-]+/)?[a-zA-Z0-9_-]+/config")
ENTITY = re.compile(r"[a-z_]+\.[a-z0-9]+(_[a-z0-9]+)*")


def check(topic: str, payload: str) -> dict[str, Any]:
    """The components of a message that Home Assistant would take. AssertionError else."""
    assert TOPIC.fullmatch(topic), topic
    whole = json.loads(payload)
    assert set(whole) <= ROOT, set(whole) - ROOT
    assert set(whole["device"]) <= DEVICE
    assert whole["device"]["identifiers"]
    assert whole["origin"]["name"]
    assert set(whole["origin"]) <= ORIGIN
    parts: dict[str, Any] = whole["components"]
    told = {key: part for key, part in parts.items() if set(part) != {"platform"}}
    for key, part in told.items():
        one({"state_topic": whole["state_topic"], **part}, key)
    for unique in ("unique_id", "default_entity_id"):
        names = [part[unique] for part in told.values()]
        assert len(set(names)) == len(names)
    return parts


def one(part: dict[str, Any], key: str) -> None:
    platform = part["platform"]
    allowed = KEYS[platform] | {"state_topic"}  # shared by the whole device
    assert set(part) <= allowed, (key, set(part) - allowed)
    assert NEEDS[platform] <= set(part), key
    assert part["unique_id"]
    assert ENTITY.fullmatch(part["default_entity_id"]), part["default_entity_id"]
    assert part["default_entity_id"].startswith(f"{platform}.")
    assert "object_id" not in part  # gone since 2026.4
    kind = part.get("device_class")
    if platform == "sensor":
        assert part.get("unit_of_measurement") in UNITS[kind], key
        assert part.get("state_class") in STATES[kind], key
        assert (kind == "enum") == ("options" in part), key
        assert part.get("entity_category") in {None, "diagnostic"}
    elif platform == "binary_sensor":
        assert kind in BINARY
    elif platform == "number":
        assert kind in NUMBERS
        assert part["unit_of_measurement"] in UNITS[kind]
        assert part["min"] < part["max"]
        assert part["step"] >= 0.001
        assert part["mode"] in {"auto", "box", "slider"}
    for text in (name for name in part if name.endswith("_template")):
        assert isinstance(part[text], str)

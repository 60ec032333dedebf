"""What becomes of the .env of the B2500 load distributor: a broker, the meter behind it, and two
storages that share what the house needs."""

from __future__ import annotations

import re

from pvopt.config.migration import Draft, Migration, quoted
from pvopt.config.storage_wire import PRESETS

SECRETS = ("MQTT_USERNAME", "MQTT_PASSWORD")
LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)")
# A file of these is that program's.
TELLING = frozenset(
    {"REBALANCE_THRESHOLD", "REBALANCE_RATE", "MAX_POWER_BOOST", "MIN_PUBLISH_CHANGE"}
)
PARTS = (
    ("POWER", "meter"),
    ("BATTERY", "soc"),
    ("CONNECTED", "connected"),
    ("OUTPUT", "output"),
)
LIMITS = (
    ("MAX_POWER", "max_discharge_w", "400"),
    ("MIN_POWER", "min_discharge_w", "40"),
    ("MAX_POWER_BOOST", "boost_w", "100"),
)
SPLIT = (
    ("REBALANCE_THRESHOLD", "threshold_pct", "3"),
    ("REBALANCE_RATE", "rate", "1"),
    ("DEFAULT_BATTERY_PERCENT", "assumed_soc_pct", "80"),
    ("DEFAULT_POWER_OUTPUT", "assumed_w", "200"),
)
FLOOR_W = 90.0  # of a B2500: see advice_storages
LEVELS = {"critical": "error", "warn": "warning"}


def names_in(text: str) -> dict[str, str]:
    """The lines ``NAME=text`` of an .env file, quotes and comments taken off."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        one = LINE.fullmatch(line)
        if one is None:
            continue
        said = one[2].strip()
        if len(said) >= 2 and said[0] == said[-1] and said[0] in "'\"":
            found[one[1]] = said[1:-1]
        else:
            found[one[1]] = re.split(r"(?:^|\s)#", said)[0].strip()
    return found


def is_distributor(text: str) -> bool:
    """Whether this looks like that program's .env."""
    names = names_in(text).keys()
    return bool(names & TELLING) or any(re.match(r"STORAGE[12]_\w+_TOPIC", one) for one in names)


def from_distributor(text: str, timezone: str) -> Migration:
    """Our text for the old one."""
    old = {name: said for name, said in names_in(text).items() if said}
    draft = Draft(old)
    draft.put(0, "version", "1")
    _site(draft, timezone)
    _mqtt(draft, old)
    _sources(draft, old)
    draft.put(0, "storages", "")
    for number in ("1", "2"):
        _storage(draft, old, number)
    draft.put(0, "split", "")
    for name, ours, usual in SPLIT:
        if ours == "assumed_soc_pct":
            draft.put(2, "before_data", "assume")
        _carry(draft, 2, ours, old, name, f"split.{ours}", usual)
    _log(draft, old)
    _left(draft, old)
    return draft.made(SECRETS)


def _carry(
    draft: Draft, indent: int, key: str, old: dict[str, str], name: str, path: str, usual: str
) -> None:
    draft.put(indent, key, old.get(name, usual), path, name if name in old else "", usual)


def _site(draft: Draft, timezone: str) -> None:
    draft.put(0, "site", "")
    draft.put(2, "name", "b2500")
    draft.put(2, "latitude", "50.08")
    draft.put(2, "longitude", "14.43")
    draft.put(2, "timezone", timezone)
    draft.put(2, "feed_in", "allowed")
    draft.todo.append("site: put your latitude, longitude and time zone")


def _mqtt(draft: Draft, old: dict[str, str]) -> None:
    draft.put(0, "mqtt", "")
    host = quoted(old.get("MQTT_BROKER", "localhost"))
    draft.put(2, "host", host, "mqtt.host", "MQTT_BROKER" if "MQTT_BROKER" in old else "")
    if "MQTT_PORT" in old:
        draft.put(2, "port", old["MQTT_PORT"], "mqtt.port", "MQTT_PORT")
    if "MQTT_USERNAME" in old:
        draft.put(2, "user", "${MQTT_USERNAME}", "mqtt.user", "MQTT_USERNAME")
        draft.put(2, "password", "${MQTT_PASSWORD}", "mqtt.password", "MQTT_PASSWORD")
        draft.todo.append(
            "mqtt: MQTT_USERNAME and MQTT_PASSWORD are looked up in the environment: copy these "
            "two lines into /etc/pvopt/secrets, or `set -a; . ./.env; set +a` before the start"
        )
    draft.put(2, "status", "")
    draft.put(4, "- kind", "net_power")
    if "OUTPUT_TOPIC" in old:
        topic = quoted(old["OUTPUT_TOPIC"])
        draft.put(6, "topic", topic, "mqtt.status[net_power].topic", "OUTPUT_TOPIC")


def _sources(draft: Draft, old: dict[str, str]) -> None:
    draft.put(0, "sources", "")
    draft.put(2, "- kind", "mqtt_meters")
    draft.put(4, "name", "sma")
    draft.put(4, "preset", "sma")
    topic = old.get("SOURCE_TOPIC", "sma")
    if topic == "sma":
        return
    for key in ("grid_import", "grid_export"):
        draft.put(4, key, "")
        draft.put(6, "topic", quoted(topic), f"sources[sma].{key}.topic", "SOURCE_TOPIC")


def _storage(draft: Draft, old: dict[str, str], number: str) -> None:
    where, preset = f"storages[storage-{number}]", PRESETS["b2500"]
    draft.put(2, "- id", f"storage-{number}")
    draft.put(4, "preset", "b2500")
    draft.put(4, "device", quoted(number))
    for name, ours, usual in LIMITS:
        _carry(draft, 4, ours, old, name, f"{where}.{ours}", usual)
    if _number(old.get("MAX_POWER", "400")) >= FLOOR_W:
        draft.put(4, "floor_w", f"{FLOOR_W:.0f}")
    for name, part in PARTS:
        origin = f"STORAGE{number}_{name}_TOPIC"
        topic = old.get(origin, "")
        known = str(getattr(preset, part)).replace("{device}", number)
        change = old.get("MIN_PUBLISH_CHANGE", "") if part == "output" else ""
        if topic in ("", known) and change in ("", "0"):
            continue
        draft.put(4, part, "")
        if topic not in ("", known):
            draft.put(6, "topic", quoted(topic), f"{where}.{part}.topic", origin)
        if change not in ("", "0"):
            path = f"{where}.output.min_change_w"
            draft.put(6, "min_change_w", change, path, "MIN_PUBLISH_CHANGE", "0")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _log(draft: Draft, old: dict[str, str]) -> None:
    level = old.get("LOG_LEVEL", "").lower()
    if level:
        draft.put(0, "log", "")
        draft.put(2, "level", LEVELS.get(level, level), "log.level", "LOG_LEVEL", "info")


def _left(draft: Draft, old: dict[str, str]) -> None:
    known = {"MQTT_BROKER", "MQTT_PORT", *SECRETS, "SOURCE_TOPIC", "OUTPUT_TOPIC", "LOG_LEVEL"}
    known |= {name for name, *_ in (*LIMITS, *SPLIT)} | {"MIN_PUBLISH_CHANGE"}
    known |= {f"STORAGE{number}_{name}_TOPIC" for number in "12" for name, _ in PARTS}
    for name in old:
        if name not in known:
            draft.left.append(f"{name}: not a name of the old program that is known here")
    draft.warnings += [
        "storages: `floor_w`: a B2500 that is told less than about 90 W gives nothing; the old "
        "program asked for less all the same. With a `min_discharge_w` above 0 each is kept at "
        "its floor though the house needs less, and the rest is sold; set it to 0 for them to "
        "take turns",
        "storages: one that is silent for 30 s, or a meter that is, leads to rest; the old program "
        "went on with the last numbers",
        "storages: what stands on their topics when pvopt ends is -MAX_POWER: they rest until it "
        "is back",
    ]

"""What becomes of the equipment_config.yml of the photovoltaic power optimizer, and of the names
in the environment that its config.py reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pvopt.config.migration import Draft, Migration, quoted
from pvopt.config.tree import Rows, Scalar, Table

SECRETS = ("MQTT_USERNAME", "MQTT_PASSWORD")
TEMPERATURES = (
    ("temp_max", "max_c"),
    ("temp_sol_min", "solar_min_c"),
    ("temp_min", "min_c"),
    ("temp_eco", "eco_c"),
)
HOURS = (("HC_START_TIME", "- start", "02:05"), ("HC_END_TIME", "  end", "06:50"))
NOT_BOARD = (
    "the old program has no topic of its own for this kind; write the load with an output of "
    "kind mqtt, see Files/examples/outputs-mqtt.yaml"
)
KNOWN = frozenset({"type", "id", "name", "max_power", "min_energy", "period", "nominal_power"})


def is_linky(root: Table) -> bool:
    """Whether this looks like that program's file."""
    return isinstance(root.entries.get("equipment"), Rows) and "version" not in root.entries


def from_linky(root: Table, timezone: str, environ: Mapping[str, str]) -> Migration:
    """Our text for the old one. ``environ``: where its names are looked up."""
    draft = Draft()
    draft.put(0, "version", "1")
    _site(draft, timezone, environ)
    rows = root.entries["equipment"]
    loads = [
        _texts(row)
        for row in (rows.items if isinstance(rows, Rows) else ())
        if isinstance(row, Table)
    ]
    boards = _boards(draft, loads)
    _mqtt(draft, environ, boards)
    draft.put(0, "sources", "")
    draft.put(2, "- kind", "mqtt_meters")
    draft.put(4, "name", "linky")
    draft.put(4, "preset", "linky")
    draft.put(0, "control", "")
    draft.put(2, "tick_s", "5")
    draft.put(2, "tolerance_w", "50")
    draft.put(0, "loads", "")
    for one in boards:
        _load(draft, one)
    draft.put(0, "gpio", "")
    draft.put(2, "factory", "lgpio")
    for key in sorted(environ):
        if key.startswith("INFLUXDB_"):
            draft.left.append(f"{key}: energies of today and yesterday are kept in `state.folder`")
    return draft.made(SECRETS)


def _texts(row: Table) -> dict[str, str]:
    return {key: one.shown for key, one in row.entries.items() if isinstance(one, Scalar)}


def _name(one: Mapping[str, str]) -> str:
    """What the old program calls a load."""
    return one.get("name") or one.get("id") or "load"


class Board(NamedTuple):
    """A load on ``scr/<device>``: its ``id`` in ours, and ``old``: what the old file says."""

    id: str
    device: str
    old: dict[str, str]


def _boards(draft: Draft, loads: list[dict[str, str]]) -> list[Board]:
    """Each with an id and a device of its own."""
    boards: list[Board] = []
    for one in loads:
        if not _is_board(draft, one):
            continue
        device, name = _device(one), _name(one)
        if any(board.device == device for board in boards):
            draft.left.append(f"equipment {name}: another one before it is on scr/{device}, too")
            continue
        boards.append(Board(draft.id_of(name), device, one))
    return boards


def _device(one: Mapping[str, str]) -> str:
    return one.get("id") or _name(one)


def _is_board(draft: Draft, one: Mapping[str, str]) -> bool:
    """A regulator on ``scr/<id>``; anything else is named and left."""
    if "variable" in one.get("type", "").lower():
        return True
    draft.left.append(f"equipment {_name(one)} ({one.get('type', 'no type')}): {NOT_BOARD}")
    return False


def _site(draft: Draft, timezone: str, environ: Mapping[str, str]) -> None:
    draft.put(0, "site", "")
    draft.put(2, "name", "linky-optimizer")
    draft.put(2, "latitude", "43.6")
    draft.put(2, "longitude", "1.44")
    draft.put(2, "timezone", timezone)
    draft.put(2, "feed_in", "allowed")
    draft.put(2, "off_peak", "")
    for name, key, usual in HOURS:
        text, path = environ.get(name, usual)[:5], f"site.off_peak[#1].{key[2:]}"
        origin = name if name in environ else ""
        draft.put(4, key, quoted(text), path, origin, quoted(usual))
    draft.todo.append("site: put your latitude, longitude and time zone")
    draft.warnings.append(
        "site: `feed_in: allowed` is written: a Linky sees surplus only where it may be exported"
    )


def _mqtt(draft: Draft, environ: Mapping[str, str], boards: list[Board]) -> None:
    draft.put(0, "mqtt", "")
    host = environ.get("MQTT_BROKER_HOST", "localhost")
    origin = "MQTT_BROKER_HOST" if "MQTT_BROKER_HOST" in environ else ""
    draft.put(2, "host", quoted(host), "mqtt.host", origin)
    if environ.get("MQTT_BROKER_PORT"):
        draft.put(2, "port", environ["MQTT_BROKER_PORT"], "mqtt.port", "MQTT_BROKER_PORT")
    if environ.get("MQTT_KEEPALIVE"):
        text = environ["MQTT_KEEPALIVE"]
        draft.put(2, "keepalive_s", text, "mqtt.keepalive_s", "MQTT_KEEPALIVE")
    if environ.get("MQTT_USERNAME"):
        draft.put(2, "user", "${MQTT_USERNAME}", "mqtt.user", "MQTT_USERNAME")
        draft.put(2, "password", "${MQTT_PASSWORD}", "mqtt.password", "MQTT_PASSWORD")
    else:
        draft.todo.append(
            "mqtt: if the broker wants them, add `user: ${MQTT_USERNAME}` and "
            "`password: ${MQTT_PASSWORD}`, the names that you have in the environment already"
        )
    draft.put(2, "requests", "" if boards else "[]")
    for one in boards:
        draft.put(4, "- kind", "linky_optimizer")
        draft.put(6, "load", quoted(one.id))
        draft.put(6, "topic", quoted(f"scr/{one.device}/control"))
    draft.put(2, "status", "")
    draft.put(4, "- kind", "linky_optimizer")


def _load(draft: Draft, board: Board) -> None:
    name, one, where = board.id, board.old, f"loads[{board.id}]"
    old = f"equipment {_name(one)}"
    draft.put(2, "- id", quoted(name), f"{where}.id")
    power = one.get("max_power", "")
    if not power:
        draft.todo.append(f"loads: {name}: the old file does not say what it draws; put max_w")
    origin = f"{old}: max_power" if power else ""
    draft.put(4, "max_w", power or "2000", f"{where}.max_w", origin, "2000")
    draft.put(4, "place", "ac_in")  # that program knows no inverter that a load could hang behind
    draft.put(4, "output", "")
    draft.put(6, "kind", "mqtt")
    draft.put(6, "preset", "scr")
    draft.put(6, "device", quoted(board.device), f"{where}.output.device", f"{old}: id")
    draft.put(6, "curve", "{kind: phase_angle, min_w: 50}")
    warm = [(key, ours) for key, ours in TEMPERATURES if one.get(key)]
    if warm:
        draft.put(4, "temperature", "")
        draft.put(6, "kind", "mqtt")
        draft.put(6, "topic", quoted(f"scr/{board.device}/temperature"))
    energy = one.get("min_energy", "")
    if warm or energy:
        draft.put(4, "comfort", "")
    for key, ours in warm:
        draft.put(6, ours, one[key], f"{where}.comfort.{ours}", f"{old}: {key}")
    if energy:
        draft.put(6, "energy", "")
        draft.put(8, "kind", "period")
        draft.put(8, "min_wh", energy, f"{where}.comfort.energy.min_wh", f"{old}: min_energy")
        hours = _hours(one.get("period", ""))
        if hours:
            there = f"{where}.comfort.energy.period_h"
            draft.put(8, "period_h", hours, there, f"{old}: period")
    for key in one:
        if key not in KNOWN and key not in dict(TEMPERATURES):
            draft.left.append(f"{old}: {key}: not a key of the old program that is known here")


def _hours(seconds: str) -> str:
    try:
        return f"{float(seconds) / 3600.0:.10g}"
    except ValueError:
        return ""

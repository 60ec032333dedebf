"""What becomes of the config.ini of the Python solar energy balancer.

Its loads become ours in their order, its meters, topics and least energies ours with the same
meaning. Its polynomial of a regulator is a file of its own, ``percent;watt``: ours reads it.
"""

from __future__ import annotations

import json
import re
from configparser import Error, RawConfigParser, SectionProxy

from pvopt.config.migration import Draft, Migration, quoted

SECTIONS = frozenset({"mqtt", "evaluate", "equipments"})
NOTHING = ("", "none")
PZEM = "smeter/pzem/"
VLOAD = re.compile(r"regul/vload/([^/]+)/cmd")
SEASONS = (("spring", "spring"), ("summer", "summer"), ("fall", "autumn"), ("winter", "winter"))
NOT_NEEDED = {
    "evaluate": {
        "status_time": "state is saved once a minute",
        "ecs_measure_correction": "write `scale` into the load's `meter` if it needs one",
    },
    "mqtt": {
        "topic_regul": "topics are named one by one",
        "topic_ecsmode": "the mode of a Domoticz selector is not followed; ask through "
        "`mqtt.requests` or `python main.py request`",
    },
    "domoticz": {"idx_ecs_mode": "see topic_ecsMode"},
}
WHOLE = {
    "season": "the days of the year on which seasons begin are fixed",
    "debug": "`log` and `demo` do that",
    "openweathermap": "clouds come from Open-Meteo, which needs no key; put the place's latitude "
    "and longitude",
}
POWERS = ("water_heater", "variable", "variablepower")


def is_balancer(text: str) -> bool:
    """Whether this looks like that program's file."""
    return {one.lower() for one in re.findall(r"^\[(\w+)\]", text, re.MULTILINE)} >= SECTIONS


def from_balancer(text: str, timezone: str) -> Migration:
    """Our text for the old one. ``ValueError``, in words: it is no INI file."""
    ini = RawConfigParser(strict=False)
    try:
        ini.read_string(text)
    except Error as wrong:
        raise ValueError(str(wrong).replace("<string>", "the file")) from wrong
    draft = Draft()
    _site(draft, timezone)
    _mqtt(draft, ini)
    _sources(draft, ini)
    _control(draft, ini)
    _loads(draft, ini)
    draft.put(0, "gpio", "")
    draft.put(2, "factory", "lgpio")
    _left(draft, ini)
    return draft.made()


def _get(ini: RawConfigParser, section: str, key: str) -> str:
    text = ini.get(section, key, fallback="").strip()
    return "" if text.lower() in NOTHING else text


def _site(draft: Draft, timezone: str) -> None:
    draft.put(0, "version", "1")
    draft.put(0, "site", "")
    draft.put(2, "name", "solar-balancer")
    draft.put(2, "latitude", "45.57")
    draft.put(2, "longitude", "5.92")
    draft.put(2, "timezone", timezone)
    draft.put(2, "feed_in", "allowed")
    draft.put(2, "planes", "")
    draft.put(4, "- peak_w", "3000")
    draft.todo.append("site: put your latitude, longitude, time zone and panels (peak_w)")
    draft.warnings.append(
        "site: `feed_in: allowed` is written: these meters see surplus only where it is exported"
    )


def _mqtt(draft: Draft, ini: RawConfigParser) -> None:
    draft.put(0, "mqtt", "")
    host = _get(ini, "mqtt", "broker_ip")
    draft.put(2, "host", quoted(host or "localhost"), "mqtt.host", "mqtt.broker_ip" if host else "")
    if _get(ini, "mqtt", "port"):
        draft.put(2, "port", _get(ini, "mqtt", "port"), "mqtt.port", "mqtt.port")
    force = _get(ini, "mqtt", "topic_force")
    if force:
        draft.put(2, "requests", "")
        draft.put(4, "- kind", "solar_balancer")
        draft.put(6, "topic", quoted(force), "mqtt.requests[#1].topic", "mqtt.topic_force")
    status = _get(ini, "mqtt", "topic_status")
    watts = _domoticz(ini)
    if status or watts:
        draft.put(2, "status", "")
    if status:
        draft.put(4, "- kind", "solar_balancer")
        draft.put(6, "topic", quoted(status), "mqtt.status[#1].topic", "mqtt.topic_status")
    if watts:
        draft.put(4, "- kind", "domoticz")
    for key, number in watts.items():
        where = f"mqtt.status[#{2 if status else 1}].{key}"
        old = "domoticz.idx_grid" if key == "grid_idx" else "domoticz.idx_injection"
        draft.put(6, key, number, where, old)


def _domoticz(ini: RawConfigParser) -> dict[str, str]:
    """Our keys and the numbers of Domoticz devices that are told watts."""
    on = _get(ini, "domoticz", "send_domoticz").lower() == "true"
    pairs = (
        ("grid_idx", "idx_grid", "send_grid"),
        ("injection_idx", "idx_injection", "send_injection"),
    )
    return {
        ours: _get(ini, "domoticz", idx)
        for ours, idx, flag in pairs
        if on and _get(ini, "domoticz", flag).lower() == "true" and _get(ini, "domoticz", idx)
    }


def _sources(draft: Draft, ini: RawConfigParser) -> None:
    draft.put(0, "sources", "")
    draft.put(2, "- kind", "mqtt_meters")
    draft.put(4, "name", "pzem")
    draft.put(4, "preset", "pzem")
    for key, old in (("load", "topic_cons"), ("pv", "topic_prod")):
        topic = _get(ini, "mqtt", old)
        if not topic:
            draft.todo.append(f"sources: {old} is missing in the old file; put the meter's topic")
            topic = PZEM + old.removeprefix("topic_")
        word = "device" if topic.startswith(PZEM) else "topic"
        draft.put(4, key, "")
        text = quoted(topic.removeprefix(PZEM))
        draft.put(6, word, text, f"sources[pzem].{key}.{word}", f"mqtt.{old}")
    draft.put(2, "- kind", "open_meteo")


def _control(draft: Draft, ini: RawConfigParser) -> None:
    draft.put(0, "control", "")
    pairs = (("period", "tick_s"), ("margin", "margin_w"), ("balance_threshold", "tolerance_w"))
    for old, ours in pairs:
        if _get(ini, "evaluate", old):
            draft.put(2, ours, _get(ini, "evaluate", old), f"control.{ours}", f"evaluate.{old}")


def _loads(draft: Draft, ini: RawConfigParser) -> None:
    draft.put(0, "loads", "")
    for name in ini["equipments"]:
        kind = _get(ini, "equipments", name).lower()
        if name not in ini:
            draft.left.append(f"equipments.{name}: has no section [{name}]")
            continue
        if not _topic_of(ini[name]):
            draft.left.append(f"equipments.{name}: has no topic_set_power, so nothing can be sent")
            continue
        _load(draft, ini, name, kind)


def _topic_of(section: SectionProxy) -> str:
    topic = section.get("topic_set_power", "").strip()
    return "" if topic.lower() in NOTHING else topic


def _load(draft: Draft, ini: RawConfigParser, name: str, kind: str) -> None:
    known, variable = draft.id_of(name), kind in POWERS
    where = f"loads[{known}]"
    draft.put(2, "- id", quoted(known), f"{where}.id")
    power = _get(ini, name, "max_power") or _get(ini, name, "nominal_power")
    if not power:
        draft.todo.append(f"loads: {known}: the old file does not say what it draws; put max_w")
    origin = f"{name}.max_power" if power else ""
    draft.put(4, "max_w", power or "2000", f"{where}.max_w", origin, "2000")
    draft.put(4, "place", "ac_in")  # that program knows no inverter that a load could hang behind
    if not variable:
        draft.put(4, "drive", "unknown" if kind.startswith("unknown") else "on_off")
    _output(draft, ini, name, known, variable)
    read = _get(ini, name, "topic_read_power")
    if read:
        draft.put(4, "meter", "")
        draft.put(6, "topic", quoted(read), f"{where}.meter.topic", f"{name}.topic_read_power")
        key = _get(ini, name, "json_read_power")
        if key:
            draft.put(6, "json", quoted(key), f"{where}.meter.json", f"{name}.json_read_power")
    if kind == "water_heater":
        _energy(draft, ini, name, where)


def _output(draft: Draft, ini: RawConfigParser, name: str, known: str, variable: bool) -> None:
    where, topic = f"loads[{known}].output", _topic_of(ini[name])
    origin = f"{name}.topic_set_power"
    draft.put(4, "output", "")
    draft.put(6, "kind", "mqtt")
    board = VLOAD.fullmatch(topic)
    idx = _idx(_get(ini, name, "json_on"))
    if variable and board:
        draft.put(6, "preset", "vload")
        draft.put(6, "device", quoted(board[1]), f"{where}.device", origin)
    elif variable:
        draft.put(6, "send", "percent")
        draft.put(6, "retain", "true")
        draft.put(6, "topic", quoted(topic), f"{where}.topic", origin)
    elif topic == "domoticz/in" and idx:
        draft.put(6, "preset", "domoticz")
        draft.put(6, "device", quoted(idx), f"{where}.device", f"{name}.json_on")
    else:
        draft.put(6, "topic", quoted(topic), f"{where}.topic", origin)
        for old, ours in (("json_on", "on_payload"), ("json_off", "off_payload")):
            text = _get(ini, name, old)
            if text:
                draft.put(6, ours, quoted(text), f"{where}.{ours}", f"{name}.{old}")
    least = _get(ini, name, "min_power")
    if variable:
        draft.put(6, "curve", "")
        draft.put(8, "kind", "phase_angle")
        if least:
            draft.put(8, "min_w", least, f"{where}.curve.min_w", f"{name}.min_power")
        draft.warnings.append(
            f"loads: {known}: write `curve: {{kind: table, file: power_calibration_{name}.csv}}` "
            "to use the curve that you measured; a plain phase-angle law is written"
        )


def _idx(payload: str) -> str:
    """The number of a Domoticz device in a command, empty if there is none."""
    try:
        idx = json.loads(payload).get("idx")
    except (ValueError, AttributeError):
        return ""
    return str(idx) if isinstance(idx, int) else ""


def _energy(draft: Draft, ini: RawConfigParser, name: str, load: str) -> None:
    where = f"{load}.comfort.energy"
    draft.put(4, "comfort", "")
    draft.put(6, "energy", "")
    for old, ours in SEASONS:
        day, two = (_get(ini, "fallback", f"low_nrj_{key}_{old}") for key in ("today", "two_days"))
        if day and two:
            text = f"{{day_wh: {day}, two_days_wh: {two}}}"
            draft.put(8, ours, text, f"{where}.{ours}", f"fallback.low_nrj_*_{old}")
    numbers = (
        (name, "morning", "morning_wh"),
        (name, "full", "full_wh"),
        ("evaluate", "good_forecast", "good_pct"),
    )
    for section, old, ours in numbers:
        if _get(ini, section, old):
            draft.put(8, ours, _get(ini, section, old), f"{where}.{ours}", f"{section}.{old}")
    for old, ours in (("check_at", "ask_at"), ("init_at", "reset_at")):
        hour = _get(ini, "evaluate", old)
        if hour.isdigit():
            text = quoted(f"{int(hour):02}:00")
            draft.put(8, ours, text, f"{where}.{ours}", f"evaluate.{old}")


def _left(draft: Draft, ini: RawConfigParser) -> None:
    """What ours does not know, by name and with what to do instead."""
    for section in ini.sections():
        if section.lower() in WHOLE:
            draft.left.append(f"[{section}]: {WHOLE[section.lower()]}")
        for key, words in NOT_NEEDED.get(section.lower(), {}).items():
            if key in ini[section]:
                draft.left.append(f"{section}.{key}: {words}")
        if "min_percent" in ini[section]:
            draft.left.append(f"{section}.min_percent: `curve.min_w` says the same in watts")
    spare = set(ini.sections()) - SECTIONS - set(WHOLE) - set(ini["equipments"])
    for section in sorted(spare - {"domoticz", "fallback"}):
        draft.left.append(f"[{section}]: is not in [equipments]")
